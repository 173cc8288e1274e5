//! The grammar of attributes: tokens to typed attributes with spans.
//!
//! An attribute is a list of items, `key`, `key = value` or `key(part, ..)`. It is cut at its commas first, so that a
//! mistake in one item does not hide those in others.

pub(crate) mod computed;
pub(crate) mod duration;
pub(crate) mod enumeration;
pub(crate) mod field;
pub(crate) mod history;
pub(crate) mod item;
pub(crate) mod link;
pub(crate) mod permission;
pub(crate) mod rule;
pub(crate) mod security;
mod spelling;
pub(crate) mod states;
pub(crate) mod structure;
pub(crate) mod upcast;
pub(crate) mod words;
