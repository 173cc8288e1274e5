//! Conditions that are the same for every record: always false, always true, or said twice.
//!
//! Of each operand the values are kept that the clauses leave it: a range of whole numbers, or the constants it may and may not be. What
//! leaves none is always false; what leaves all is always true. An `||` is always true where the opposites of its clauses contradict each
//! other.

use super::scope::Scope;
use crate::errors::Errors;
use crate::expr::{Comparison, Constant, Form, Function, Node};
use crate::types::Class;

/// Says which parts of a condition decide nothing.
pub(super) fn check(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    match &node.form {
        Form::All(parts) => {
            parts.iter().for_each(|part| check(part, scope, errors));
            twice(parts, errors);
            contradiction(parts.iter().filter_map(|part| Clause::of(part, false)), scope, |clause, _| {
                errors.at(clause.node.span, "with the clauses before it, this is always false");
            });
        }
        Form::Any(parts) => {
            parts.iter().for_each(|part| check(part, scope, errors));
            twice(parts, errors);
            contradiction(parts.iter().filter_map(|part| Clause::of(part, true)), scope, |clause, _| {
                errors.at(clause.node.span, "with the clauses before it, this is always true");
            });
        }
        Form::Not(inner) => check(inner, scope, errors),
        Form::Choice(condition, one, other) => {
            [condition, one, other].into_iter().for_each(|part| check(part, scope, errors))
        }
        Form::Compare(left, _, right) if left.is_same(right) => {
            errors.at(node.span, "both sides are the same, so this decides nothing");
        }
        // An empty list was said.
        Form::In(_, list) if list.is_empty() => {}
        Form::Compare(..) | Form::In(..) => alone(node, scope, errors),
        _ => {}
    }
}

/// A comparison that its operand's type decides: `len(name) < 0`.
fn alone(node: &Node, scope: &Scope<'_>, errors: &Errors) {
    for (negated, always) in [(false, "false"), (true, "true")] {
        let clause = Clause::of(node, negated);
        let mut is_decided = false;
        contradiction(clause.into_iter(), scope, |_, _| is_decided = true);
        if is_decided {
            errors.at(node.span, format!("this is always {always}"));
        }
    }
}

fn twice(parts: &[Node], errors: &Errors) {
    for (place, part) in parts.iter().enumerate() {
        if parts[..place].iter().any(|other| other.is_same(part)) {
            errors.at(part.span, "the same is there twice");
        }
    }
}

/// Calls `found` with the first clause of each operand that leaves it no value.
fn contradiction<'a>(
    clauses: impl Iterator<Item = Clause<'a>>,
    scope: &Scope<'_>,
    mut found: impl FnMut(&Clause<'a>, &Left<'a>),
) {
    let mut operands: Vec<(&Node, Left<'a>)> = Vec::new();
    for clause in clauses {
        let known = operands.iter().position(|(operand, _)| operand.is_same(clause.operand));
        let place = known.unwrap_or_else(|| {
            operands.push((clause.operand, Left::all(clause.operand, scope)));
            operands.len() - 1
        });
        let left = &mut operands[place].1;
        let was_empty = left.is_empty();
        left.narrow(&clause);
        if left.is_empty() && !was_empty {
            found(&clause, left);
        }
    }
}

/// An operand compared with constants.
struct Clause<'a> {
    node: &'a Node,
    operand: &'a Node,
    comparison: Comparison,
    constants: Vec<&'a Constant>,
    /// Whether it is true of a null.
    takes_null: bool,
}

impl<'a> Clause<'a> {
    /// A clause, or its opposite.
    fn of(node: &'a Node, negated: bool) -> Option<Self> {
        let (operand, comparison, constants) = match &node.form {
            Form::Compare(left, comparison, right) => match (&left.form, &right.form) {
                (Form::Constant(_), Form::Constant(_)) => return None,
                (_, Form::Constant(constant)) => (&**left, *comparison, vec![constant]),
                (Form::Constant(constant), _) => (&**right, mirrored(*comparison), vec![constant]),
                _ => return None,
            },
            Form::In(operand, list) => {
                let constant = |node: &'a Node| match &node.form {
                    Form::Constant(constant) => Some(constant),
                    _ => None,
                };
                (&**operand, Comparison::Equal, list.iter().filter_map(constant).collect())
            }
            Form::Not(inner) => return Self::of(inner, !negated).map(|clause| Self { node, ..clause }),
            _ => return None,
        };
        let takes_null = (comparison == Comparison::NotEqual) != negated;
        let comparison = if negated { opposite(comparison) } else { comparison };
        Some(Self { node, operand, comparison, constants, takes_null })
    }
}

/// What clauses leave an operand. Where it is not sure, more than they do.
struct Left<'a> {
    /// The whole numbers it may be, and those that it may be at all.
    range: (i128, i128),
    all: (i128, i128),
    only: Option<Vec<&'a Constant>>,
    not: Vec<&'a Constant>,
    is_whole: bool,
    /// Whether constants that are written otherwise are others.
    is_literal: bool,
    null: bool,
}

impl<'a> Left<'a> {
    fn all(operand: &Node, scope: &Scope<'_>) -> Self {
        let shape = |node: &Node| match &node.form {
            Form::Field(name) => scope.find(name).map(|place| scope.shape(place)),
            _ => None,
        };
        let whole = |low: i128, high: i128| (low, high, true);
        let (low, high, is_whole) = match &operand.form {
            Form::Field(_) => match shape(operand).map(|shape| &shape.class) {
                Some(Class::Int { min, max }) => whole(*min, *max),
                _ => (i128::MIN, i128::MAX, false),
            },
            Form::Call(Function::Len, _) => whole(0, i128::MAX),
            Form::Call(Function::Month, _) => whole(1, 12),
            Form::Call(Function::Day, _) => whole(1, 31),
            Form::Call(Function::Year, _) => whole(0, 9_999),
            _ => (i128::MIN, i128::MAX, false),
        };
        let inner = if let Form::Call(_, inner) = &operand.form { inner } else { operand };
        let is_literal =
            matches!(shape(operand).map(|shape| &shape.class), Some(Class::Text | Class::Bool | Class::Other));
        let null = shape(inner).is_none_or(|shape| shape.optional);
        let range = (low, high);
        Self { range, all: range, only: None, not: Vec::new(), is_whole, is_literal, null }
    }

    fn narrow(&mut self, clause: &Clause<'a>) {
        let is_known = |constant: &&&Constant| match constant {
            // One that no value is was said.
            Constant::Int(number) => self.is_whole && (self.all.0..=self.all.1).contains(number),
            Constant::Number(_) => false,
            Constant::Text(_) | Constant::Bool(_) | Constant::Variant(_) => self.is_literal,
        };
        let is_range = clause.comparison.is_ordering() && matches!(clause.constants[..], [Constant::Int(_)]);
        if !is_range && !clause.constants.iter().all(|constant| is_known(&constant)) {
            return;
        }
        self.null &= clause.takes_null;
        match (clause.comparison, clause.constants.as_slice()) {
            (Comparison::Equal, constants) => {
                let kept = |constant: &&Constant| self.only.as_ref().is_none_or(|only| has(only, constant));
                self.only = Some(constants.iter().copied().filter(kept).collect());
            }
            (Comparison::NotEqual, constants) => self.not.extend(constants),
            (comparison, [Constant::Int(number)]) if !self.is_whole || (self.all.0..=self.all.1).contains(number) => {
                // Between two numbers that are not whole there are others: the bounds stay a little wider.
                let step = i128::from(self.is_whole);
                let (low, high) = &mut self.range;
                match comparison {
                    Comparison::Less => *high = (*high).min(number.saturating_sub(step)),
                    Comparison::LessOrEqual => *high = (*high).min(*number),
                    Comparison::Greater => *low = (*low).max(number.saturating_add(step)),
                    _ => *low = (*low).max(*number),
                }
            }
            _ => {}
        }
    }

    fn is_empty(&self) -> bool {
        let (low, high) = self.range;
        let within = |constant: &&Constant| match constant {
            Constant::Int(number) => (low..=high).contains(number) && !has(&self.not, constant),
            constant => !has(&self.not, constant),
        };
        let has_value = self.only.as_ref().map_or(low <= high, |only| only.iter().any(within));
        !has_value && !self.null
    }
}

fn has(constants: &[&Constant], constant: &Constant) -> bool {
    constants.iter().any(|other| match (other, constant) {
        // However its enum is named.
        (Constant::Variant(one), Constant::Variant(other)) => {
            let last = |path: &syn::Path| path.segments.last().map(|last| last.ident.to_string());
            last(one) == last(other)
        }
        (one, other) => *one == other,
    })
}

fn mirrored(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        same => same,
    }
}

fn opposite(comparison: Comparison) -> Comparison {
    match comparison {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}
