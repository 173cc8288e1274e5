//! What one field of one record holds.

use std::borrow::Cow;

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Date, Json, Timestamp};

/// One field's value, typed.
///
/// A unit variant of an enum is its wire name as [`Value::Text`] when no variant of the enum has data, and
/// [`Value::Variant`] otherwise. Order and equality between values need the field's [`crate::Kind`]: see `key.rs`.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// Any integer of the supported widths.
    Int(i128),
    /// Finite.
    Float(f64),
    /// Text, or the wire name of an enum variant.
    Text(String),
    /// Exact decimal number.
    Decimal(Decimal),
    /// Identifier.
    Uuid(Uuid),
    /// A moment.
    Timestamp(Timestamp),
    /// A civil date.
    Date(Date),
    /// Elements of a list.
    List(Vec<Value>),
    /// Any JSON value.
    Json(Json),
    /// A variant of an enum that has data, with the values of its fields in declared order.
    Variant(Cow<'static, str>, Vec<Value>),
    /// An embedded struct: the values of its fields in declared order.
    Struct(Vec<Value>),
    /// Some fields of an embedded struct, as places with values: what a merge patch says of it ([`crate::merge_patch`]). Never stored.
    Members(Vec<(usize, Value)>),
}

impl Value {
    /// Whether there is no value.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}
