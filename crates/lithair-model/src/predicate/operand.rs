//! The sides of conditions, bound: each has a value for every record.

use std::sync::Arc;

use super::{Aggregate, Fields, Predicate, evaluate, reckon};
use crate::{Arithmetic, Code, Fault, Function, Kind, Timestamp, Value, Way};

/// What has a value for each record: one side of a comparison, or what a computed field is.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A field, as a place in the schema.
    Field(usize),
    /// What is inside of a field.
    Inside {
        /// Its place behind the fields'.
        place: usize,
        /// The way to it: the field's place, then places inside of structs.
        path: Vec<usize>,
    },
    /// An operand of the record that a step leads to; null if it leads to none.
    Via(Way, Box<Operand>),
    /// The same of a record that is such; null if it is not.
    Seen(Way, Box<Predicate>, Box<Operand>),
    /// A field that is computed when it is read, as a place in the schema, and what it is computed from.
    Virtual(usize, Box<Operand>),
    /// A function of an operand.
    Call(Function, Box<Operand>),
    /// A constant.
    Value(Value),
    /// The time of asking, plus so many microseconds.
    Now(i64),
    /// Two operands, reckoned with.
    Reckon(Box<Operand>, Arithmetic, Box<Operand>),
    /// A number with the other sign.
    Negative(Box<Operand>),
    /// The first, or the second where the first is null.
    OrElse(Box<Operand>, Box<Operand>),
    /// The first of the two where the condition holds, otherwise the second.
    Choice(Box<Predicate>, Box<Operand>, Box<Operand>),
    /// A number with so many places.
    Rounded(Box<Operand>, u8),
    /// Whether a condition holds.
    Truth(Box<Predicate>),
    /// An integer as a number of this kind.
    As(Kind, Box<Operand>),
    /// A function of the application, with the values of all fields.
    Code(Code, Vec<Operand>),
    /// What related records come to.
    Aggregate(Arc<Aggregate>),
}

impl Operand {
    /// Its value for a record.
    ///
    /// # Errors
    /// It cannot be held exactly.
    pub fn value<F: Fields + ?Sized>(&self, fields: &F, now: Timestamp) -> Result<Value, Fault> {
        evaluate::value(self, fields, now, &Kind::Timestamp).map(std::borrow::Cow::into_owned)
    }

    /// Calls `found` with it and every operand within it.
    pub fn walk(&self, found: &mut dyn FnMut(&Self)) {
        found(self);
        match self {
            Self::Field(_)
            | Self::Inside { .. }
            | Self::Value(_)
            | Self::Now(_)
            | Self::Aggregate(_)
            | Self::Via(..)
            | Self::Seen(..) => {}
            Self::Call(_, inner)
            | Self::Negative(inner)
            | Self::Rounded(inner, _)
            | Self::As(_, inner)
            | Self::Virtual(_, inner) => inner.walk(found),
            Self::Reckon(one, _, other) | Self::OrElse(one, other) => {
                one.walk(found);
                other.walk(found);
            }
            Self::Choice(condition, one, other) => {
                condition.operands(&mut |operand| operand.walk(found));
                one.walk(found);
                other.walk(found);
            }
            Self::Truth(condition) => condition.operands(&mut |operand| operand.walk(found)),
            Self::Code(_, inputs) => inputs.iter().for_each(|input| input.walk(found)),
        }
    }

    /// Whether it looks at the field at this place: be it at what is inside of it, or to compute another one.
    pub fn reads(&self, place: usize) -> bool {
        self.is_about(place, true)
    }

    /// Whether whoever asks this asks about the field at this place. What a field is computed from is not asked about.
    pub(crate) fn asks(&self, place: usize) -> bool {
        self.is_about(place, false)
    }

    pub(super) fn is_about(&self, place: usize, deep: bool) -> bool {
        let is_about = |operand: &Self| operand.is_about(place, deep);
        match self {
            Self::Field(field) => *field == place,
            Self::Inside { place: own, path } => *own == place || path[0] == place,
            Self::Virtual(field, inner) => *field == place || deep && is_about(inner),
            Self::Call(_, inner) | Self::Negative(inner) | Self::Rounded(inner, _) | Self::As(_, inner) => {
                is_about(inner)
            }
            Self::Reckon(one, _, other) | Self::OrElse(one, other) => is_about(one) || is_about(other),
            Self::Choice(condition, one, other) => condition.is_about(place, deep) || is_about(one) || is_about(other),
            Self::Truth(condition) => condition.is_about(place, deep),
            Self::Code(_, inputs) => inputs.iter().any(is_about),
            Self::Via(..) | Self::Seen(..) | Self::Value(_) | Self::Now(_) | Self::Aggregate(_) => false,
        }
    }

    /// The place of the field that this is, or of what is inside of one.
    pub fn place(&self) -> Option<usize> {
        match self {
            Self::Field(place) | Self::Inside { place, .. } => Some(*place),
            _ => None,
        }
    }

    /// Whether it asks about other records.
    pub fn follows(&self) -> bool {
        let mut follows = false;
        self.walk(&mut |operand| follows |= matches!(operand, Self::Via(..) | Self::Seen(..) | Self::Aggregate(_)));
        follows
    }

    /// The same with every `now` replaced by a time; where it stands alone, it is of this kind.
    pub(super) fn fixed(self, now: Timestamp, kind: Kind) -> Self {
        let boxed = |inner: Box<Self>, kind: Kind| Box::new(inner.fixed(now, kind));
        match self {
            Self::Now(offset) => Self::Value(evaluate::now_value(now.plus_micros(offset), &kind)),
            Self::Call(function, inner) => Self::Call(function, boxed(inner, Kind::Timestamp)),
            Self::Via(way, inner) => Self::Via(way, boxed(inner, kind)),
            Self::Seen(way, such, inner) => Self::Seen(way, Box::new(such.fixed(now)), boxed(inner, kind)),
            Self::Virtual(place, inner) => Self::Virtual(place, boxed(inner, kind)),
            Self::Reckon(one, sign, other) => {
                Self::Reckon(boxed(one, Kind::Timestamp), sign, boxed(other, Kind::Timestamp))
            }
            Self::Negative(inner) => Self::Negative(boxed(inner, kind)),
            Self::Rounded(inner, places) => Self::Rounded(boxed(inner, kind), places),
            Self::As(to, inner) => Self::As(to, boxed(inner, kind)),
            Self::OrElse(one, other) => Self::OrElse(boxed(one, kind), boxed(other, kind)),
            Self::Choice(condition, one, other) => {
                Self::Choice(Box::new(condition.fixed(now)), boxed(one, kind), boxed(other, kind))
            }
            Self::Truth(condition) => Self::Truth(Box::new(condition.fixed(now))),
            Self::Field(_) | Self::Inside { .. } | Self::Value(_) | Self::Code(..) | Self::Aggregate(_) => self,
        }
    }

    /// A constant where all of it is one.
    pub(super) fn folded(self) -> Self {
        let is_constant = match &self {
            Self::Reckon(one, _, other) => matches!((&**one, &**other), (Self::Value(_), Self::Value(_))),
            Self::Negative(inner) | Self::Rounded(inner, _) | Self::As(_, inner) | Self::Call(_, inner) => {
                matches!(**inner, Self::Value(_))
            }
            _ => false,
        };
        match is_constant.then(|| self.value::<[Value]>(&[], reckon::NO_TIME)) {
            Some(Ok(value)) => Self::Value(value),
            _ => self,
        }
    }
}

impl Predicate {
    /// Calls `found` with every operand that is about the record itself.
    pub fn operands(&self, found: &mut dyn FnMut(&Operand)) {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|predicate| predicate.operands(found)),
            Self::Not(inner) => inner.operands(found),
            Self::Compare { left, right, .. } => {
                found(left);
                found(right);
            }
            Self::In { operand, .. } | Self::Flag(operand) => found(operand),
            Self::Related { .. } | Self::Element { .. } | Self::Search { .. } => {}
        }
    }
}
