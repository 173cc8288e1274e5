//! What an application imports: `use lithair_core::prelude::*;`.

pub use lithair_macros::{
    CommandError, DeclarativeEnum, DeclarativeModel, DeclarativeStruct, DomainEvent, commands, hooks, policy,
    projection,
};
pub use lithair_model::{
    CommandError, Context, Date, Decimal, DomainEvent, Effects, Fact, HookError, Id, Json, Many, Model, One, Policy,
    Principal, Rows, Timestamp, Transitioned, Uuid,
};

pub use crate::{Cors, DeclarativeServer, Firewall};
