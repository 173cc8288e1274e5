//! To whom something is granted, and that there is such a one.

use lithair_model::{Backend, FieldType as _, Timestamp, Value, nearest};

use crate::admin::AdminError;
use crate::records::ApiKey;
use crate::session::user_id;
use crate::table::Table;
use crate::user::User;

/// As OpenID Connect Core, 2, has it for `sub`, and what stands before it.
const SUBJECT_BYTES_MAX: usize = 255 + "token:".len();

/// Refuses a grant to whom nobody could be: who somebody is, is said as the past says it.
pub(super) fn check(backend: &dyn Backend, subject: &str, now: Timestamp) -> Result<(), AdminError> {
    let invalid = |detail: String| Err(AdminError::Invalid(detail));
    let expected = "expected who it is as the history says it: token:<subject>, user:<id> or key:<id>";
    if subject.len() > SUBJECT_BYTES_MAX || subject.chars().any(char::is_control) {
        return invalid(format!("{expected}, without control characters, of {SUBJECT_BYTES_MAX} bytes at most"));
    }
    match subject.split_once(':').filter(|(_, id)| !id.is_empty()) {
        Some(("token", _)) => Ok(()),
        Some(("user", id)) => user(backend, id),
        Some(("key", id)) => key(backend, id, now),
        Some(("system", _)) => invalid(format!("{subject}: the program itself has no roles, and may do everything")),
        Some((kind, id)) => {
            let near = nearest(kind, ["token", "user", "key"]);
            let near = near.map(|near| format!("; did you mean `{near}:{id}`?")).unwrap_or_default();
            invalid(format!("{subject:?}: {expected}{near}"))
        }
        None => invalid(format!("{subject:?}: {expected}")),
    }
}

fn user(backend: &dyn Backend, id: &str) -> Result<(), AdminError> {
    let users = Table::<User>::new(backend.catalog());
    // Another spelling of the same identifier would be nobody's.
    let found = user_id(id).filter(|user| user.to_string() == id).and_then(|user| users.get(backend, &user.to_value()));
    found.map(drop).ok_or_else(|| AdminError::NotFound(format!("there is no user {id:?}: `user list` has their ids")))
}

fn key(backend: &dyn Backend, id: &str, now: Timestamp) -> Result<(), AdminError> {
    let found = Table::<ApiKey>::new(backend.catalog()).get(backend, &Value::Text(id.to_owned()));
    match found {
        None => Err(AdminError::NotFound(format!("there is no key {id:?}"))),
        Some((key, _)) if key.revoked_at.is_some() || now >= key.expires_at => {
            Err(AdminError::Invalid(format!("the key {id} is not good any more")))
        }
        Some(_) => Ok(()),
    }
}
