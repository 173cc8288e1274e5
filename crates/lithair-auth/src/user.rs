//! A user: a model that the application may refer to.

use lithair_model::{
    AccessSchema, Auto, Exposure, FieldSchema, FieldType, Mismatch, Model, ModelSchema, Policy, PolicySchema, Right,
    Timestamp, UniqueSchema, Uuid, Value,
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

/// The places of `email` and `verified_at`.
pub(crate) const EMAIL: usize = 1;
pub(crate) const VERIFIED_AT: usize = 5;

/// What the program says of who sees users, by the name that the model asks for it.
pub(crate) const READERS: &str = "lithair.users.read";

/// Users whom everybody sees as far as anybody does.
static USER: ModelSchema = OPEN;

/// Users whom the program shows to some. Whoever administers sees them all the same, and changes them through the endpoints of accounts alone.
static GUARDED: ModelSchema = ModelSchema {
    access: AccessSchema::Rules(&PolicySchema {
        rules: &[
            (Right::Read, Policy::Any(&[Policy::Permission(READERS), Policy::Permission(ADMINISTRATOR)])),
            (Right::Create, Policy::Public),
            (Right::Update, Policy::Public),
            (Right::Delete, Policy::Public),
        ],
        ..PolicySchema::CLOSED
    }),
    ..OPEN
};

/// The permission of whoever has the role that `auth.admin_role` names.
const ADMINISTRATOR: &str = "lithair.administrator";

const OPEN: ModelSchema = ModelSchema {
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
    ..ModelSchema::PLAIN
};

/// The model of users, for a program that says who sees them, or one that does not.
pub(crate) fn schema(is_guarded: bool) -> &'static ModelSchema {
    if is_guarded { &GUARDED } else { &USER }
}

/// Whether this is the model of users: the server's own, not an application's of the same name.
pub fn is_user_model(schema: &ModelSchema) -> bool {
    [&USER, &GUARDED].into_iter().any(|own| std::ptr::eq(own, schema))
}

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

#[cfg(test)]
mod tests {
    use lithair_model::AccessSchema;

    use super::*;

    #[test]
    fn others_see_who_somebody_is_and_what_they_are_called_and_change_nothing() {
        assert_eq!((USER.name, USER.table, USER.path, USER.key), ("User", "users", "users", &[0][..]));
        let fields = USER.fields.iter().map(|field| (field.name, field.exposure, field.auto));
        let hidden = |name: &'static str| (name, Exposure::Hidden, None);
        let expected = [
            ("id", Exposure::ReadOnly, Some(Auto::Uuid7)),
            hidden("email"),
            ("name", Exposure::Open, None),
            hidden("roles"),
            hidden("tenant"),
            hidden("verified_at"),
            hidden("disabled_at"),
            ("created_at", Exposure::ReadOnly, Some(Auto::Created)),
        ];
        assert_eq!(fields.collect::<Vec<_>>(), expected);
        let [unique] = USER.uniques else { panic!("one unique") };
        assert_eq!((unique.fields, unique.ignore_case, unique.condition.is_none()), (&[EMAIL][..], false, true));
        assert!(USER.operations.is_empty() && matches!(USER.access, AccessSchema::Public));
    }

    /// Only who sees them differs: everything else is as for users whom everybody sees.
    #[test]
    fn users_whom_the_program_shows_to_some_are_seen_by_those_and_administrators() {
        let AccessSchema::Rules(rules) = GUARDED.access else { panic!("somebody says who sees them") };
        let given = [
            (Right::Read, Policy::Any(&[Policy::Permission(READERS), Policy::Permission(ADMINISTRATOR)])),
            (Right::Create, Policy::Public),
            (Right::Update, Policy::Public),
            (Right::Delete, Policy::Public),
        ];
        assert_eq!(rules.rules, given);
        let open = ModelSchema { access: GUARDED.access, ..USER };
        assert_eq!(format!("{open:?}"), format!("{GUARDED:?}"));
    }

    #[test]
    fn a_user_is_the_values_of_the_record() {
        let user = User {
            id: Uuid::from_u128(7),
            email: "ada@example.org".to_owned(),
            name: "Ada".to_owned(),
            roles: vec!["Editor".to_owned()],
            tenant: Some("acme".to_owned()),
            verified_at: Some(Timestamp::from_micros(1)),
            disabled_at: None,
            created_at: Timestamp::from_micros(2),
        };
        let values = Record::values(&user);
        assert_eq!((0..8).map(|place| user.value(place)).collect::<Vec<_>>(), values);
        assert_eq!(<User as Model>::from_values(values.clone()), Ok(user.clone()));
        assert_eq!(<User as Record>::of(values.clone()), Some(user));
        assert!(<User as Model>::from_values(values[1..].to_vec()).is_err());
    }
}
