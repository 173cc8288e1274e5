//! A product as a schema without a program, for what is measured below any server: eight fields, about 220 bytes of JSON.

use lithair_model::{
    Date, Decimal, DecimalSchema, FieldSchema, IndexSchema, Literal, ModelSchema, Normalizer, Rule, RuleSchema,
    SortTerm, Timestamp, UniqueSchema, Uuid,
};

pub(super) const NAME: usize = 2;
pub(super) const PRICE: usize = 3;
pub(super) const STOCK: usize = 4;

/// With a unique constraint and an ordered index.
pub(super) static PRODUCT: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema::of::<Uuid>("id"),
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Regex("^[A-Z]{3}-[0-9A-F]{16}$"))],
            ..FieldSchema::of::<String>("sku")
        },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Len { min: 1, max: 80 })],
            normalizers: &[Normalizer::Trim],
            filter: true,
            ..FieldSchema::of::<String>("name")
        },
        FieldSchema { decimal: Some(DecimalSchema { precision: 12, scale: 2 }), ..FieldSchema::of::<Decimal>("price") },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Range { min: Some(Literal::Int(0)), max: None })],
            filter: true,
            ..FieldSchema::of::<i64>("stock")
        },
        FieldSchema::of::<bool>("active"),
        FieldSchema::of::<Option<Date>>("released"),
        FieldSchema::of::<Timestamp>("created_at"),
    ],
    key: &[0],
    uniques: &[UniqueSchema { fields: &[1], ignore_case: false, condition: None }],
    indexes: &[IndexSchema { terms: &[SortTerm { field: PRICE, descending: false }] }],
    ..ModelSchema::PLAIN
};
