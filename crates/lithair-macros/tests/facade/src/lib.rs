//! What of `lithair-core` the derives need, under its name there, without a server: the tests of the derives build in seconds,
//! and say nothing about the rest.

/// What the derives write paths to.
pub mod __private {
    pub use lithair_model::*;
}

/// What an application imports.
pub mod prelude {
    pub use lithair_macros::{
        CommandError, DeclarativeEnum, DeclarativeModel, DeclarativeStruct, DomainEvent, commands, hooks, projection,
    };
    pub use lithair_model::{
        CommandError, Context, Date, Decimal, DomainEvent, Effects, Fact, HookError, Id, Json, Many, Model, One, Rows,
        Timestamp, Uuid,
    };
}
