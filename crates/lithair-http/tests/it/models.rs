//! The models of the tests, written as the derive would emit them.

use lithair_model::{
    Auto, Decimal, DecimalSchema, DefaultValue, EnumSchema, Exposure, Expr, FieldSchema, IndexSchema, Json, Kind,
    Literal, ModelSchema, Mutability, OnDelete, OperationKind, PageSchema, RelationSchema, Rule, RuleSchema, SortTerm,
    Timestamp, UniqueSchema, Uuid, VariantSchema,
};

pub(crate) static PRODUCT: ModelSchema = ModelSchema {
    name: "Product",
    table: "products",
    path: "products",
    fields: &[
        FieldSchema { auto: Some(Auto::Uuid7), ..FieldSchema::of::<Uuid>("id") },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Len { min: 1, max: 2_000 })],
            filter: true,
            sort: true,
            ..FieldSchema::of::<String>("name")
        },
        FieldSchema {
            decimal: Some(DecimalSchema { precision: 12, scale: 2 }),
            sort: true,
            filter: true,
            ..FieldSchema::of::<Option<Decimal>>("price")
        },
        FieldSchema {
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Int(0)))),
            rules: &[RuleSchema::of(Rule::Range { min: Some(Literal::Int(0)), max: None })],
            sort: true,
            filter: true,
            ..FieldSchema::of::<i64>("stock")
        },
        FieldSchema {
            kind: Kind::Enum(&STATUS),
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Variant("Draft")))),
            filter: true,
            ..FieldSchema::of::<String>("status")
        },
        FieldSchema { wire: "blurb", ..FieldSchema::of::<Option<String>>("note") },
        FieldSchema::of::<Option<Json>>("extra"),
        FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<String>>("secret") },
        FieldSchema { exposure: Exposure::WriteOnly, ..FieldSchema::of::<Option<String>>("password") },
        FieldSchema { exposure: Exposure::ReadOnly, ..FieldSchema::of::<Option<Timestamp>>("seen_at") },
        FieldSchema { mutability: Mutability::Immutable, ..FieldSchema::of::<Option<String>>("origin") },
    ],
    key: &[0],
    uniques: &[UniqueSchema { fields: &[1], ignore_case: false, condition: None }],
    indexes: &[IndexSchema { terms: &[SortTerm { field: 3, descending: false }] }],
    page: PageSchema { default: 50, max: 500 },
    ..ModelSchema::PLAIN
};

static STATUS: EnumSchema = EnumSchema {
    name: "Status",
    variants: &[
        VariantSchema { name: "Draft", wire: "draft", fields: &[] },
        VariantSchema { name: "Live", wire: "live", fields: &[] },
    ],
};

/// A key that callers give.
pub(crate) static TAG: ModelSchema = ModelSchema {
    name: "Tag",
    table: "tags",
    path: "tags",
    fields: &[FieldSchema::of::<String>("name"), FieldSchema::of::<Option<String>>("label")],
    key: &[0],
    ..PRODUCT_LIKE
};

/// A composite key of references.
pub(crate) static TAGGING: ModelSchema = ModelSchema {
    name: "ProductTag",
    table: "product_tags",
    path: "product-tags",
    fields: &[
        FieldSchema::of::<Uuid>("product_id"),
        FieldSchema::of::<String>("tag_name"),
        FieldSchema::of::<Option<i64>>("weight"),
    ],
    key: &[0, 1],
    relations: &[
        RelationSchema { name: "product", fields: &[0], target: || &PRODUCT, on_delete: OnDelete::Restrict },
        RelationSchema { name: "tag", fields: &[1], target: || &TAG, on_delete: OnDelete::Restrict },
    ],
    ..PRODUCT_LIKE
};

/// What may only be read, one by one.
pub(crate) static FACT: ModelSchema = ModelSchema {
    name: "Fact",
    table: "facts",
    path: "facts",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("text"),
    ],
    key: &[0],
    operations: &[OperationKind::Get, OperationKind::Create],
    ..PRODUCT_LIKE
};

/// What callers may change and not create.
pub(crate) static LIMIT: ModelSchema = ModelSchema {
    name: "Limit",
    table: "limits",
    path: "limits",
    fields: &[FieldSchema::of::<String>("name"), FieldSchema::of::<Option<i64>>("most")],
    key: &[0],
    operations: &[OperationKind::Get, OperationKind::Update, OperationKind::Bulk],
    ..PRODUCT_LIKE
};

const PRODUCT_LIKE: ModelSchema = ModelSchema {
    name: "",
    table: "",
    path: "",
    fields: &[],
    key: &[],
    page: PageSchema { default: 50, max: 500 },
    ..ModelSchema::PLAIN
};

pub(crate) fn all() -> Vec<&'static ModelSchema> {
    vec![&PRODUCT, &TAG, &TAGGING, &FACT, &LIMIT]
}
