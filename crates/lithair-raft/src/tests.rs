//! The log as consensus uses it.

mod gate;
mod log;
mod suite;
