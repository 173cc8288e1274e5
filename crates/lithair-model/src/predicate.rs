//! Expressions bound to a model: names resolved, constants typed. The one form that is evaluated.

mod bind;
mod compare;
mod evaluate;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

pub use bind::BindError;
pub(crate) use bind::{Constant, Linked, Node, Scope, Untyped, bind, constant_value, typed};
pub use compare::compare_values;

use crate::{Comparison, Expr, Function, Kind, ModelEntry, ModelSchema, Row, Search, Timestamp, Value, Way};

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
        /// The list, as a place in the schema.
        list: usize,
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

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A field, as a place in the schema.
    Field(usize),
    /// An operand of the record that a step leads to; null if it leads to none.
    Via(Way, Box<Operand>),
    /// The same of a record that is such; null if it is not.
    Seen(Way, Box<Predicate>, Box<Operand>),
    /// A function of an operand.
    Call(Function, Box<Operand>),
    /// A constant.
    Value(Value),
    /// The time of asking, plus so many microseconds.
    Now(i64),
}

impl Operand {
    pub(crate) fn reads(&self, place: usize) -> bool {
        match self {
            Self::Field(field) => *field == place,
            Self::Call(_, inner) => inner.reads(place),
            Self::Via(..) | Self::Seen(..) | Self::Value(_) | Self::Now(_) => false,
        }
    }

    fn follows(&self) -> bool {
        match self {
            Self::Via(..) | Self::Seen(..) => true,
            Self::Call(_, inner) => inner.follows(),
            Self::Field(_) | Self::Value(_) | Self::Now(_) => false,
        }
    }

    fn fixed(self, now: Timestamp, kind: Kind) -> Self {
        match self {
            Self::Now(offset) => Self::Value(evaluate::now_value(now.plus_micros(offset), &kind)),
            Self::Call(function, inner) => Self::Call(function, Box::new(inner.fixed(now, Kind::Timestamp))),
            Self::Via(way, inner) => Self::Via(way, Box::new(inner.fixed(now, kind))),
            Self::Seen(way, such, inner) => {
                Self::Seen(way, Box::new(such.fixed(now)), Box::new(inner.fixed(now, kind)))
            }
            other => other,
        }
    }
}

/// Where a predicate finds the values of a record's fields.
pub trait Fields {
    /// The value of the field at this place.
    fn field(&self, place: usize) -> Cow<'_, Value>;

    /// Hands out the records that a step leads to, until `each` returns false. A record by itself knows no others.
    fn related(&self, _way: Way, _each: &mut dyn FnMut(&dyn Fields) -> bool) {}
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
}

impl Predicate {
    /// Binds an expression of a schema to the schema.
    ///
    /// # Errors
    /// An unknown name, or operands that do not fit each other.
    pub fn bind(expr: &Expr, schema: &'static ModelSchema) -> Result<Self, BindError> {
        let resolve = |name: &str| {
            let place = schema.fields.iter().position(|field| field.name == name);
            place.map(|place| (place, schema.fields[place].kind)).ok_or_else(|| {
                let near = crate::nearest(name, schema.fields.iter().map(|field| field.name));
                BindError::unknown(name, near)
            })
        };
        bind(&Untyped::of(expr), &resolve)
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
            Self::Flag(_) | Self::Search { .. } => self,
            Self::Related { way, inner } => Self::Related { way, inner: Box::new(inner.fixed(now)) },
            Self::Element { list, inner } => Self::Element { list, inner: Box::new(inner.fixed(now)) },
        }
    }

    /// Whether its meaning depends on when it is asked.
    pub fn asks_time(&self) -> bool {
        self.clone().fixed(Timestamp::MIN) != *self
    }

    /// Whether it looks at the field at this place.
    pub fn reads(&self, place: usize) -> bool {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().any(|predicate| predicate.reads(place)),
            Self::Not(inner) => inner.reads(place),
            Self::Compare { left, right, .. } => left.reads(place) || right.reads(place),
            Self::In { operand, .. } | Self::Flag(operand) => operand.reads(place),
            Self::Element { list, .. } => *list == place,
            Self::Search { texts, .. } => texts.contains(&place),
            // Of which of its own fields a step asks, only the model knows: see `follows`.
            Self::Related { .. } => false,
        }
    }

    /// Whether it asks about other records.
    pub fn follows(&self) -> bool {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().any(Self::follows),
            Self::Not(inner) => inner.follows(),
            Self::Compare { left, right, .. } => left.follows() || right.follows(),
            Self::In { operand, .. } | Self::Flag(operand) => operand.follows(),
            Self::Related { .. } => true,
            Self::Element { .. } | Self::Search { .. } => false,
        }
    }

    /// Whether the record is one of those the predicate means.
    pub fn matches<F: Fields + ?Sized>(&self, fields: &F, now: Timestamp) -> bool {
        evaluate::matches(self, fields, now)
    }
}
