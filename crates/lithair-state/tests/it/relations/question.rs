//! Random conditions: as the text of a filter, and as what they mean.

use super::graph::{Graph, POST, PROFILE, REMARK, TAG, USER};

/// SplitMix64.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// `0..max`; 0 if that is empty.
    pub(crate) fn below(&mut self, max: i64) -> i64 {
        i64::try_from(self.next() % u64::try_from(max.max(1)).expect("positive")).expect("small")
    }

    /// One of `0..max`, or none.
    pub(crate) fn maybe(&mut self, max: i64) -> Option<i64> {
        let some = max > 0 && self.below(4) > 0;
        some.then(|| self.below(max))
    }
}

/// The relations of a model: name, target, whether to many.
fn relations(model: usize) -> &'static [(&'static str, usize, bool)] {
    match model {
        USER => &[("posts", POST, true), ("profile", PROFILE, false)],
        POST => &[("author", USER, false), ("remarks", REMARK, true), ("tags", TAG, true)],
        REMARK => &[("post", POST, false), ("user", USER, false)],
        TAG => &[("posts", POST, true)],
        _ => &[("user", USER, false)],
    }
}

/// A condition.
#[derive(Clone, Debug)]
pub(crate) enum Question {
    /// The record's number against another one.
    Number {
        model: usize,
        sign: &'static str,
        number: i64,
    },
    Not(Box<Question>),
    Both(Box<Question>, Box<Question>),
    Either(Box<Question>, Box<Question>),
    /// `any`, `all` or `none` of what a relation leads to.
    Quantified {
        word: &'static str,
        relation: &'static str,
        target: usize,
        inner: Option<Box<Question>>,
    },
    /// The number of the record that a relation leads to.
    Via {
        relation: &'static str,
        target: usize,
        sign: &'static str,
        number: i64,
    },
    Exists {
        relation: &'static str,
    },
}

impl Question {
    pub(crate) fn random(dice: &mut Dice, model: usize, depth: usize, links: usize) -> Self {
        let inner = |dice: &mut Dice| Box::new(Self::random(dice, model, depth + 1, links));
        let all = relations(model);
        let (relation, target, is_many) = all[usize::try_from(dice.below(all.len() as i64)).expect("small")];
        match dice.below(if depth < 3 { 10 } else { 2 }) {
            2 if links > 0 => Self::Exists { relation },
            3 if links > 0 && !is_many => {
                let (sign, number) = Self::compared(dice, target);
                Self::Via { relation, target, sign, number }
            }
            4..=7 if links > 0 => {
                let word = ["any", "all", "none"][usize::try_from(dice.below(3)).expect("small")];
                let is_bare = word != "all" && dice.below(5) == 0;
                let asked = (!is_bare).then(|| Box::new(Self::random(dice, target, depth + 1, links - 1)));
                Self::Quantified { word, relation, target, inner: asked }
            }
            8 => Self::Not(inner(dice)),
            9 => Self::Both(inner(dice), inner(dice)),
            1 if depth < 3 => Self::Either(inner(dice), inner(dice)),
            _ => {
                let (sign, number) = Self::compared(dice, model);
                Self::Number { model, sign, number }
            }
        }
    }

    fn compared(dice: &mut Dice, model: usize) -> (&'static str, i64) {
        match model {
            REMARK => ("=", dice.below(2)),
            _ => (["=", "!=", "<", ">="][usize::try_from(dice.below(4)).expect("small")], dice.below(4)),
        }
    }

    /// The text of the filter; `inside` a quantifier, names begin with a dot.
    pub(crate) fn text(&self, inside: bool) -> String {
        let dot = if inside { "." } else { "" };
        match self {
            Self::Number { model, sign, number } => format!("{dot}{}", compared(*model, sign, *number)),
            Self::Not(inner) => format!("not ({})", inner.text(inside)),
            Self::Both(one, other) => format!("({}) and ({})", one.text(inside), other.text(inside)),
            Self::Either(one, other) => format!("({}) or ({})", one.text(inside), other.text(inside)),
            Self::Quantified { word, relation, inner, .. } => {
                let inner = inner.as_ref().map(|inner| format!(", {}", inner.text(true))).unwrap_or_default();
                format!("{word}({dot}{relation}{inner})")
            }
            Self::Via { relation, target, sign, number } => {
                format!("{dot}{relation}.{}", compared(*target, sign, *number))
            }
            Self::Exists { relation } => format!("exists({dot}{relation})"),
        }
    }

    /// What it means of a record.
    pub(crate) fn holds(&self, graph: &Graph, model: usize, id: i64) -> bool {
        match self {
            Self::Number { sign, number, .. } => matches(Some(graph.number(model, id)), sign, *number),
            Self::Not(inner) => !inner.holds(graph, model, id),
            Self::Both(one, other) => one.holds(graph, model, id) && other.holds(graph, model, id),
            Self::Either(one, other) => one.holds(graph, model, id) || other.holds(graph, model, id),
            Self::Quantified { word, relation, target, inner } => {
                let related = graph.related(model, id, relation);
                let is_such = |id: &i64| inner.as_ref().is_none_or(|inner| inner.holds(graph, *target, *id));
                match *word {
                    "any" => related.iter().any(is_such),
                    "all" => related.iter().all(is_such),
                    _ => !related.iter().any(is_such),
                }
            }
            Self::Via { relation, target, sign, number } => {
                let related = graph.related(model, id, relation);
                matches(related.first().map(|id| graph.number(*target, *id)), sign, *number)
            }
            Self::Exists { relation } => !graph.related(model, id, relation).is_empty(),
        }
    }
}

fn compared(model: usize, sign: &str, number: i64) -> String {
    match model {
        POST => format!("score {sign} {number}"),
        REMARK => format!("spam {sign} {}", number == 1),
        _ => format!("group {sign} {number}"),
    }
}

/// Two-valued: only `!=` is true of nothing.
fn matches(found: Option<i64>, sign: &str, number: i64) -> bool {
    match (found, sign) {
        (None, sign) => sign == "!=",
        (Some(found), "=") => found == number,
        (Some(found), "!=") => found != number,
        (Some(found), "<") => found < number,
        (Some(found), _) => found >= number,
    }
}
