//! What an application imports: `use lithair_core::prelude::*;`.

pub use lithair_macros::{CommandError, DeclarativeEnum, DeclarativeModel, DomainEvent, commands, hooks, policy};
pub use lithair_model::{
    CommandError, Context, Date, Decimal, DomainEvent, Effects, HookError, Id, Json, Many, Model, One, Policy,
    Principal, Timestamp, Transitioned, Uuid,
};

pub use crate::DeclarativeServer;
