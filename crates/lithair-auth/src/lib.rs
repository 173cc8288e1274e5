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

pub mod base64;
mod refused;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod token;

pub use refused::Refused;
pub use token::{Algorithm, KeyError, TokenRules, TokenVerifier};
