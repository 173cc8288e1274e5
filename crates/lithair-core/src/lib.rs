//! Lithair: one annotated struct becomes a complete backend. Applications depend on this crate.
