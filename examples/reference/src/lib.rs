//! The programs of [the reference](../../../docs/reference.md), in its order.
#![allow(dead_code, missing_docs, reason = "the page's structs are written to be read")]

use lithair_core::prelude::DeclarativeServer;

include!(concat!(env!("OUT_DIR"), "/programs.rs"));
