//! The vocabulary of Lithair: schema, values, rules, expressions, commands, entries.
//!
//! Everything here is data and pure functions on data: no I/O, no clock, no randomness, no HTTP.

mod position;

pub use position::Position;
