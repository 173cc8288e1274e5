//! Lithair: one annotated struct becomes a complete backend. Applications depend on this crate.

pub mod prelude;

/// What the derives write paths to. Not for people: it changes without notice.
#[doc(hidden)]
pub mod __private {
    pub use lithair_model::*;
}
