//! Models, a state that is driven by whole operations, and a naive copy of it to compare with.

use std::collections::BTreeMap;
use std::sync::Arc;

use lithair_model::{
    AccessSchema, Auto, BODY_BYTES_MAX_DEFAULT, Catalog, Change, Comparison, Entry, Expr, FieldSchema, Guard,
    IndexSchema, Key, Literal, ModelEntry, ModelSchema, Numbers, OnDelete, OperationKind, PageSchema, Position,
    RelationSchema, SortTerm, Timestamp, UniqueSchema, Value,
};

use crate::{Applied, Conflict, State};

const EMPTY: ModelSchema = ModelSchema {
    name: "",
    table: "",
    path: "",
    fields: &[],
    key: &[0],
    uniques: &[],
    indexes: &[],
    checks: &[],
    relations: &[],
    order: &[],
    operations: OperationKind::ALL,
    page: PageSchema::DEFAULT,
    body_bytes_max: BODY_BYTES_MAX_DEFAULT,
    access: AccessSchema::Public,
};

/// What albums belong to.
pub(crate) static LABELS: ModelSchema = ModelSchema {
    name: "Label",
    table: "labels",
    path: "labels",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("id") },
        FieldSchema::of::<Option<String>>("name"),
    ],
    ..EMPTY
};

pub(crate) const ID: usize = 0;
pub(crate) const CODE: usize = 1;
pub(crate) const EMAIL: usize = 2;
pub(crate) const ARTIST: usize = 3;
pub(crate) const YEAR: usize = 4;
pub(crate) const ACTIVE: usize = 5;
pub(crate) const PRICE: usize = 6;
pub(crate) const GENRE: usize = 7;
pub(crate) const LABEL: usize = 8;
pub(crate) const NOTE: usize = 9;

const fn up(field: usize) -> SortTerm {
    SortTerm { field, descending: false }
}

const fn down(field: usize) -> SortTerm {
    SortTerm { field, descending: true }
}

/// A model with an index of every kind.
pub(crate) static ALBUMS: ModelSchema = ModelSchema {
    name: "Album",
    table: "albums",
    path: "albums",
    fields: &[
        FieldSchema::of::<i64>("id"),
        FieldSchema::of::<Option<String>>("code"),
        FieldSchema::of::<Option<String>>("email"),
        FieldSchema::of::<String>("artist"),
        FieldSchema::of::<Option<i64>>("year"),
        FieldSchema::of::<bool>("active"),
        FieldSchema::of::<Option<i64>>("price"),
        FieldSchema::of::<String>("genre"),
        FieldSchema::of::<Option<i64>>("label_id"),
        FieldSchema::of::<Option<String>>("note"),
    ],
    uniques: &[
        UniqueSchema { fields: &[CODE], ignore_case: false, condition: None },
        UniqueSchema { fields: &[EMAIL], ignore_case: true, condition: None },
        UniqueSchema {
            fields: &[ARTIST, YEAR],
            ignore_case: false,
            condition: Some(Expr::Compare(
                &Expr::Field("active"),
                Comparison::Equal,
                &Expr::Literal(Literal::Bool(true)),
            )),
        },
    ],
    indexes: &[
        IndexSchema { terms: &[up(PRICE)] },
        IndexSchema { terms: &[up(GENRE), down(PRICE)] },
        IndexSchema { terms: &[up(ARTIST), up(GENRE)] },
    ],
    relations: &[RelationSchema { name: "label", fields: &[LABEL], target: || &LABELS, on_delete: OnDelete::Restrict }],
    ..EMPTY
};

/// A model whose key has two fields.
pub(crate) static LINES: ModelSchema = ModelSchema {
    name: "Line",
    table: "lines",
    path: "lines",
    fields: &[FieldSchema::of::<String>("list"), FieldSchema::of::<i64>("number"), FieldSchema::of::<i64>("weight")],
    key: &[0, 1],
    ..EMPTY
};

pub(crate) const LABEL_PLACE: usize = 0;
pub(crate) const ALBUM_PLACE: usize = 1;
pub(crate) const LINE_PLACE: usize = 2;

pub(crate) fn catalog() -> Arc<Catalog> {
    let schemas = vec![&LABELS, &ALBUMS, &LINES];
    let catalog = Catalog::new(schemas.clone(), &Numbers::of(&schemas));
    Arc::new(catalog.unwrap_or_else(|error| panic!("{error}")))
}

/// A text value; none is null.
pub(crate) fn text(text: impl Into<Option<&'static str>>) -> Value {
    text.into().map_or(Value::Null, |text: &str| Value::Text(text.to_owned()))
}

/// A whole number; none is null.
pub(crate) fn int(number: impl Into<Option<i64>>) -> Value {
    number.into().map_or(Value::Null, |number| Value::Int(number.into()))
}

/// An album with nothing in it but its key.
pub(crate) fn album(id: i64) -> Vec<Value> {
    vec![
        int(id),
        Value::Null,
        Value::Null,
        text("Nobody"),
        Value::Null,
        Value::Bool(false),
        Value::Null,
        text("none"),
        Value::Null,
        Value::Null,
    ]
}

/// An album with some fields set.
pub(crate) fn album_with(id: i64, fields: impl IntoIterator<Item = (usize, Value)>) -> Vec<Value> {
    let mut values = album(id);
    fields.into_iter().for_each(|(place, value)| values[place] = value);
    values
}

/// One record's change, as a test says it.
#[derive(Clone, Debug)]
pub(crate) enum Write {
    /// The record is this, whole.
    Put(usize, Vec<Value>),
    /// These fields of the record are this.
    Patch(usize, Key, Vec<(usize, Value)>),
    /// The record is gone.
    Delete(usize, Key),
}

/// The values of all records of all models, at every position.
pub(crate) type Shadow = BTreeMap<(usize, Key), (u64, Vec<Value>)>;

/// A state, and a naive copy of each of its positions.
pub(crate) struct Driver {
    pub(crate) state: State,
    pub(crate) shadows: Vec<Shadow>,
    /// What was applied, to be replayed.
    pub(crate) log: Vec<Entry>,
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self { state: State::new(catalog()), shadows: vec![Shadow::new()], log: Vec::new() }
    }

    pub(crate) fn model(&self, place: usize) -> &ModelEntry {
        &self.state.catalog().models[place]
    }

    pub(crate) fn key(&self, place: usize, values: &[Value]) -> Key {
        self.model(place).key_of(values)
    }

    /// The key of an album, or of a label.
    pub(crate) fn id(&self, id: i64) -> Key {
        self.key(LABEL_PLACE, &[int(id)])
    }

    fn shadow(&self) -> &Shadow {
        self.shadows.last().expect("there is one for position 0")
    }

    /// The changes that writes mean, and what the copy looks like after them. Writes of records that do not exist are
    /// left out.
    pub(crate) fn changes(&self, writes: &[Write]) -> (Vec<Change>, Shadow) {
        let mut shadow = self.shadow().clone();
        let mut changes = Vec::new();
        for write in writes {
            match write {
                Write::Put(place, values) => {
                    let (model, key) = (self.model(*place), self.key(*place, values));
                    let revision = shadow.get(&(*place, key.clone())).map_or(1, |(revision, _)| revision + 1);
                    let row = model.encode_row(values);
                    changes.push(Change::Put { model: model.id, key: key.clone(), revision, row });
                    shadow.insert((*place, key), (revision, values.clone()));
                }
                Write::Patch(place, key, fields) => {
                    let Some((revision, values)) = shadow.get_mut(&(*place, key.clone())) else { continue };
                    *revision += 1;
                    fields.iter().for_each(|(field, value)| values[*field] = value.clone());
                    let model = self.model(*place);
                    let fields = model.encode_patch(fields);
                    changes.push(Change::Patch { model: model.id, key: key.clone(), revision: *revision, fields });
                }
                Write::Delete(place, key) => {
                    if shadow.remove(&(*place, key.clone())).is_some() {
                        changes.push(Change::Delete { model: self.model(*place).id, key: key.clone() });
                    }
                }
            }
        }
        (changes, shadow)
    }

    /// Applies and publishes one entry.
    pub(crate) fn apply(&mut self, guards: Vec<Guard>, writes: &[Write]) -> Result<Applied, Conflict> {
        let (changes, shadow) = self.changes(writes);
        self.apply_changes(guards, changes, shadow)
    }

    pub(crate) fn apply_changes(
        &mut self,
        guards: Vec<Guard>,
        changes: Vec<Change>,
        shadow: Shadow,
    ) -> Result<Applied, Conflict> {
        let entry = Entry { at: Timestamp::from_micros(0), actor: None, guards, changes };
        let position = self.state.applied().next();
        let outcome = self.state.apply(position, &entry);
        self.state.publish(position);
        let shadow = if outcome.is_ok() { shadow } else { self.shadow().clone() };
        self.shadows.push(shadow);
        self.log.push(entry);
        outcome
    }

    /// Applies and publishes one entry that nothing speaks against.
    #[track_caller]
    pub(crate) fn write(&mut self, writes: &[Write]) -> Applied {
        self.apply(Vec::new(), writes).expect("an entry without guards is not refused")
    }

    pub(crate) fn position(&self) -> Position {
        self.state.published()
    }

    /// The guards that a correct decision for these writes has for its unique values and references.
    pub(crate) fn guards(&self, writes: &[Write]) -> Vec<Guard> {
        let (_, after) = self.changes(writes);
        let view = self.state.view(None).expect("the present");
        let mut guards = Vec::new();
        for ((place, key), (_, values)) in &after {
            if self.shadow().get(&(*place, key.clone())).is_some_and(|(_, before)| before == values) {
                continue;
            }
            let model = self.model(*place);
            for constraint in 0..model.schema.uniques.len() {
                guards.extend(view.claim(*place, constraint, values).map(|value| Guard::Unique {
                    model: model.id,
                    constraint: u32::try_from(constraint).expect("few"),
                    value,
                    holder: key.clone(),
                }));
            }
            for (relation, &target) in model.targets.iter().enumerate() {
                let key = model.relation_key(relation, values);
                guards.extend(key.map(|key| Guard::Present { model: self.model(target).id, key }));
            }
        }
        for (place, key) in self.shadow().keys().filter(|record| !after.contains_key(record)) {
            for referrer in &self.model(*place).referrers {
                guards.push(Guard::Unreferenced {
                    model: self.model(referrer.model).id,
                    relation: u32::try_from(referrer.relation).expect("few"),
                    key: key.clone(),
                });
            }
        }
        guards
    }
}
