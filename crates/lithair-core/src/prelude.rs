//! What an application imports: `use lithair_core::prelude::*;`.

pub use lithair_macros::{DeclarativeEnum, DeclarativeModel};
pub use lithair_model::{Date, Decimal, Id, Json, Many, Model, One, Timestamp, Uuid};

pub use crate::DeclarativeServer;
