//! What the server keeps of credentials: records of internal models, in the same log as everything else.
//!
//! Secrets are not among them: only what tells whether a secret is the right one. No path of the API leads to these records.

use lithair_model::{AccessSchema, FieldSchema, FieldType, ModelSchema, Timestamp, Value};

/// A struct that is kept as a record. Its key is the first field.
pub(crate) trait Record: Sized {
    /// The model.
    const SCHEMA: &'static ModelSchema;

    /// All values, in the order of the schema.
    fn values(&self) -> Vec<Value>;

    /// The record of these values; none if they are not its.
    fn of(values: Vec<Value>) -> Option<Self>;
}

macro_rules! records {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident = $table:literal $path:literal as $schema:ident { $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)* }
    )*) => {$(
        $(#[doc = $doc])*
        #[derive(Clone, Debug, PartialEq)]
        pub(crate) struct $name {
            $($(#[doc = $field_doc])* pub(crate) $field: $type,)*
        }

        static $schema: ModelSchema = ModelSchema {
            name: concat!("Lithair", stringify!($name)),
            table: $table,
            path: $path,
            fields: &[$(FieldSchema::of::<$type>(stringify!($field)),)*],
            key: &[0],
            operations: &[],
            access: AccessSchema::Internal,
            ..ModelSchema::PLAIN
        };

        impl Record for $name {
            const SCHEMA: &'static ModelSchema = &$schema;

            fn values(&self) -> Vec<Value> {
                vec![$(self.$field.to_value(),)*]
            }

            fn of(values: Vec<Value>) -> Option<Self> {
                let mut values = values.into_iter();
                Some(Self { $($field: FieldType::from_value(values.next()?).ok()?,)* })
            }
        }
    )*};
}

records! {
    /// An API key.
    ApiKey = "lithair_api_keys" "lithair/api-keys" as API_KEY {
        id: String,
        /// HMAC of the key's whole text.
        hash: String,
        /// What people call it.
        name: Option<String>,
        /// For whom it acts; itself, if for nobody else.
        subject: Option<String>,
        roles: Vec<String>,
        tenant: Option<String>,
        scopes: Vec<String>,
        created_at: Timestamp,
        created_by: Option<String>,
        expires_at: Timestamp,
        revoked_at: Option<Timestamp>,
    }
    /// A signed token that was taken back before its end.
    RevokedToken = "lithair_revoked_tokens" "lithair/revoked-tokens" as REVOKED_TOKEN {
        /// SHA-256 of the token.
        hash: String,
        revoked_at: Timestamp,
        expires_at: Timestamp,
    }
}

/// The models of these records. A program has them all; its log learns of them with the first record.
pub static SCHEMAS: [&ModelSchema; 2] = [&API_KEY, &REVOKED_TOKEN];
