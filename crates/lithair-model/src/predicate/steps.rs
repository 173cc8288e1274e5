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
            Self::Call(_, inner) => inner.steps(each),
            Self::Field(_) | Self::Value(_) | Self::Now(_) => {}
        }
    }
}
