//! What an application imports: `use lithair_core::prelude::*;`.

pub use lithair_macros::{CommandError, DeclarativeEnum, DeclarativeModel, DomainEvent, commands, hooks};
pub use lithair_model::{Context, Date, Decimal, Id, Json, Model, Timestamp, Uuid};

pub use crate::DeclarativeServer;
