//! Two models that have something of everything the state keeps, and the making of entries.

use std::sync::{Arc, LazyLock};

use lithair_model::{
    Auto, Catalog, Change, Comparison, Entry, Expr, FieldSchema, Guard, IndexSchema, Key, Literal, ModelEntry,
    ModelSchema, Numbers, OnDelete, Position, RelationSchema, SortTerm, Timestamp, UniqueSchema, Value,
};
use lithair_state::State;

pub(crate) const SHELF: usize = 0;
pub(crate) const PRODUCT: usize = 1;

pub(crate) const BY_SKU: usize = 0;
pub(crate) const BY_PLACE: usize = 1;
pub(crate) const BY_NAME: usize = 2;

const EMPTY: ModelSchema =
    ModelSchema { name: "Empty", table: "empties", path: "empties", fields: &[], key: &[], ..ModelSchema::PLAIN };

static SHELVES: ModelSchema = ModelSchema {
    name: "Shelf",
    table: "shelves",
    path: "shelves",
    fields: &[FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("id") }],
    key: &[0],
    ..EMPTY
};

fn shelf_schema() -> &'static ModelSchema {
    &SHELVES
}

static PRODUCTS: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("id") },
        FieldSchema::of::<Option<String>>("sku"),
        FieldSchema::of::<Option<i64>>("shelf_id"),
        FieldSchema::of::<Option<i64>>("place"),
        FieldSchema::of::<String>("name"),
        FieldSchema::of::<bool>("on_sale"),
    ],
    key: &[0],
    uniques: &[
        UniqueSchema { fields: &[1], ignore_case: true, condition: None },
        UniqueSchema { fields: &[2, 3], ignore_case: false, condition: None },
        UniqueSchema {
            fields: &[4],
            ignore_case: false,
            condition: Some(Expr::Compare(
                &Expr::Field("on_sale"),
                Comparison::Equal,
                &Expr::Literal(Literal::Bool(true)),
            )),
        },
    ],
    indexes: &[IndexSchema {
        terms: &[SortTerm { field: 3, descending: true }, SortTerm { field: 4, descending: false }],
    }],
    relations: &[RelationSchema { name: "shelf", fields: &[2], target: shelf_schema, on_delete: OnDelete::Restrict }],
    ..EMPTY
};

/// The two models, on a new log.
pub(crate) fn catalog() -> Arc<Catalog> {
    static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
        let schemas = [&SHELVES, &PRODUCTS];
        Arc::new(Catalog::new(schemas.to_vec(), &Numbers::of(&schemas)).expect("the schemas are right"))
    });
    CATALOG.clone()
}

/// Only the shelves, with the numbers that both have.
pub(crate) fn catalog_of_shelves() -> Arc<Catalog> {
    Arc::new(Catalog::new(vec![&SHELVES], &Numbers::of(&[&SHELVES, &PRODUCTS])).expect("the schema is right"))
}

/// A product, as a test says it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Product {
    pub(crate) id: i64,
    pub(crate) sku: Option<&'static str>,
    pub(crate) shelf: Option<i64>,
    pub(crate) place: Option<i64>,
    pub(crate) name: &'static str,
    pub(crate) on_sale: bool,
}

impl Product {
    pub(crate) const fn new(id: i64) -> Self {
        Self { id, sku: None, shelf: None, place: None, name: "pen", on_sale: false }
    }

    pub(crate) fn values(&self) -> Vec<Value> {
        let int = |number: Option<i64>| number.map_or(Value::Null, |number| Value::Int(number.into()));
        vec![
            Value::Int(self.id.into()),
            self.sku.map_or(Value::Null, |sku| Value::Text(sku.into())),
            int(self.shelf),
            int(self.place),
            Value::Text(self.name.into()),
            Value::Bool(self.on_sale),
        ]
    }
}

pub(crate) fn shelf(id: i64) -> Vec<Value> {
    vec![Value::Int(id.into())]
}

pub(crate) fn key(id: i64) -> Key {
    catalog().models[SHELF].key_of(&shelf(id))
}

/// The number that a key is of.
pub(crate) fn id_of(key: &Key) -> i64 {
    match catalog().models[SHELF].key_values(key).expect("a key of the test")[..] {
        [Value::Int(id)] => i64::try_from(id).expect("is small"),
        _ => panic!("keys of the test are one number"),
    }
}

pub(crate) fn put(model: &ModelEntry, revision: u64, values: &[Value]) -> Change {
    Change::Put { model: model.id, key: model.key_of(values), revision, row: model.encode_row(values) }
}

pub(crate) fn patch(model: &ModelEntry, id: i64, revision: u64, fields: &[(usize, Value)]) -> Change {
    Change::Patch { model: model.id, key: key(id), revision, fields: model.encode_patch(fields), whole: None }
}

pub(crate) fn delete(model: &ModelEntry, id: i64) -> Change {
    Change::Delete { model: model.id, key: key(id) }
}

pub(crate) fn entry(guards: Vec<Guard>, changes: Vec<Change>) -> Entry {
    Entry { at: Timestamp::from_micros(0), actor: None, guards, changes, events: Vec::new(), refused: Vec::new() }
}

/// The claim of a product in a unique constraint, as a guard.
pub(crate) fn claim(model: &ModelEntry, constraint: usize, product: &Product) -> Option<Guard> {
    if constraint == BY_NAME && !product.on_sale {
        return None;
    }
    let value = model.unique_key(constraint, &product.values())?;
    let constraint = u32::try_from(constraint).expect("is small");
    Some(Guard::Unique { model: model.id, constraint, value, holder: key(product.id) })
}

/// Applies an entry behind the last one and publishes it if it was not refused; the position and whether it was applied.
pub(crate) fn apply(state: &State, entry: &Entry) -> (Position, bool) {
    let position = state.applied().next();
    let applied = state.apply(position, entry).is_ok();
    state.publish(position);
    (position, applied)
}

/// The values of a row.
pub(crate) fn values(model: &ModelEntry, row: &lithair_model::Row) -> Vec<Value> {
    model.decode_row(&row.bytes).expect("is a row")
}
