//! What is left of a policy for one principal: nobody, everybody, or a predicate.

use crate::{Fields, Predicate, Timestamp};

/// What a policy asks of a record once it is known who asks.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a request makes a few, and those that cost anything are predicates")]
pub enum Condition {
    /// No record.
    Never,
    /// The records that the predicate means. Its times are fixed.
    When(Predicate),
    /// Every record.
    Always,
}

impl Condition {
    pub(super) const fn of(flag: bool) -> Self {
        if flag { Self::Always } else { Self::Never }
    }

    /// True of what all of them are true of.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut asked = Vec::new();
        for part in parts {
            match part {
                Self::Never => return Self::Never,
                Self::Always => {}
                Self::When(Predicate::All(inner)) => asked.extend(inner),
                Self::When(predicate) => asked.push(predicate),
            }
        }
        match asked.len() {
            0 => Self::Always,
            1 => Self::When(asked.remove(0)),
            _ => Self::When(Predicate::All(asked)),
        }
    }

    /// True of what any of them is true of.
    pub fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut asked = Vec::new();
        for part in parts {
            match part {
                Self::Always => return Self::Always,
                Self::Never => {}
                Self::When(Predicate::Any(inner)) => asked.extend(inner),
                Self::When(predicate) => asked.push(predicate),
            }
        }
        match asked.len() {
            0 => Self::Never,
            1 => Self::When(asked.remove(0)),
            _ => Self::When(Predicate::Any(asked)),
        }
    }

    /// True of what this one is not true of.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Never => Self::Always,
            Self::Always => Self::Never,
            Self::When(predicate) => Self::When(Predicate::Not(Box::new(predicate))),
        }
    }

    /// Whether it is true of a record.
    pub fn holds<F: Fields + ?Sized>(&self, fields: &F, now: Timestamp) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::When(predicate) => predicate.matches(fields, now),
        }
    }

    /// As a predicate; none where it is true of everything.
    pub fn predicate(&self) -> Option<Predicate> {
        match self {
            Self::Never => Some(Predicate::Any(Vec::new())),
            Self::When(predicate) => Some(predicate.clone()),
            Self::Always => None,
        }
    }
}
