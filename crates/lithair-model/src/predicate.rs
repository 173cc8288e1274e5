//! Expressions bound to a model: names resolved, constants typed. The one form that is evaluated.

mod aggregate;
mod bind;
mod compare;
mod evaluate;
pub(crate) mod inside;
mod operand;
mod reckon;
mod steps;
#[cfg(test)]
mod tests;
mod typed;

use std::borrow::Cow;

pub use aggregate::{Aggregate, Aggregation};
pub use bind::BindError;
pub(crate) use bind::{Constant, Linked, Node, Scope, Untyped, bind, constant_value};
pub use compare::compare_values;
pub use operand::Operand;
pub use reckon::Fault;
pub(crate) use typed::{bind_operand, bind_value};

use crate::{Comparison, Expr, FieldSchema, Key, Kind, ModelEntry, ModelSchema, Row, Search, Timestamp, Value, Way};

/// A condition over the fields of one record.
///
/// Two-valued: `x = null` tests for null, `x != v` is true for a null `x`, every other comparison with null is false.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// True when all are.
    All(Vec<Predicate>),
    /// True when any is.
    Any(Vec<Predicate>),
    /// True when the inner one is not.
    Not(Box<Predicate>),
    /// Two operands of one kind compared.
    Compare {
        /// The left operand; a field, if either side is one.
        left: Operand,
        /// How.
        comparison: Comparison,
        /// The right operand.
        right: Operand,
        /// The kind of both.
        kind: Kind,
    },
    /// Whether the operand is one of the values. Null is among them only if it is listed.
    In {
        /// The operand.
        operand: Operand,
        /// The values, of the operand's kind.
        values: Vec<Value>,
        /// The kind.
        kind: Kind,
    },
    /// A boolean operand that is true.
    Flag(Operand),
    /// True when any record that the step leads to is one of those that the inner one means.
    Related {
        /// The step.
        way: Way,
        /// What is asked of the records.
        inner: Box<Predicate>,
    },
    /// True when any value of a list is one of those that the inner one means, whose field 0 is the value.
    Element {
        /// The list: a field, or inside of one.
        list: Operand,
        /// What is asked of a value.
        inner: Box<Predicate>,
    },
    /// True when the texts have all that is searched for.
    Search {
        /// The fields that are searched, as places in the schema.
        texts: Vec<usize>,
        /// What is searched for.
        search: Box<Search>,
    },
}

/// Where a predicate finds the values of a record's fields.
pub trait Fields {
    /// The value of the field at this place.
    fn field(&self, place: usize) -> Cow<'_, Value>;

    /// Whether the boolean field at this place is true.
    fn is_true(&self, place: usize) -> bool {
        *self.field(place) == Value::Bool(true)
    }

    /// Hands out the records that a step leads to, until `each` returns false. A record by itself knows no others.
    fn related(&self, _way: Way, _each: &mut dyn FnMut(&dyn Fields) -> bool) {}

    /// The record's key, where records are told apart.
    fn key(&self) -> Option<Key> {
        None
    }
}

impl Fields for [Value] {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Borrowed(&self[place])
    }
}

/// The fields of a stored row, decoded when they are asked for.
#[derive(Clone, Copy, Debug)]
pub struct RowFields<'a> {
    /// The row's model.
    pub model: &'a ModelEntry,
    /// The row.
    pub row: &'a Row,
}

impl Fields for RowFields<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Owned(self.model.field(self.row, place))
    }

    fn is_true(&self, place: usize) -> bool {
        self.model.is_true(self.row, place)
    }
}

impl Predicate {
    /// Binds an expression of a schema to the schema.
    ///
    /// # Errors
    /// An unknown name, or operands that do not fit each other.
    pub fn bind(expr: &Expr, schema: &'static ModelSchema) -> Result<Self, BindError> {
        Self::bind_fields(expr, schema.fields)
    }

    /// The same, of fields that stand together: a model's, or those of an embedded struct.
    pub(crate) fn bind_fields(expr: &Expr, fields: &'static [FieldSchema]) -> Result<Self, BindError> {
        bind(&Untyped::of(expr), &crate::computed::OfFields::new(fields))
    }

    /// The same condition with every `now` replaced by a time, so that it means the same whenever it is asked.
    #[must_use]
    pub fn fixed(self, now: Timestamp) -> Self {
        let all = |inner: Vec<Self>| inner.into_iter().map(|predicate| predicate.fixed(now)).collect();
        match self {
            Self::All(inner) => Self::All(all(inner)),
            Self::Any(inner) => Self::Any(all(inner)),
            Self::Not(inner) => Self::Not(Box::new(inner.fixed(now))),
            Self::Compare { left, comparison, right, kind } => {
                Self::Compare { left: left.fixed(now, kind), comparison, right: right.fixed(now, kind), kind }
            }
            Self::In { operand, values, kind } => Self::In { operand: operand.fixed(now, kind), values, kind },
            Self::Flag(operand) => Self::Flag(operand.fixed(now, Kind::Bool)),
            Self::Search { .. } => self,
            Self::Related { way, inner } => Self::Related { way, inner: Box::new(inner.fixed(now)) },
            Self::Element { list, inner } => Self::Element { list, inner: Box::new(inner.fixed(now)) },
        }
    }

    /// Whether its meaning depends on when it is asked.
    pub fn asks_time(&self) -> bool {
        self.clone().fixed(Timestamp::MIN) != *self
    }

    /// Whether it looks at the field at this place, be it to compute another one.
    pub fn reads(&self, place: usize) -> bool {
        self.is_about(place, true)
    }

    /// Whether whoever asks it asks about the field at this place. What a field is computed from is not asked about.
    pub fn asks(&self, place: usize) -> bool {
        self.is_about(place, false)
    }

    fn is_about(&self, place: usize, deep: bool) -> bool {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().any(|predicate| predicate.is_about(place, deep)),
            Self::Not(inner) => inner.is_about(place, deep),
            Self::Compare { left, right, .. } => left.is_about(place, deep) || right.is_about(place, deep),
            Self::In { operand, .. } | Self::Flag(operand) => operand.is_about(place, deep),
            Self::Element { list, .. } => list.is_about(place, deep),
            Self::Search { texts, .. } => texts.contains(&place),
            // Of which of its own fields a step asks, only the model knows.
            Self::Related { .. } => false,
        }
    }

    /// Whether the record is one of those the predicate means.
    pub fn matches<F: Fields + ?Sized>(&self, fields: &F, now: Timestamp) -> bool {
        evaluate::matches(self, fields, now)
    }
}
