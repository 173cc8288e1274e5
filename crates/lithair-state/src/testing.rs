//! Models, a state that is driven by whole operations, and a naive copy of it to compare with.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use lithair_model::{
    Auto, Catalog, Change, Comparison, Entry, Expr, FieldSchema, IndexSchema, Key, Literal, ModelEntry, ModelSchema,
    Numbers, OnDelete, Position, RelationSchema, SortTerm, Timestamp, UniqueSchema, Value, WeightedField,
};

use crate::State;

const EMPTY: ModelSchema = ModelSchema { name: "", table: "", path: "", fields: &[], key: &[0], ..ModelSchema::PLAIN };

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

/// A model whose words are searched.
pub(crate) static STORIES: ModelSchema = ModelSchema {
    name: "Story",
    table: "stories",
    path: "stories",
    fields: &[
        FieldSchema::of::<i64>("id"),
        FieldSchema::of::<String>("title"),
        FieldSchema::of::<Option<String>>("body"),
        FieldSchema::of::<Vec<String>>("tags"),
        FieldSchema::of::<i64>("stars"),
    ],
    fulltext: &[
        WeightedField { field: 1, weight: 3 },
        WeightedField { field: 2, weight: 1 },
        WeightedField { field: 3, weight: 1 },
    ],
    ..EMPTY
};

pub(crate) const LABEL_PLACE: usize = 0;
pub(crate) const ALBUM_PLACE: usize = 1;
pub(crate) const LINE_PLACE: usize = 2;
pub(crate) const STORY_PLACE: usize = 3;

pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
        let schemas = vec![&LABELS, &ALBUMS, &LINES, &STORIES];
        let catalog = Catalog::new(schemas.clone(), &Numbers::of(&schemas));
        Arc::new(catalog.unwrap_or_else(|error| panic!("{error}")))
    });
    CATALOG.clone()
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
}

impl Driver {
    pub(crate) fn new() -> Self {
        Self { state: State::new(catalog()), shadows: vec![Shadow::new()] }
    }

    pub(crate) fn model(&self, place: usize) -> &ModelEntry {
        &self.state.catalog().models[place]
    }

    /// The key of an album, or of a label.
    pub(crate) fn id(&self, id: i64) -> Key {
        self.model(LABEL_PLACE).key_of(&[int(id)])
    }

    pub(crate) fn position(&self) -> Position {
        self.state.published()
    }

    /// Applies and publishes one entry of these writes. Those of records that do not exist are left out, and those that
    /// would give two albums one code.
    pub(crate) fn write(&mut self, writes: &[Write]) {
        let mut shadow = self.shadows.last().expect("there is one for position 0").clone();
        let changes = writes.iter().filter_map(|write| self.change(&mut shadow, write)).collect();
        let entry = Entry {
            at: Timestamp::from_micros(0),
            actor: None,
            guards: Vec::new(),
            changes,
            events: Vec::new(),
            refused: Vec::new(),
        };
        let position = self.state.applied().next();
        self.state.apply(position, &entry).expect("an entry without guards is not refused");
        self.state.publish(position);
        self.shadows.push(shadow);
    }

    fn change(&self, shadow: &mut Shadow, write: &Write) -> Option<Change> {
        match write {
            Write::Put(place, values) => {
                let model = self.model(*place);
                let key = model.key_of(values);
                if *place == ALBUM_PLACE && is_taken(shadow, &key, &values[CODE]) {
                    return None;
                }
                let revision = shadow.get(&(*place, key.clone())).map_or(1, |(revision, _)| revision + 1);
                shadow.insert((*place, key.clone()), (revision, values.clone()));
                Some(Change::Put { model: model.id, key, revision, row: model.encode_row(values) })
            }
            Write::Patch(place, key, fields) => {
                if fields.iter().any(|(field, value)| *field == CODE && is_taken(shadow, key, value)) {
                    return None;
                }
                let (revision, values) = shadow.get_mut(&(*place, key.clone()))?;
                *revision += 1;
                fields.iter().for_each(|(field, value)| values[*field] = value.clone());
                let model = self.model(*place);
                let fields = model.encode_patch(fields);
                Some(Change::Patch { model: model.id, key: key.clone(), revision: *revision, fields, whole: None })
            }
            Write::Delete(place, key) => {
                shadow.remove(&(*place, key.clone()))?;
                Some(Change::Delete { model: self.model(*place).id, key: key.clone() })
            }
        }
    }
}

fn is_taken(shadow: &Shadow, key: &Key, code: &Value) -> bool {
    let albums = shadow.iter().filter(|((model, other), _)| *model == ALBUM_PLACE && other != key);
    *code != Value::Null && albums.into_iter().any(|(_, (_, values))| values[CODE] == *code)
}
