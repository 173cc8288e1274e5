//! What a filter says about single fields: the part of it that an index can use.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use lithair_model::{Comparison, Kind, ModelEntry, Operand, Predicate, Value, compare_values};

/// What fields have to be. Every record that matches the filter is within all bounds.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    fields: BTreeMap<usize, Wanted>,
    /// Whether every record within all bounds matches the filter.
    pub(crate) exact: bool,
}

/// What one field has to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Wanted {
    /// One of these; null may be among them.
    Values(Vec<Value>),
    /// Between these, and not null.
    Range(Option<Limit>, Option<Limit>),
}

/// One end of a range.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) value: Value,
    pub(crate) inclusive: bool,
}

impl Wanted {
    /// Whether null is wanted.
    pub(crate) fn takes_null(&self) -> bool {
        matches!(self, Self::Values(values) if values.contains(&Value::Null))
    }
}

impl Bounds {
    pub(crate) fn of(filter: Option<&Predicate>, model: &ModelEntry) -> Self {
        let mut bounds = Self { fields: BTreeMap::new(), exact: true };
        if let Some(filter) = filter {
            bounds.take(filter, model);
        }
        bounds
    }

    pub(crate) fn field(&self, place: usize) -> Option<&Wanted> {
        self.fields.get(&place)
    }

    /// The only value that the field can have, if there is only one.
    pub(crate) fn constant(&self, place: usize) -> Option<&Value> {
        match self.fields.get(&place)? {
            Wanted::Values(values) if values.len() == 1 => values.first(),
            _ => None,
        }
    }

    /// How many fields are bounded.
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(crate) fn with_values(&self) -> Vec<usize> {
        let fields = self.fields.iter();
        fields.filter(|(_, wanted)| matches!(wanted, Wanted::Values(_))).map(|(&field, _)| field).collect()
    }

    pub(crate) fn with_range(&self) -> Option<usize> {
        self.fields.iter().find(|(_, wanted)| matches!(wanted, Wanted::Range(..))).map(|(&field, _)| field)
    }

    fn take(&mut self, part: &Predicate, model: &ModelEntry) {
        if let Predicate::All(parts) = part {
            parts.iter().for_each(|part| self.take(part, model));
            return;
        }
        match wanted(part) {
            Some((field, wanted)) => self.narrow(field, wanted, &model.schema.fields[field].kind),
            None => self.exact = false,
        }
    }

    fn narrow(&mut self, field: usize, wanted: Wanted, kind: &Kind) {
        let narrowed = match (self.fields.remove(&field), wanted) {
            (None, wanted) => wanted,
            (Some(Wanted::Range(low, high)), Wanted::Range(other_low, other_high)) => Wanted::Range(
                tighter(low, other_low, kind, Ordering::Greater),
                tighter(high, other_high, kind, Ordering::Less),
            ),
            // Two conditions on one field of which one lists values: the rows are asked about the other one.
            (Some(Wanted::Values(values)), _) | (Some(_), Wanted::Values(values)) => {
                self.exact = false;
                Wanted::Values(values)
            }
        };
        self.fields.insert(field, narrowed);
    }
}

fn tighter(one: Option<Limit>, other: Option<Limit>, kind: &Kind, wins: Ordering) -> Option<Limit> {
    let (one, other) = match (one, other) {
        (Some(one), Some(other)) => (one, other),
        (one, other) => return one.or(other),
    };
    match compare_values(kind, &one.value, &other.value) {
        Some(Ordering::Equal) | None => Some(if one.inclusive { other } else { one }),
        Some(order) => Some(if order == wins { one } else { other }),
    }
}

/// What a condition says about one field, if that is all it says.
fn wanted(part: &Predicate) -> Option<(usize, Wanted)> {
    match part {
        Predicate::In { operand: Operand::Field(field), values, .. } => Some((*field, Wanted::Values(values.clone()))),
        Predicate::Flag(Operand::Field(field)) => Some((*field, Wanted::Values(vec![Value::Bool(true)]))),
        Predicate::Not(inner) => match **inner {
            Predicate::Flag(Operand::Field(field)) => {
                Some((field, Wanted::Values(vec![Value::Bool(false), Value::Null])))
            }
            _ => None,
        },
        Predicate::Compare { left: Operand::Field(field), comparison, right: Operand::Value(value), kind } => {
            compared(*comparison, value, kind).map(|wanted| (*field, wanted))
        }
        _ => None,
    }
}

fn compared(comparison: Comparison, value: &Value, kind: &Kind) -> Option<Wanted> {
    if *value == Value::Null {
        return match comparison {
            Comparison::Equal => Some(Wanted::Values(vec![Value::Null])),
            Comparison::NotEqual => Some(Wanted::Range(None, None)),
            _ => None,
        };
    }
    // Variants with data have an order in keys that comparisons do not know.
    let ordered =
        !matches!(kind, Kind::Enum(schema) if schema.has_data()) && !matches!(kind, Kind::List(_) | Kind::Json);
    let limit = |inclusive| Some(Limit { value: value.clone(), inclusive });
    match comparison {
        Comparison::Equal => Some(Wanted::Values(vec![value.clone()])),
        Comparison::Greater if ordered => Some(Wanted::Range(limit(false), None)),
        Comparison::GreaterOrEqual if ordered => Some(Wanted::Range(limit(true), None)),
        Comparison::Less if ordered => Some(Wanted::Range(None, limit(false))),
        Comparison::LessOrEqual if ordered => Some(Wanted::Range(None, limit(true))),
        _ => None,
    }
}

/// The fields that a predicate looks at, each once, ascending.
pub(crate) fn fields_of(predicate: &Predicate) -> Vec<usize> {
    let mut fields = Vec::new();
    collect(predicate, &mut fields);
    fields.sort_unstable();
    fields.dedup();
    fields
}

fn collect(predicate: &Predicate, fields: &mut Vec<usize>) {
    match predicate {
        Predicate::All(parts) | Predicate::Any(parts) => parts.iter().for_each(|part| collect(part, fields)),
        Predicate::Not(inner) => collect(inner, fields),
        // What is asked of other records is no index of this model's.
        Predicate::Related { .. } => {}
        // No ordered index has the values of lists, or words.
        Predicate::Element { .. } | Predicate::Search { .. } => {}
        Predicate::Compare { left, right, .. } => {
            [left, right].into_iter().for_each(|side| collect_operand(side, fields))
        }
        Predicate::In { operand, .. } | Predicate::Flag(operand) => collect_operand(operand, fields),
    }
}

fn collect_operand(operand: &Operand, fields: &mut Vec<usize>) {
    match operand {
        Operand::Field(place) => fields.push(*place),
        Operand::Call(_, inner) => collect_operand(inner, fields),
        Operand::Via(..) | Operand::Seen(..) | Operand::Value(_) | Operand::Now(_) => {}
    }
}
