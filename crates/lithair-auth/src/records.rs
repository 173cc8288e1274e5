//! What the server keeps of credentials: records of internal models, in the same log as everything else.
//!
//! Secrets are not among them: only what tells whether a secret is the right one. No path of the API leads to these records.

use lithair_model::{AccessSchema, FieldSchema, FieldType, IndexSchema, ModelSchema, SortTerm, Timestamp, Value};

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
        $name:ident = $table:literal $path:literal as $schema:ident $(found by $($index:literal),+)? { $($(#[doc = $field_doc:literal])* $field:ident: $type:ty,)* }
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
            indexes: &[$(IndexSchema { terms: &[$(SortTerm { field: $index, descending: false }),+] },)?],
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
    /// A session of a user.
    Session = "lithair_sessions" "lithair/sessions" as SESSION found by 1 {
        /// HMAC of the session's identifier.
        id: String,
        user: String,
        created_at: Timestamp,
        /// When it was used last, give or take a sixteenth of the time that it may be idle.
        seen_at: Timestamp,
        expires_at: Timestamp,
    }
    /// What a user proves to be themselves by.
    UserSecret = "lithair_user_secrets" "lithair/user-secrets" as USER_SECRET {
        user: String,
        /// Argon2id, as a PHC string; none until the user has chosen one.
        password: Option<String>,
        /// The secret of one-time codes, sealed; none where there are none.
        totp: Option<String>,
        /// One that was shown and not confirmed yet.
        totp_pending: Option<String>,
        /// The last step whose code was taken: none is taken twice.
        totp_step: i64,
        /// HMAC of the codes that stand in for the device.
        recovery: Vec<String>,
        /// Since when they have proven themselves that they read mail to the address: by a token in a mail, or at a provider that is
        /// believed so far. What an administrator says of an address is none of it.
        proven_at: Option<Timestamp>,
    }
    /// A token that was sent to a user to prove that they read their mail, and is good once; or one that was.
    Ticket = "lithair_tickets" "lithair/tickets" as TICKET found by 1 {
        /// HMAC of the token.
        id: String,
        /// Whose it is; empty of one for nobody, which is there as somebody's would be.
        user: String,
        /// `verify`, `reset` or `handed-reset`; `login` of a login at a provider that was taken.
        purpose: String,
        expires_at: Timestamp,
    }
    /// Somebody whom a provider knows, and who they are here.
    ProviderLogin = "lithair_provider_logins" "lithair/provider-logins" as PROVIDER_LOGIN found by 3 {
        /// SHA-256 of issuer and subject.
        id: String,
        issuer: String,
        subject: String,
        user: String,
        created_at: Timestamp,
    }
    /// A signed token that was taken back before its end.
    RevokedToken = "lithair_revoked_tokens" "lithair/revoked-tokens" as REVOKED_TOKEN {
        /// SHA-256 of the token without its signature; of the whole token, in records from before.
        hash: String,
        revoked_at: Timestamp,
        expires_at: Timestamp,
    }
    /// A role that somebody has until it is taken back.
    Grant = "lithair_grants" "lithair/grants" as GRANT found by 1, 3 {
        /// Made of subject, role and tenant: what somebody has is not given twice.
        id: String,
        /// Who, as the past says it: `token:<subject>`, `user:<id>`, `key:<id>`.
        subject: String,
        role: String,
        /// Where it holds; everywhere, if nothing is said.
        tenant: Option<String>,
        granted_at: Timestamp,
        granted_by: Option<String>,
        expires_at: Option<Timestamp>,
    }
}

/// The models of these records. A program has them all; its log learns of them with the first record.
pub static SCHEMAS: [&ModelSchema; 7] =
    [&API_KEY, &SESSION, &USER_SECRET, &TICKET, &REVOKED_TOKEN, &GRANT, &PROVIDER_LOGIN];
