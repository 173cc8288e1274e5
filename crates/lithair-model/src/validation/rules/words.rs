//! What a caller is told of a broken rule: stable code, words, parameters.

use super::size;
use crate::literal::literal_text;
use crate::validation::formats;
use crate::{Literal, Rule, RuleSchema, Value, Violation, rule_word};

type Params = Vec<(&'static str, String)>;

/// The violation of a rule; `own` are the words of a rule that is a function.
pub(super) fn violation(schema: &RuleSchema, own: Option<String>, value: &Value, pointer: String) -> Violation {
    let (words, params) = match own {
        Some(words) => (words, Vec::new()),
        None => told(&schema.rule, value),
    };
    let detail = schema.message.map_or(words, str::to_owned);
    Violation { pointer, code: code(&schema.rule), detail, params }
}

/// The word that declares the rule; for formats, the format's.
fn code(rule: &Rule) -> &'static str {
    if let Rule::Format(format) = rule { formats::words(*format).0 } else { rule_word(rule) }
}

fn told(rule: &Rule, value: &Value) -> (String, Params) {
    match rule {
        Rule::Required => ("a value is required".to_owned(), vec![]),
        Rule::NonEmpty => ("expected something, found nothing".to_owned(), vec![]),
        Rule::Len { min, max } => {
            let unit = if matches!(value, Value::List(_)) { "elements" } else { "characters" };
            amount(unit, *min, *max, size::count(value))
        }
        Rule::Bytes { min, max } => {
            let found = if let Value::Text(text) = value { Some(text.len() as u64) } else { None };
            amount("bytes", *min, *max, found)
        }
        Rule::Range { min, max } => range(min.as_ref(), max.as_ref()),
        Rule::Greater(bound) => one("gt", "more than", bound),
        Rule::Less(bound) => one("lt", "less than", bound),
        Rule::MultipleOf(step) => one("multiple_of", "a multiple of", step),
        Rule::OneOf(literals) => {
            let words: Vec<String> = literals.iter().map(literal_text).collect();
            (format!("expected one of {}", words.join(", ")), vec![])
        }
        Rule::Regex(pattern) => (format!("expected a text that matches {pattern}"), vec![("regex", quoted(pattern))]),
        Rule::Format(format) => (format!("expected {}", formats::words(*format).1), vec![]),
        Rule::Past => ("expected a time in the past".to_owned(), vec![]),
        Rule::Future => ("expected a time in the future".to_owned(), vec![]),
        Rule::StartsWith(part) => affix("starts_with", "starts with", part),
        Rule::EndsWith(part) => affix("ends_with", "ends with", part),
        Rule::Contains(part) => affix("contains", "contains", part),
        Rule::UniqueItems => ("expected no two equal elements".to_owned(), vec![]),
        // These speak for themselves.
        Rule::Each(_) | Rule::Json(_) | Rule::With { .. } => (String::new(), vec![]),
    }
}

fn amount(unit: &str, min: u64, max: u64, found: Option<u64>) -> (String, Params) {
    let found = found.unwrap_or_default();
    if max == u64::MAX {
        return (format!("expected at least {min} {unit}, found {found}"), vec![("min", min.to_string())]);
    }
    let expected = match (min, max) {
        (0, max) => format!("at most {max}"),
        (min, max) if min == max => format!("exactly {max}"),
        (min, max) => format!("{min} to {max}"),
    };
    let params = vec![("min", min.to_string()), ("max", max.to_string())];
    (format!("expected {expected} {unit}, found {found}"), params)
}

fn range(min: Option<&Literal>, max: Option<&Literal>) -> (String, Params) {
    let words = match (min.map(literal_text), max.map(literal_text)) {
        (Some(min), Some(max)) => format!("expected {min} to {max}"),
        (Some(min), None) => format!("expected at least {min}"),
        (None, Some(max)) => format!("expected at most {max}"),
        (None, None) => "expected another value".to_owned(),
    };
    let params = [("min", min), ("max", max)].into_iter();
    (words, params.filter_map(|(name, bound)| Some((name, json(bound?)))).collect())
}

fn one(code: &'static str, words: &str, literal: &Literal) -> (String, Params) {
    (format!("expected {words} {}", literal_text(literal)), vec![(code, json(literal))])
}

fn affix(code: &'static str, verb: &str, part: &str) -> (String, Params) {
    (format!("expected a text that {verb} {part:?}"), vec![(code, quoted(part))])
}

/// A constant as JSON text.
fn json(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) | Literal::Variant(text) => quoted(text),
        literal => literal_text(literal),
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
