//! The rules, one arm each.

use std::cmp::Ordering;

use super::{formats, violation};
use crate::{
    Decimal, FieldSchema, Kind, Literal, ModelEntry, ModelSchema, Predicate, Rule, RuleSchema, Timestamp, Value,
    Violation, compare_values, literal_value,
};

/// A rule with its constants typed and its condition bound.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    schema: &'static RuleSchema,
    pub(crate) condition: Option<Predicate>,
    kind: Kind,
    bounds: Bounds,
    /// The rules for elements.
    each: Vec<CompiledRule>,
}

/// The typed constants of a rule.
#[derive(Debug)]
enum Bounds {
    None,
    Range(Option<Value>, Option<Value>),
    One(Value),
    Many(Vec<Value>),
}

impl CompiledRule {
    /// Compiles the rules of a field that the catalog has checked.
    pub(crate) fn of(field: &'static FieldSchema, schema: &'static ModelSchema) -> Vec<Self> {
        field.rules.iter().map(|rule| Self::compile(rule, field.kind, schema)).collect()
    }

    fn compile(rule: &'static RuleSchema, kind: Kind, schema: &'static ModelSchema) -> Self {
        let typed = |literal: &Literal| literal_value(literal, &kind).unwrap_or(Value::Null);
        let bounds = match &rule.rule {
            Rule::Range { min, max } => Bounds::Range(min.as_ref().map(typed), max.as_ref().map(typed)),
            Rule::Greater(bound) | Rule::Less(bound) | Rule::MultipleOf(bound) => Bounds::One(typed(bound)),
            Rule::OneOf(values) => Bounds::Many(values.iter().map(typed).collect()),
            _ => Bounds::None,
        };
        let each = match (&rule.rule, kind) {
            (Rule::Each(rules), Kind::List(element)) => {
                rules.iter().map(|rule| Self::compile(rule, element.kind, schema)).collect()
            }
            _ => Vec::new(),
        };
        let condition =
            rule.condition.as_ref().map(|expr| Predicate::bind(expr, schema).expect("checked: the condition binds"));
        Self { schema: rule, condition, kind, bounds, each }
    }

    /// Whether the verdict depends on when it is asked for.
    pub(crate) fn needs_time(&self) -> bool {
        matches!(self.schema.rule, Rule::Past | Rule::Future)
    }
}

/// Adds what the rule says of a value. Null keeps every rule but `required`.
pub(crate) fn apply(
    model: &ModelEntry,
    rule: &CompiledRule,
    value: &Value,
    now: Timestamp,
    at: &dyn Fn() -> String,
    violations: &mut Vec<Violation>,
) {
    if let (Rule::Each(_), Value::List(items)) = (&rule.schema.rule, value) {
        for (place, item) in items.iter().enumerate() {
            let at = || format!("{}/{place}", at());
            rule.each.iter().for_each(|rule| apply(model, rule, item, now, &at, violations));
        }
        return;
    }
    let is_null = *value == Value::Null;
    if is_null && !matches!(rule.schema.rule, Rule::Required) {
        return;
    }
    if let Some(told) = broken(model, rule, value, now) {
        let detail = rule.schema.message.map_or(told.detail, str::to_owned);
        violations.push(Violation { pointer: at(), code: told.code, detail, params: told.params });
    }
}

fn told(code: &'static str, detail: impl Into<String>, params: Vec<(&'static str, String)>) -> Option<Violation> {
    Some(Violation { params, ..violation("", code, detail) })
}

/// What is wrong, if the rule is broken. The pointer is the caller's to add.
fn broken(model: &ModelEntry, rule: &CompiledRule, value: &Value, now: Timestamp) -> Option<Violation> {
    let order = |bound: &Value| compare_values(&rule.kind, value, bound);
    match &rule.schema.rule {
        Rule::Required => told("required", "a value is required", vec![]).filter(|_| *value == Value::Null),
        Rule::NonEmpty => told("non_empty", "expected something, found nothing", vec![]).filter(|_| is_empty(value)),
        Rule::Len { min, max } => length("len", "characters or elements", count(value)?, *min, *max),
        Rule::Bytes { min, max } => length("bytes", "bytes", text(value)?.len() as u64, *min, *max),
        Rule::Range { .. } => range(rule, value),
        Rule::Greater(bound) => {
            let Bounds::One(limit) = &rule.bounds else { return None };
            let word = crate::literal::literal_text(bound);
            told("gt", format!("expected more than {word}"), vec![("gt", word)])
                .filter(|_| order(limit) != Some(Ordering::Greater))
        }
        Rule::Less(bound) => {
            let Bounds::One(limit) = &rule.bounds else { return None };
            let word = crate::literal::literal_text(bound);
            told("lt", format!("expected less than {word}"), vec![("lt", word)])
                .filter(|_| order(limit) != Some(Ordering::Less))
        }
        Rule::MultipleOf(step) => {
            let Bounds::One(unit) = &rule.bounds else { return None };
            let word = crate::literal::literal_text(step);
            told("multiple_of", format!("expected a multiple of {word}"), vec![("multiple_of", word)])
                .filter(|_| !is_multiple(value, unit))
        }
        Rule::OneOf(literals) => {
            let Bounds::Many(values) = &rule.bounds else { return None };
            let words: Vec<String> = literals.iter().map(crate::literal::literal_text).collect();
            told("one_of", format!("expected one of {}", words.join(", ")), vec![]).filter(|_| !values.contains(value))
        }
        Rule::Regex(pattern) => {
            let regex = model.regex(pattern).expect("the catalog compiled every pattern");
            told("regex", format!("expected a text that matches {pattern}"), vec![("regex", (*pattern).to_owned())])
                .filter(|_| text(value).is_some_and(|text| !regex.is_match(text)))
        }
        Rule::Format(format) => {
            let (code, words) = formats::words(*format);
            told(code, format!("expected {words}"), vec![])
                .filter(|_| text(value).is_some_and(|text| !formats::has(*format, text)))
        }
        Rule::Past => {
            told("past", "expected a time in the past", vec![]).filter(|_| moment(value, now) != Some(Ordering::Less))
        }
        Rule::Future => told("future", "expected a time in the future", vec![])
            .filter(|_| moment(value, now) != Some(Ordering::Greater)),
        Rule::StartsWith(part) => affix("starts_with", "starts with", part, text(value)?.starts_with(part)),
        Rule::EndsWith(part) => affix("ends_with", "ends with", part, text(value)?.ends_with(part)),
        Rule::Contains(part) => affix("contains", "contains", part, text(value)?.contains(part)),
        Rule::UniqueItems => {
            told("unique_items", "expected no two equal elements", vec![]).filter(|_| has_twins(value))
        }
        Rule::Each(_) => None,
        Rule::With { check, .. } => check(value).err().and_then(|words| told("with", words, vec![])),
    }
}

fn text(value: &Value) -> Option<&str> {
    if let Value::Text(text) = value { Some(text) } else { None }
}

fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Text(text) => Some(text.chars().count() as u64),
        Value::List(items) => Some(items.len() as u64),
        _ => None,
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Text(text) => text.trim().is_empty(),
        Value::List(items) => items.is_empty(),
        Value::Json(json) => matches!(json.as_str(), "null" | "{}" | "[]" | "\"\""),
        _ => false,
    }
}

fn length(code: &'static str, unit: &str, count: u64, min: u64, max: u64) -> Option<Violation> {
    if (min..=max).contains(&count) {
        return None;
    }
    let mut params = vec![("min", min.to_string())];
    let words = if max == u64::MAX {
        format!("expected at least {min} {unit}, found {count}")
    } else {
        params.push(("max", max.to_string()));
        format!("expected {min} to {max} {unit}, found {count}")
    };
    told(code, words, params)
}

fn range(rule: &CompiledRule, value: &Value) -> Option<Violation> {
    let (Bounds::Range(min, max), Rule::Range { min: min_words, max: max_words }) = (&rule.bounds, &rule.schema.rule)
    else {
        return None;
    };
    let order = |bound: &Value| compare_values(&rule.kind, value, bound);
    let is_low = min.as_ref().is_some_and(|bound| !matches!(order(bound), Some(Ordering::Greater | Ordering::Equal)));
    let is_high = max.as_ref().is_some_and(|bound| !matches!(order(bound), Some(Ordering::Less | Ordering::Equal)));
    if !is_low && !is_high {
        return None;
    }
    let (min, max) =
        (min_words.as_ref().map(crate::literal::literal_text), max_words.as_ref().map(crate::literal::literal_text));
    let words = match (&min, &max) {
        (Some(min), Some(max)) => format!("expected {min} to {max}"),
        (Some(min), None) => format!("expected at least {min}"),
        (_, max) => format!("expected at most {}", max.as_deref().unwrap_or("less")),
    };
    let params = [("min", min), ("max", max)].into_iter().filter_map(|(name, word)| Some((name, word?))).collect();
    told("range", words, params)
}

fn affix(code: &'static str, verb: &str, part: &str, holds: bool) -> Option<Violation> {
    told(code, format!("expected a text that {verb} {part:?}"), vec![(code, part.to_owned())]).filter(|_| !holds)
}

fn is_multiple(value: &Value, step: &Value) -> bool {
    match (value, step) {
        (Value::Int(value), Value::Int(step)) => *step != 0 && value % step == 0,
        (Value::Decimal(value), Value::Decimal(step)) => value.checked_rem(*step).is_some_and(|rest| rest.is_zero()),
        // The shortest decimal form is what the caller wrote; the binary value of 0.3 is no multiple of 0.1.
        (Value::Float(value), Value::Float(step)) => {
            let exact = |number: &f64| Decimal::from_str_exact(&number.to_string()).ok();
            match (exact(value), exact(step)) {
                (Some(value), Some(step)) => value.checked_rem(step).is_some_and(|rest| rest.is_zero()),
                _ => value % step == 0.0,
            }
        }
        _ => false,
    }
}

fn moment(value: &Value, now: Timestamp) -> Option<Ordering> {
    match value {
        Value::Timestamp(at) => Some(at.cmp(&now)),
        Value::Date(date) => Some(date.cmp(&now.date())),
        _ => None,
    }
}

fn has_twins(value: &Value) -> bool {
    let Value::List(items) = value else { return false };
    items.iter().enumerate().any(|(place, item)| items[..place].contains(item))
}
