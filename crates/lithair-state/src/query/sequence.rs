//! The order in which the ranges of a path are walked so that rows come in the order that was asked for.
//!
//! An index is walked backward for an order that is the reverse of its own. Three things must not be reversed with it:
//! the key, which decides ascending between equal values, and nulls, which come last. So groups of equal values are
//! walked backward, each from its beginning, and nulls are a stretch of their own at the end.

use crate::ordered_map::{Direction, KeyRange, behind_prefix};

use super::cursor::Anchor;
use super::path::{Path, Span};

/// How the entries of one stretch follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// As they stand, or in reverse.
    Entries(Direction),
    /// Groups of equal values in this direction, the entries of each in the other one.
    Groups(Direction),
}

impl Way {
    const fn reversed(self) -> Self {
        match self {
            Self::Entries(direction) => Self::Entries(direction.reversed()),
            Self::Groups(direction) => Self::Groups(direction.reversed()),
        }
    }
}

/// A range, and how it is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stretch {
    pub(crate) keys: KeyRange,
    pub(crate) way: Way,
}

/// How a path's order relates to the order that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// The same.
    Same,
    /// The reverse, and no two entries have equal values.
    Reverse,
    /// The reverse of the values; the key decides ascending between equal ones.
    ReverseGroups,
}

/// The whole path, in the order that was asked for.
pub(crate) fn whole(path: &Path, fit: Fit) -> Vec<Stretch> {
    let stretch = |keys: KeyRange, way: Way| Stretch { keys, way };
    let spans = path.ranges.iter();
    match fit {
        Fit::Same => spans.map(|span| stretch(span.keys.clone(), Way::Entries(Direction::Forward))).collect(),
        Fit::Reverse => spans.rev().map(|span| stretch(span.keys.clone(), Way::Entries(Direction::Backward))).collect(),
        Fit::ReverseGroups => {
            let present = spans.clone().rev().filter(|span| !span.is_null);
            let present = present.map(|span| stretch(without_nulls(span), Way::Groups(Direction::Backward)));
            let nulls = spans.map(|span| if span.is_null { span.keys.clone() } else { nulls(span) });
            let nulls = nulls.map(|keys| stretch(keys, Way::Entries(Direction::Forward)));
            present.chain(nulls).filter(|stretch| !stretch.keys.is_empty()).collect()
        }
    }
}

fn without_nulls(span: &Span) -> KeyRange {
    let high = if span.open { Some(first_null(span)) } else { span.keys.high.clone() };
    KeyRange { low: span.keys.low.clone(), high }
}

fn nulls(span: &Span) -> KeyRange {
    if span.open {
        KeyRange { low: first_null(span), high: span.keys.high.clone() }
    } else {
        KeyRange { low: span.keys.low.clone(), high: Some(span.keys.low.clone()) }
    }
}

fn first_null(span: &Span) -> Vec<u8> {
    [&span.keys.low[..span.fixed], &[u8::MAX]].concat()
}

/// The same rows the other way round.
pub(crate) fn reversed(stretches: &[Stretch]) -> Vec<Stretch> {
    let reversed = stretches.iter().rev();
    reversed.map(|stretch| Stretch { keys: stretch.keys.clone(), way: stretch.way.reversed() }).collect()
}

/// What comes behind an anchor; none if the anchor is in no stretch.
pub(crate) fn behind(stretches: &[Stretch], anchor: &Anchor) -> Option<Vec<Stretch>> {
    let at = stretches.iter().position(|stretch| stretch.keys.contains(&anchor.bytes))?;
    let Stretch { keys, way } = &stretches[at];
    let (group, behind_group) = (anchor.group(), behind_prefix(anchor.group()));
    let mut rest = match way {
        Way::Entries(direction) => vec![Stretch { keys: beyond(keys, anchor, *direction), way: *way }],
        Way::Groups(direction) => {
            let inside = direction.reversed();
            let own = KeyRange { low: group.to_vec(), high: behind_group.clone() };
            let others = match direction {
                Direction::Backward => KeyRange { low: keys.low.clone(), high: Some(group.to_vec()) },
                Direction::Forward => {
                    // Without bytes behind the group, nothing is: a range without entries says so.
                    let low = behind_group.unwrap_or_else(|| keys.high.clone().unwrap_or_default());
                    KeyRange { low, high: keys.high.clone() }
                }
            };
            vec![
                Stretch { keys: beyond(&own, anchor, inside), way: Way::Entries(inside) },
                Stretch { keys: others, way: *way },
            ]
        }
    };
    rest.extend_from_slice(&stretches[at + 1..]);
    rest.retain(|stretch| !stretch.keys.is_empty());
    Some(rest)
}

fn beyond(keys: &KeyRange, anchor: &Anchor, direction: Direction) -> KeyRange {
    match direction {
        Direction::Forward => KeyRange { low: anchor.just_behind(), high: keys.high.clone() },
        Direction::Backward => KeyRange { low: keys.low.clone(), high: Some(anchor.bytes.clone()) },
    }
}
