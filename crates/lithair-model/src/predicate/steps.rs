//! Which steps to other records a predicate takes.

use super::{Operand, Predicate};
use crate::Way;

impl Predicate {
    /// Names each step to other records that it takes, at any depth.
    pub fn steps(&self, each: &mut dyn FnMut(Way)) {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|inner| inner.steps(each)),
            Self::Not(inner) | Self::Element { inner, .. } => inner.steps(each),
            Self::Compare { left, right, .. } => {
                left.steps(each);
                right.steps(each);
            }
            Self::In { operand, .. } | Self::Flag(operand) => operand.steps(each),
            Self::Related { way, inner } => {
                each(*way);
                inner.steps(each);
            }
            Self::Search { .. } => {}
        }
    }
}

impl Operand {
    fn steps(&self, each: &mut dyn FnMut(Way)) {
        match self {
            Self::Via(way, inner) => {
                each(*way);
                inner.steps(each);
            }
            Self::Seen(way, such, inner) => {
                each(*way);
                such.steps(each);
                inner.steps(each);
            }
            Self::Call(_, inner)
            | Self::Negative(inner)
            | Self::Rounded(inner, _)
            | Self::As(_, inner)
            | Self::Virtual(_, inner) => inner.steps(each),
            Self::Reckon(one, _, other) | Self::OrElse(one, other) => {
                one.steps(each);
                other.steps(each);
            }
            Self::Choice(condition, one, other) => {
                condition.steps(each);
                one.steps(each);
                other.steps(each);
            }
            Self::Truth(condition) => condition.steps(each),
            Self::Code(_, inputs) => inputs.iter().for_each(|input| input.steps(each)),
            // What related records come to is a field of the record itself: whoever may read the record may ask about it.
            Self::Aggregate(_) | Self::Field(_) | Self::Inside { .. } | Self::Value(_) | Self::Now(_) => {}
        }
    }
}
