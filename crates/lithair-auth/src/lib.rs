//! Who is asking: tokens, API keys, passwords and sessions, checked.
//!
//! ```text
//! Authorization: Bearer eyJ..   -> token    -> keys of the issuer       -+
//! Authorization: Bearer lth_..  -> api_key  -> record of the key         +-> Principal, or why not
//! Cookie: __Host-lithair-..     -> session  -> records of session, user -+
//! ```
//!
//! Why not is for the operator: callers are told the same whatever it was. Records are reached through
//! [`lithair_model::Backend`] only; this crate knows neither HTTP nor the disk.

mod accounts;
mod admin;
mod api_key;
mod attempts;
pub mod base64;
mod explain;
mod messenger;
mod password;
mod records;
mod refused;
mod revoked;
mod secret;
mod session;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;
mod totp;
mod user;
mod users;

pub use accounts::{AccountError, Accounts, Enrolled, NewUser};
pub use admin::{AdminError, AdminRequest, administer, shown as shown_user};
pub use api_key::{ApiKeys, MadeApiKey, NewApiKey, PREFIX, ShownApiKey};
pub use explain::{Described, Question, WhoCan, explain, matrix, who_can};
pub use messenger::{About, Delivery, Messenger, Notice};
pub use password::Hashing;
pub use records::SCHEMAS;
pub use refused::Refused;
pub use revoked::RevokedTokens;
pub use session::Begun;
pub use table::StoreError;
pub use token::{Algorithm, KeyError, OwnTokens, TokenRules, TokenVerifier};
pub use user::User;
pub use users::Users;
