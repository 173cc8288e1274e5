//! Who is asking: tokens, API keys, passwords and sessions, checked.
//!
//! ```text
//! Authorization: Bearer eyJ..   -> token    -> keys of the issuer       -+
//! Authorization: Bearer lth_..  -> api_key  -> record of the key         +-> Principal, or why not
//! Cookie: __Host-lithair-..     -> session  -> records of session, user -+
//!                                                  Principal -> grants -> the same, with the roles that it is granted
//! ```
//!
//! Why not is for the operator: callers are told the same whatever it was. Records are reached through
//! [`lithair_model::Backend`] only; this crate knows neither HTTP nor the disk.

mod accounts;
mod admin;
mod api_key;
mod attempts;
mod authority;
pub mod base64;
mod explain;
mod grants;
#[cfg(test)]
mod memory;
mod messenger;
pub mod oidc;
mod password;
mod records;
mod refused;
mod revoked;
mod seal;
mod secret;
mod session;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;
mod totp;
mod user;
mod users;

pub use accounts::{AccountError, Accounts, Enrolled, Links, NewUser};
pub use admin::{ADMIN, AdminError, AdminRequest, Administered, administer, shown as shown_user};
pub use api_key::{ApiKeys, MadeApiKey, NewApiKey, PREFIX, ShownApiKey};
pub use explain::{Described, MatrixOf, Question, WhoCan, explain, matrix, who_can};
pub use grants::{Grants, RoleSource, ShownGrant};
pub use messenger::{About, Delivery, Messenger, Notice};
pub use password::Hashing;
pub use records::SCHEMAS;
pub use refused::Refused;
pub use revoked::{HELD_MICROS_MAX, RevokedTokens};
pub use session::Begun;
pub use table::StoreError;
pub use token::{Algorithm, KeyError, OwnTokens, TokenRules, TokenVerifier};
pub use user::{User, is_user_model};
pub use users::Users;
