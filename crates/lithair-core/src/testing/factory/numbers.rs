//! Values that have an order, as exact numbers: integers, decimals, floats, dates by days, timestamps by microseconds.

use lithair_model::{Date, Decimal, FieldSchema, Kind, Literal, Rule, RuleSchema, Timestamp, Value, literal_value};

use crate::testing::Random;

/// The number of a value that has one.
pub(crate) fn of_value(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(number) => Some(Decimal::from_i128_with_scale(*number, 0)),
        Value::Decimal(number) => Some(*number),
        Value::Float(number) => number.to_string().parse().ok(),
        Value::Date(date) => Some(Decimal::from(date.days())),
        Value::Timestamp(time) => Some(Decimal::from(time.micros())),
        _ => None,
    }
}

/// The number that a constant means for a field of this kind.
pub(crate) fn of_literal(literal: &Literal, kind: &Kind) -> Option<Decimal> {
    // A bound such as 0.5 is no integer, and bounds integers all the same.
    let kind = if matches!(kind, Kind::Int { .. } | Kind::Float { .. }) { &Kind::Decimal } else { kind };
    literal_value(literal, kind).as_ref().and_then(of_value)
}

/// The value of a field that is this number, if the field can hold it.
pub(crate) fn to_value(number: Decimal, field: &FieldSchema) -> Option<Value> {
    let whole = || (number == number.trunc()).then(|| number.trunc().mantissa());
    match field.kind {
        Kind::Int { min, max } => whole().filter(|number| (min..=max).contains(number)).map(Value::Int),
        Kind::Decimal => fits(number, field).then_some(Value::Decimal(number)),
        Kind::Float { .. } => number.to_string().parse().ok().map(Value::Float),
        Kind::Date => i32::try_from(whole()?).ok().map(|days| Value::Date(Date::from_days(days))),
        Kind::Timestamp => i64::try_from(whole()?).ok().map(|micros| Value::Timestamp(Timestamp::from_micros(micros))),
        _ => None,
    }
}

fn fits(number: Decimal, field: &FieldSchema) -> bool {
    let Some(decimal) = field.decimal else { return true };
    let largest = 10_i128.pow(u32::from(decimal.precision)) - 1;
    let largest = Decimal::from_i128_with_scale(largest, u32::from(decimal.scale));
    number.normalize().scale() <= u32::from(decimal.scale) && number.abs() <= largest
}

/// The distance between neighbours: of floats, one that is exact enough.
pub(crate) fn unit(field: &FieldSchema) -> Decimal {
    let step = field.rules.iter().find_map(|rule| match &rule.rule {
        Rule::MultipleOf(step) => of_literal(step, &field.kind),
        _ => None,
    });
    let smallest = match field.kind {
        Kind::Decimal => Decimal::from_i128_with_scale(1, field.decimal.map_or(2, |decimal| u32::from(decimal.scale))),
        Kind::Float { .. } => Decimal::from_i128_with_scale(5, 1),
        _ => Decimal::ONE,
    };
    step.unwrap_or(smallest)
}

/// Bounds that rules give: the values at them, whether they are taken or not.
pub(crate) fn bounds(rules: &[RuleSchema], kind: &Kind) -> Vec<Decimal> {
    let literals = rules.iter().flat_map(|rule| match &rule.rule {
        Rule::Range { min, max } => vec![min.as_ref(), max.as_ref()],
        Rule::Greater(bound) | Rule::Less(bound) => vec![Some(bound)],
        _ => Vec::new(),
    });
    literals.flatten().filter_map(|literal| of_literal(literal, kind)).collect()
}

/// A random number for a field, near the bounds of its rules and near `hints` more often than elsewhere.
pub(crate) fn any(field: &FieldSchema, hints: &[Decimal], random: &mut Random) -> Option<Value> {
    let unit = unit(field);
    let mut anchors = bounds(field.rules, &field.kind);
    anchors.extend_from_slice(hints);
    let wide = anchors.is_empty() || random.once_in(3);
    let (anchor, reach) = match random.pick(&anchors) {
        Some(anchor) if !wide => (*anchor, 3),
        Some(anchor) => (*anchor, 1_000),
        None => (usual(&field.kind), 1_000_000),
    };
    // A bound need not be a multiple of the step.
    let anchor = (anchor / unit).trunc() * unit;
    let steps = Decimal::from_i128_with_scale(random.between(-reach, reach), 0);
    to_value(anchor.checked_add(steps.checked_mul(unit)?)?, field)
}

/// Where values of a kind are when nothing is said: numbers near nothing, days and moments near 2026.
fn usual(kind: &Kind) -> Decimal {
    match kind {
        Kind::Int { .. } => Decimal::from(1_000_000),
        Kind::Date => Decimal::from(20_454),
        Kind::Timestamp => Decimal::from(1_767_225_600_000_000_i64),
        _ => Decimal::ZERO,
    }
}
