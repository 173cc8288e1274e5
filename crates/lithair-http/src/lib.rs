//! The HTTP contract of Lithair: one pipeline from admission to response.
//!
//! ```text
//! accept -> connection -> pipeline: admission -> router -> auth -> access -> extract -> validation -> handler -> respond
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
mod base64;
mod body;
mod config;
mod connection;
mod cursor;
mod extract;
mod gate;
mod io;
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
mod tools;
mod validation;

pub use config::{Dealing, HttpConfig, Limits, Prefixes, Reactors, Timeouts};
pub use openapi::openapi_document;
pub use rejection::{Problem, Stage};
pub use router::routes;
pub use server::{BindError, Handle, Server};
