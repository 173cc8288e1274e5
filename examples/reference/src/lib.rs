//! The programs of [the reference](../../../docs/reference.md), in its order.
#![allow(dead_code, missing_docs, reason = "the page's structs are written to be read")]

use lithair_core::prelude::DeclarativeServer;

/// What a Rust block of the page makes.
pub struct Program {
    /// The line of the page that the block begins on.
    pub line: usize,
    /// A server of its models.
    pub make: fn() -> DeclarativeServer,
}

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
