//! The types that values of fields have.

use crate::{Date, EnumSchema, FieldSchema, StructSchema, Timestamp, Value};

/// The type of a present value.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// `bool`.
    Bool,
    /// Any integer type, by its bounds.
    Int {
        /// The smallest value of the Rust type.
        min: i128,
        /// The largest value of the Rust type.
        max: i128,
    },
    /// `f32` or `f64`, by its bits. Only finite values exist.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `String`: any Unicode text.
    Text,
    /// `Decimal`: exact.
    Decimal,
    /// `Uuid`.
    Uuid,
    /// `Timestamp`: microseconds, UTC.
    Timestamp,
    /// `Date`: a civil date.
    Date,
    /// A `DeclarativeEnum`.
    Enum(&'static EnumSchema),
    /// A `DeclarativeStruct`.
    Struct(&'static StructSchema),
    /// `Vec<T>`.
    List(&'static Element),
    /// `Json`: any JSON value.
    Json,
}

/// What a list holds.
#[derive(Debug)]
pub struct Element {
    /// The type of a present element.
    pub kind: Kind,
    /// Whether null is an element.
    pub optional: bool,
}

/// Enums and structs are the same if they have one name and the same parts: a constant may have more than one address.
impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Enum(one), Self::Enum(other)) => one.is_same(other),
            (Self::Struct(one), Self::Struct(other)) => one.is_same(other),
            (Self::List(one), Self::List(other)) => one.kind == other.kind && one.optional == other.optional,
            (Self::Int { min, max }, Self::Int { min: other_min, max: other_max }) => {
                (min, max) == (other_min, other_max)
            }
            (Self::Float { bits }, Self::Float { bits: other }) => bits == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Kind {
    /// A value where there is none yet: zero, nothing, the first.
    pub fn blank(&self) -> Value {
        match self {
            Self::Bool => Value::Bool(false),
            Self::Int { min, max } => Value::Int(0.clamp(*min, *max)),
            Self::Float { .. } => Value::Float(0.0),
            Self::Text => Value::Text(String::new()),
            Self::Decimal => Value::Decimal(rust_decimal::Decimal::ZERO),
            Self::Uuid => Value::Uuid(uuid::Uuid::nil()),
            Self::Timestamp => Value::Timestamp(Timestamp::from_micros(0)),
            Self::Date => Value::Date(Date::from_days(0)),
            Self::Enum(schema) => schema.variants.first().map_or(Value::Null, |first| match schema.has_data() {
                true => Value::Variant(first.wire.into(), blanks(first.fields)),
                false => Value::Text(first.wire.to_owned()),
            }),
            Self::List(_) => Value::List(Vec::new()),
            Self::Struct(schema) => Value::Struct(blanks(schema.fields)),
            Self::Json => Value::Json(crate::Json::trusted("null")),
        }
    }

    /// The word with its article, for sentences.
    pub(crate) const fn phrase(&self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Int { .. } => "an integer",
            Self::Float { .. } => "a number",
            Self::Text => "a string",
            Self::Decimal => "a decimal",
            Self::Uuid => "a UUID",
            Self::Timestamp => "a timestamp",
            Self::Date => "a date",
            Self::Enum(_) => "an enum",
            Self::Struct(_) => "an object",
            Self::List(_) => "an array",
            Self::Json => "a JSON value",
        }
    }

    /// The word for the type in messages and in `schema.json`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int { .. } => "integer",
            Self::Float { .. } => "number",
            Self::Text => "string",
            Self::Decimal => "decimal",
            Self::Uuid => "uuid",
            Self::Timestamp => "timestamp",
            Self::Date => "date",
            Self::Enum(_) => "enum",
            Self::Struct(_) => "struct",
            Self::List(_) => "array",
            Self::Json => "json",
        }
    }
}

fn blanks(fields: &[FieldSchema]) -> Vec<Value> {
    fields.iter().map(|field| if field.optional { Value::Null } else { field.kind.blank() }).collect()
}
