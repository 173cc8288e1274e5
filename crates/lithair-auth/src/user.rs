use lithair_model::{
    AccessSchema, Auto, Exposure, FieldSchema, FieldType, Mismatch, Model, ModelSchema, Timestamp, UniqueSchema, Uuid,
    Value,
};

use crate::records::Record;

/// Somebody who can log in. A model like any other: yours may refer to it, `author_id: Id<User>`, and see the name.
///
/// What they prove to be themselves by is elsewhere, in a model that no path leads to.
#[derive(Clone, Debug, PartialEq)]
pub struct User {
    /// Who.
    pub id: Uuid,
    /// The address that they log in with, in small letters. Nobody else has it. Not shown to callers.
    pub email: String,
    /// What others call them.
    pub name: String,
    /// Their roles. Not shown to callers.
    pub roles: Vec<String>,
    /// Their tenant. Not shown to callers.
    pub tenant: Option<String>,
    /// Since when it is known that they read mail to the address. Not shown to callers.
    pub verified_at: Option<Timestamp>,
    /// Since when they may not use the server. Not shown to callers.
    pub disabled_at: Option<Timestamp>,
    /// When they were added.
    pub created_at: Timestamp,
}

/// A field that callers neither see nor ask about.
const fn hidden<T: FieldType>(name: &'static str) -> FieldSchema {
    FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<T>(name) }
}

/// The place of `email`.
pub(crate) const EMAIL: usize = 1;

static USER: ModelSchema = ModelSchema {
    name: "User",
    table: "users",
    path: "users",
    fields: &[
        FieldSchema { auto: Some(Auto::Uuid7), exposure: Exposure::ReadOnly, ..FieldSchema::of::<Uuid>("id") },
        hidden::<String>("email"),
        FieldSchema::of::<String>("name"),
        hidden::<Vec<String>>("roles"),
        hidden::<Option<String>>("tenant"),
        hidden::<Option<Timestamp>>("verified_at"),
        hidden::<Option<Timestamp>>("disabled_at"),
        FieldSchema {
            auto: Some(Auto::Created),
            exposure: Exposure::ReadOnly,
            ..FieldSchema::of::<Timestamp>("created_at")
        },
    ],
    key: &[0],
    uniques: &[UniqueSchema { fields: &[EMAIL], ignore_case: false, condition: None }],
    // Users come and go through the endpoints of accounts and the command line, which know what else goes with them.
    operations: &[],
    access: AccessSchema::Public,
    ..ModelSchema::PLAIN
};

impl Model for User {
    type Key = Uuid;

    const SCHEMA: &'static ModelSchema = &USER;

    fn value(&self, field: usize) -> Value {
        self.values().swap_remove(field)
    }

    fn from_values(values: Vec<Value>) -> Result<Self, Mismatch> {
        Self::of(values).ok_or(Mismatch { expected: "the values of a user", found: Value::Null })
    }
}

impl Record for User {
    const SCHEMA: &'static ModelSchema = &USER;

    fn values(&self) -> Vec<Value> {
        vec![
            self.id.to_value(),
            self.email.to_value(),
            self.name.to_value(),
            self.roles.to_value(),
            self.tenant.to_value(),
            self.verified_at.to_value(),
            self.disabled_at.to_value(),
            self.created_at.to_value(),
        ]
    }

    fn of(values: Vec<Value>) -> Option<Self> {
        let mut values = values.into_iter();
        Some(Self {
            id: Uuid::from_value(values.next()?).ok()?,
            email: String::from_value(values.next()?).ok()?,
            name: String::from_value(values.next()?).ok()?,
            roles: Vec::from_value(values.next()?).ok()?,
            tenant: Option::from_value(values.next()?).ok()?,
            verified_at: Option::from_value(values.next()?).ok()?,
            disabled_at: Option::from_value(values.next()?).ok()?,
            created_at: Timestamp::from_value(values.next()?).ok()?,
        })
    }
}
