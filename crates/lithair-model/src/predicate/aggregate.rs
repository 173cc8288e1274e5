//! What related records come to: `count(comments where !spam)`, `sum(lines.total)`.

use std::cmp::Ordering;
use std::collections::HashSet;

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;

use super::reckon::{float, reckon, round_decimal, widened};
use super::{Fault, Fields, Operand, Predicate, compare_values};
use crate::{Arithmetic, DecimalSchema, Kind, Timestamp, Value, Way};

/// An aggregate over related records.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// What is made of them.
    pub function: Aggregation,
    /// The steps to the records: one, or two through a third model.
    pub ways: Vec<Way>,
    /// The model of the records, as a place in the catalog.
    pub target: usize,
    /// What is taken of each record; none where records are only counted.
    pub operand: Option<Operand>,
    /// The kind of what is taken.
    pub kind: Kind,
    /// Which records are meant.
    pub condition: Option<Predicate>,
    /// The kind of the result.
    pub result: Kind,
    /// The digits that an average is given with.
    pub digits: Option<DecimalSchema>,
}

/// What is made of related records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aggregation {
    /// How many there are.
    Count,
    /// Whether there is one.
    Exists,
    /// The sum of a number; 0 of none. A null adds nothing.
    Sum,
    /// The least of a value; null of none.
    Min,
    /// The greatest of a value; null of none.
    Max,
    /// The sum of a number divided by how many have one; null of none.
    Average,
}

impl Aggregation {
    /// As it is written.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Exists => "exists",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Average => "avg",
        }
    }
}

impl Aggregate {
    /// What it is of no records.
    pub fn of_none(&self) -> Value {
        self.total().unwrap_or(Value::Null)
    }

    fn total(&self) -> Result<Value, Fault> {
        Total::new(self).value()
    }

    /// What it is for a record.
    ///
    /// # Errors
    /// It cannot be held.
    pub fn value<F: Fields + ?Sized>(&self, fields: &F, now: Timestamp) -> Result<Value, Fault> {
        let mut total = Total::new(self);
        let mut fault = None;
        let mut take = |record: &dyn Fields| match self.take(record, now, &mut total) {
            Ok(is_open) => is_open,
            Err(found) => {
                fault = Some(found);
                false
            }
        };
        match self.ways[..] {
            [way] => fields.related(way, &mut take),
            [near, far] => {
                // A record that several records in the middle lead to is one.
                let (mut seen, mut is_open) = (HashSet::new(), true);
                fields.related(near, &mut |middle| {
                    middle.related(far, &mut |record| {
                        is_open = !seen.insert(record.key()) || take(record);
                        is_open
                    });
                    is_open
                });
            }
            _ => {}
        }
        fault.map_or_else(|| total.value(), Err)
    }

    /// Takes a record in; whether more of them matter.
    fn take(&self, record: &dyn Fields, now: Timestamp, total: &mut Total<'_>) -> Result<bool, Fault> {
        if self.condition.as_ref().is_none_or(|condition| condition.matches(record, now)) {
            total.add(&self.taken(record, now)?)?;
        }
        Ok(self.function != Aggregation::Exists || total.count == 0)
    }

    /// What is taken of one record, for those who add up changes; null where its condition does not hold.
    ///
    /// # Errors
    /// It cannot be held.
    pub fn part<F: Fields + ?Sized>(&self, record: &F, now: Timestamp) -> Result<Value, Fault> {
        let is_meant = self.condition.as_ref().is_none_or(|condition| condition.matches(record, now));
        if is_meant { self.taken(record, now) } else { Ok(Value::Null) }
    }

    fn taken<F: Fields + ?Sized>(&self, record: &F, now: Timestamp) -> Result<Value, Fault> {
        // Where records are only counted, each is worth one.
        self.operand.as_ref().map_or(Ok(Value::Int(1)), |operand| operand.value(record, now))
    }

    /// Whether the result is the former one and the difference of what changed: true of counts and of exact sums.
    pub fn adds_up(&self) -> bool {
        let is_exact = matches!(self.kind, Kind::Int { .. } | Kind::Decimal);
        self.ways.len() == 1
            && match self.function {
                Aggregation::Count => true,
                Aggregation::Sum => is_exact,
                _ => false,
            }
    }

    /// A former result with a part more and a part less; null parts are none.
    ///
    /// # Errors
    /// It cannot be held.
    pub fn shifted(&self, former: &Value, less: &Value, more: &Value) -> Result<Value, Fault> {
        let step = |total: Value, arithmetic, part: &Value| match part {
            Value::Null => Ok(total),
            part => reckon(&total, arithmetic, part),
        };
        step(step(former.clone(), Arithmetic::Add, more)?, Arithmetic::Subtract, less)
    }
}

/// What was taken so far.
struct Total<'a> {
    aggregate: &'a Aggregate,
    count: i128,
    sum: Value,
    extreme: Value,
}

impl<'a> Total<'a> {
    fn new(aggregate: &'a Aggregate) -> Self {
        let sum = match aggregate.kind {
            Kind::Decimal => Value::Decimal(Decimal::ZERO),
            Kind::Float { .. } => Value::Float(0.0),
            _ => Value::Int(0),
        };
        Self { aggregate, count: 0, sum, extreme: Value::Null }
    }

    fn add(&mut self, value: &Value) -> Result<(), Fault> {
        if *value == Value::Null {
            return Ok(());
        }
        self.count += 1;
        match self.aggregate.function {
            Aggregation::Count | Aggregation::Exists => {}
            Aggregation::Sum | Aggregation::Average => self.sum = reckon(&self.sum, Arithmetic::Add, value)?,
            Aggregation::Min => self.extreme(value, Ordering::Less),
            Aggregation::Max => self.extreme(value, Ordering::Greater),
        }
        Ok(())
    }

    fn extreme(&mut self, value: &Value, wins: Ordering) {
        if compare_values(&self.aggregate.kind, value, &self.extreme).is_none_or(|order| order == wins) {
            self.extreme = value.clone();
        }
    }

    fn value(self) -> Result<Value, Fault> {
        match self.aggregate.function {
            Aggregation::Count => Ok(Value::Int(self.count)),
            Aggregation::Exists => Ok(Value::Bool(self.count > 0)),
            Aggregation::Sum => Ok(self.sum),
            Aggregation::Min | Aggregation::Max => Ok(self.extreme),
            Aggregation::Average if self.count == 0 => Ok(Value::Null),
            Aggregation::Average => self.average(),
        }
    }

    fn average(self) -> Result<Value, Fault> {
        if let Kind::Float { .. } = self.aggregate.result {
            let sum = match self.sum {
                Value::Decimal(sum) => sum.to_f64(),
                Value::Int(sum) => sum.to_f64(),
                Value::Float(sum) => Some(sum),
                _ => None,
            };
            let (sum, count) = (sum.ok_or(Fault::Overflow)?, self.count.to_f64().ok_or(Fault::Overflow)?);
            return float(sum / count);
        }
        let sum = widened(&self.sum, &Kind::Decimal)?;
        let count = widened(&Value::Int(self.count), &Kind::Decimal)?;
        let quotient = reckon(&sum, Arithmetic::Divide, &count)?;
        Ok(match (quotient, self.aggregate.digits) {
            (Value::Decimal(quotient), Some(digits)) => Value::Decimal(round_decimal(quotient, digits.scale)),
            (quotient, _) => quotient,
        })
    }
}
