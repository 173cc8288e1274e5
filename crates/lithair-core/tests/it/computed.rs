//! Computed fields: kept by the entry that changes what they are computed from, and computed when they are read.

mod random;
pub(crate) mod shop;
