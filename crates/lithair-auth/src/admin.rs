//! What administrators do to credentials: one language for the command line, the socket of the data directory, and HTTP.

use std::time::Duration;

use lithair_model::{Backend, Principal, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use thiserror::Error;

use crate::api_key::{ApiKeys, NewApiKey, is_environment};
use crate::table::StoreError;

/// Five years, which is longer than anybody should trust a key.
const EXPIRES_SECONDS_MAX: u64 = 5 * 366 * 24 * 60 * 60;
const WORD_BYTES_MAX: usize = 128;
const WORDS_MAX: usize = 64;

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "do", deny_unknown_fields)]
pub enum AdminRequest {
    /// Makes a key, and shows it this once.
    #[serde(rename = "keys.create")]
    CreateKey {
        /// Its roles.
        #[serde(default)]
        roles: Vec<String>,
        /// Its tenant.
        #[serde(default)]
        tenant: Option<String>,
        /// What it may be used for.
        #[serde(default)]
        scopes: Vec<String>,
        /// How long it is good.
        expires_seconds: u64,
        /// For whom it acts.
        #[serde(default)]
        subject: Option<String>,
        /// What people call it.
        #[serde(default)]
        name: Option<String>,
        /// A word in its text.
        #[serde(default)]
        environment: Option<String>,
    },
    /// Shows what there is of keys.
    #[serde(rename = "keys.list")]
    ListKeys {},
    /// Takes a key back.
    #[serde(rename = "keys.revoke")]
    RevokeKey {
        /// Which.
        id: String,
    },
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AdminError {
    /// The caller's doing.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does it. Whoever calls has made sure that `by` may.
///
/// # Errors
/// What is wrong; nothing was done.
pub async fn administer(
    backend: &dyn Backend,
    keys: &ApiKeys,
    request: AdminRequest,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    match request {
        AdminRequest::CreateKey { roles, tenant, scopes, expires_seconds, subject, name, environment } => {
            let expires_in = Duration::from_secs(expires_seconds);
            let new = NewApiKey { name, environment, subject, roles, tenant, scopes, expires_in };
            check(&new)?;
            let made = keys.create(backend, new, by, now).await?;
            let mut json = json!(made.shown);
            json["key"] = made.key.into();
            Ok(json)
        }
        AdminRequest::ListKeys {} => Ok(json!({ "items": keys.list(backend) })),
        AdminRequest::RevokeKey { id } => match keys.revoke(backend, &id, by, now).await? {
            true => Ok(json!({ "id": id, "revoked": true })),
            false => Err(AdminError::NotFound(format!("there is no key {id:?}"))),
        },
    }
}

fn check(new: &NewApiKey) -> Result<(), AdminError> {
    let invalid = |detail: &str| Err(AdminError::Invalid(detail.to_owned()));
    let seconds = new.expires_in.as_secs();
    if !(1..=EXPIRES_SECONDS_MAX).contains(&seconds) {
        return invalid("a key ends: expected a time of a second to five years until then");
    }
    if new.environment.as_deref().is_some_and(|word| !is_environment(word)) {
        return invalid("expected an environment of 1 to 12 small letters and digits");
    }
    let words = new.roles.iter().chain(&new.scopes).chain(&new.tenant).chain(&new.subject).chain(&new.name);
    if !words.clone().all(|word| is_word(word)) || words.count() > WORDS_MAX {
        return invalid(
            "expected roles, scopes, tenant, subject and name of 1 to 128 bytes, without control characters, 64 in all",
        );
    }
    if new.scopes.iter().any(|scope| scope.contains(' ')) {
        return invalid("a scope has no spaces: give several");
    }
    Ok(())
}

pub(crate) fn is_word(word: &str) -> bool {
    (1..=WORD_BYTES_MAX).contains(&word.len()) && !word.chars().any(char::is_control)
}
