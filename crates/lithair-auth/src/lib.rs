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

mod admin;
mod api_key;
pub mod base64;
mod records;
mod refused;
mod secret;
mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;

pub use admin::{AdminError, AdminRequest, administer};
pub use api_key::{ApiKeys, MadeApiKey, NewApiKey, PREFIX, ShownApiKey};
pub use records::SCHEMAS;
pub use refused::Refused;
pub use table::StoreError;
pub use token::{Algorithm, KeyError, TokenRules, TokenVerifier};
