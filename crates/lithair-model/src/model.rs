//! The seam between Rust and schemas: what a struct, a type of a field and a reference promise.

use std::marker::PhantomData;

use thiserror::Error;

use crate::{Kind, ModelSchema, Value, generate, sql};

/// A struct that is a model. `#[derive(DeclarativeModel)]` writes it.
///
/// An implementation guarantees: `SCHEMA` names every stored field once, and `value` and `from_values` use the places
/// of `SCHEMA.fields`.
pub trait Model: Sized + Send + Sync + 'static {
    /// The type of the primary key; a tuple for a composite key.
    type Key;

    /// What the struct declares.
    const SCHEMA: &'static ModelSchema;

    /// The value of the field at this place. An implicit key, which has no member, is [`Value::Null`].
    fn value(&self, field: usize) -> Value;

    /// Builds the struct from the values of all fields, in the order of the schema.
    ///
    /// # Errors
    /// The first value that does not fit its field's type.
    fn from_values(values: Vec<Value>) -> Result<Self, Mismatch>;

    /// The API that the server offers for the model: its routes below the API's prefix, and its limits.
    fn generate_api() -> serde_json::Value {
        generate::api(Self::SCHEMA)
    }

    /// The table that a relational database would have for the model, in SQL, for people to read.
    fn generate_database_schema() -> String {
        sql::table_document(Self::SCHEMA)
    }

    /// What the server demands of a record: the types and rules of its fields by their names in JSON, and the
    /// constraints of the whole.
    fn generate_validation() -> serde_json::Value {
        generate::validation(Self::SCHEMA)
    }

    /// Who may do what with the model.
    fn generate_permissions() -> serde_json::Value {
        generate::permissions(Self::SCHEMA)
    }
}

/// A Rust type that a field may have.
#[diagnostic::on_unimplemented(
    message = "a field cannot be of type `{Self}`",
    label = "not a type of fields",
    note = "`docs/models.md` lists the types of fields; an enum derives `DeclarativeEnum`, a struct `DeclarativeStruct`",
    note = "a reference to a model with a composite key is by several fields: `#[relation(belongs_to = T, fields(a, b))] t: One<T>`"
)]
pub trait FieldType: Sized {
    /// The type of a present value.
    const KIND: Kind;
    /// Whether null is a value.
    const OPTIONAL: bool = false;

    /// The value as data.
    fn to_value(&self) -> Value;

    /// The Rust value of `value`.
    ///
    /// # Errors
    /// `value` is of another kind or out of the type's range.
    fn from_value(value: Value) -> Result<Self, Mismatch>;
}

/// A value that does not fit a type.
#[derive(Clone, Debug, PartialEq, Error)]
#[error("expected {expected}, found {found:?}")]
pub struct Mismatch {
    /// The word for the type that was expected.
    pub expected: &'static str,
    /// What was there.
    pub found: Value,
}

/// The key of a record of `T`: a reference that the store checks.
pub struct Id<T: Model>(T::Key, PhantomData<fn() -> T>);

impl<T: Model> Id<T> {
    /// The reference to the record with this key.
    pub const fn new(key: T::Key) -> Self {
        Self(key, PhantomData)
    }

    /// The key.
    pub const fn key(&self) -> &T::Key {
        &self.0
    }

    /// The key, by value.
    pub fn into_key(self) -> T::Key {
        self.0
    }
}

impl<T: Model> FieldType for Id<T>
where
    T::Key: FieldType,
{
    const KIND: Kind = <T::Key as FieldType>::KIND;

    fn to_value(&self) -> Value {
        self.0.to_value()
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        T::Key::from_value(value).map(Self::new)
    }
}
