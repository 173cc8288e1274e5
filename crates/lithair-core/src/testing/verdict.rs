//! What rules say of a value, by another reading than the server's: so that a server that is wrong is not asked about itself.

use std::cmp::Ordering;

use lithair_model::{FieldSchema, Kind, Rule, RuleSchema, Value, literal_value};

use super::factory::{now, numbers, texts};

/// What the rules of a field say of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// All of them keep.
    Keeps,
    /// One of them breaks.
    Breaks,
    /// None that can be told breaks, and one cannot be told: a pattern, a function of the application.
    Unknown,
}

/// The verdict of a field's rules; those with a condition cannot be told.
pub(crate) fn of(field: &FieldSchema, value: &Value) -> Verdict {
    if *value == Value::Null && !field.optional {
        return Verdict::Breaks;
    }
    let mut verdicts: Vec<Verdict> = field.rules.iter().map(|rule| conditional(rule, &field.kind, value)).collect();
    verdicts.extend(inside(&field.kind, value));
    all(&verdicts)
}

/// The verdicts of what is inside of a value.
fn inside(kind: &Kind, value: &Value) -> Vec<Verdict> {
    let members = |fields: &[FieldSchema], values: &[Value]| {
        fields.iter().zip(values).map(|(field, value)| of(field, value)).collect()
    };
    match (kind, value) {
        (Kind::Struct(schema), Value::Struct(values)) => members(schema.fields, values),
        (Kind::Enum(schema), Value::Variant(name, values)) => {
            let variant = schema.variants.iter().find(|variant| variant.wire == name);
            variant.map(|variant| members(variant.fields, values)).unwrap_or_default()
        }
        (Kind::List(element), Value::List(items)) => {
            items.iter().flat_map(|item| inside(&element.kind, item)).collect()
        }
        _ => Vec::new(),
    }
}

fn all(verdicts: &[Verdict]) -> Verdict {
    if verdicts.contains(&Verdict::Breaks) {
        Verdict::Breaks
    } else if verdicts.contains(&Verdict::Unknown) {
        Verdict::Unknown
    } else {
        Verdict::Keeps
    }
}

fn conditional(rule: &RuleSchema, kind: &Kind, value: &Value) -> Verdict {
    match of_rule(&rule.rule, kind, value) {
        Verdict::Breaks if rule.condition.is_some() => Verdict::Unknown,
        verdict => verdict,
    }
}

fn of_rule(rule: &Rule, kind: &Kind, value: &Value) -> Verdict {
    let judged = |keeps: bool| if keeps { Verdict::Keeps } else { Verdict::Breaks };
    let counted =
        |count: Option<u64>, min: u64, max: u64| judged(count.is_none_or(|count| min <= count && count <= max));
    match (rule, value) {
        (Rule::Required, _) => judged(*value != Value::Null),
        (_, Value::Null) => Verdict::Keeps,
        (Rule::NonEmpty, Value::Text(text)) => judged(!text.trim().is_empty()),
        (Rule::NonEmpty, Value::List(items)) => judged(!items.is_empty()),
        (Rule::Len { min, max }, Value::Text(text)) => counted(Some(text.chars().count() as u64), *min, *max),
        (Rule::Len { min, max }, Value::List(items)) => counted(Some(items.len() as u64), *min, *max),
        (Rule::Bytes { min, max }, Value::Text(text)) => counted(Some(text.len() as u64), *min, *max),
        (Rule::Range { min, max }, _) => {
            let low = min.as_ref().map(|min| ordered(value, min, kind, &[Ordering::Greater, Ordering::Equal]));
            let high = max.as_ref().map(|max| ordered(value, max, kind, &[Ordering::Less, Ordering::Equal]));
            all(&[low, high].into_iter().flatten().collect::<Vec<_>>())
        }
        (Rule::Greater(bound), _) => ordered(value, bound, kind, &[Ordering::Greater]),
        (Rule::Less(bound), _) => ordered(value, bound, kind, &[Ordering::Less]),
        (Rule::MultipleOf(step), _) => match (numbers::of_value(value), numbers::of_literal(step, kind)) {
            (Some(number), Some(step)) => judged((number % step).is_zero()),
            _ => Verdict::Unknown,
        },
        (Rule::OneOf(literals), _) => {
            judged(literals.iter().filter_map(|literal| literal_value(literal, kind)).any(|one| one == *value))
        }
        (Rule::StartsWith(part), Value::Text(text)) => judged(text.starts_with(part)),
        (Rule::EndsWith(part), Value::Text(text)) => judged(text.ends_with(part)),
        (Rule::Contains(part), Value::Text(text)) => judged(text.contains(part)),
        (Rule::Format(format), Value::Text(text)) if text == texts::misshaped(*format) => Verdict::Breaks,
        (Rule::Past, Value::Timestamp(at)) => judged(*at < now()),
        (Rule::Future, Value::Timestamp(at)) => judged(*at > now()),
        (Rule::UniqueItems, Value::List(items)) => {
            judged(items.iter().enumerate().all(|(place, item)| !items[..place].contains(item)))
        }
        (Rule::Each(rules), Value::List(items)) => {
            let Kind::List(element) = kind else { return Verdict::Unknown };
            let verdicts =
                items.iter().flat_map(|item| rules.iter().map(|rule| conditional(rule, &element.kind, item)));
            all(&verdicts.collect::<Vec<_>>())
        }
        _ => Verdict::Unknown,
    }
}

fn ordered(value: &Value, bound: &lithair_model::Literal, kind: &Kind, wanted: &[Ordering]) -> Verdict {
    let (Some(number), Some(bound)) = (numbers::of_value(value), numbers::of_literal(bound, kind)) else {
        return Verdict::Unknown;
    };
    if wanted.contains(&number.cmp(&bound)) { Verdict::Keeps } else { Verdict::Breaks }
}
