//! The HTTP contract of Lithair: one pipeline from admission to response.
//!
//! ```text
//! accept -> connection -> pipeline: firewall -> admission -> router -> limits -> auth -> access -> extract -> validation -> handler -> respond
//! ```
//!
//! `pipeline.rs` shows the flow of a request on one screen. `rejection.rs` is the table of everything that can stop it.
//! Data is reached through [`lithair_model::Backend`] only: this crate knows neither the disk nor the log.

mod accept;
mod access;
mod activity;
mod admission;
mod app;
mod auth;
mod body;
mod compression;
mod config;
mod connection;
mod cors;
mod cursor;
mod custom;
mod document;
mod extract;
mod firewall;
mod gate;
mod inbound;
mod io;
mod limits;
mod observe;
mod openapi;
mod operation;
mod pipeline;
#[cfg(feature = "testing")]
mod pretend;
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

pub use config::{AuthConfig, CorsConfig, Dealing, FirewallConfig, HttpConfig, Limits, Prefixes, Reactors, Timeouts};
pub use cors::Origin;
pub use custom::{Custom, CustomAnswer, CustomBody};
pub use document::ProblemDocument;
pub use firewall::{BadForwarding, Denied, HttpFirewall, Refusal, Standing};
pub use inbound::BoxError;
pub use openapi::openapi_document;
pub use rejection::{Problem, Stage};
pub use request_id::RequestId;
pub use router::routes;
pub use server::{BindError, Handle, Reserved, Server};
pub use service::{Around, LithairService, ServiceBody};
