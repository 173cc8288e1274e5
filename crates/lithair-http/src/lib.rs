//! The HTTP contract of Lithair: one pipeline from admission to response.
//!
//! ```text
//! firewall -> admission -> router -> limits -> auth -> access -> limits -> extract -> validation -> limits -> catch_up -> resource -> respond
//! ```
//!
//! `pipeline.rs` shows the flow of a request on one screen. `rejection.rs` is the table of everything that can stop it.
//! Data is reached through [`lithair_model::Backend`] only: this crate knows neither the disk nor the log.
//!
//! | what | where |
//! |---|---|
//! | connections and their threads | `server`, `accept`, `gate`, `connection`, `activity`, `io` |
//! | a request as a whole | `service`, `pipeline`, `app`, `config` |
//! | the stages | `firewall`, `admission`, `router`, `limits`, `auth`, `access`, `extract`, `validation`, `catch_up`, `respond` |
//! | what carries out | `resource`, `tools`, `credentials`, `custom` |
//! | what stages hand on | `endpoint`, `inbound`, `media`, `entity_tag`, `cursor`, `operation`, `answer`, `body`, `client_network` |
//! | the words of refusals | `rejection`, `refusal`, `document` |
//! | what any answer may have | `compression`, `cors`, `request_id`, `trace` |
//! | what is told of the server | `observe`, `openapi` |
//! | for tests | `pretend` |

mod accept;
mod access;
mod activity;
mod admission;
mod answer;
mod app;
mod auth;
mod body;
mod catch_up;
mod client_network;
mod compression;
mod config;
mod connection;
mod cors;
mod credentials;
mod cursor;
mod custom;
mod document;
mod endpoint;
mod entity_tag;
mod extract;
mod firewall;
mod gate;
mod inbound;
mod io;
mod limits;
mod media;
mod observe;
mod openapi;
mod operation;
mod pipeline;
#[cfg(feature = "testing")]
mod pretend;
mod refusal;
mod rejection;
mod request_id;
mod resource;
mod respond;
mod router;
mod server;
mod service;
mod tools;
mod trace;
mod validation;

pub use body::CustomBody;
pub use config::{AuthConfig, CorsConfig, Dealing, FirewallConfig, HttpConfig, Limits, Prefixes, Reactors, Timeouts};
pub use cors::Origin;
pub use custom::{Custom, CustomAnswer};
pub use document::ProblemDocument;
pub use firewall::{BadForwarding, Denied, HttpFirewall, Refusal, Standing};
pub use inbound::BoxError;
pub use openapi::openapi_document;
pub use rejection::{Problem, Stage};
pub use request_id::RequestId;
pub use router::routes;
pub use server::{BindError, Handle, Reserved, Server};
pub use service::{Around, LithairService, ServiceBody};
