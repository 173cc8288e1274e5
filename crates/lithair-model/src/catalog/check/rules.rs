//! Rules are for the type of their field, and can be kept.

use crate::literal::literal_text;
use crate::{KeyTerm, Kind, Literal, Rule, RuleSchema, Value, encode_key, literal_value};

/// The rules of a field fit its type, and their constants too.
pub(super) fn check(rules: &[RuleSchema], kind: &Kind, wrong: &mut Vec<String>) {
    rules.iter().for_each(|rule| one(&rule.rule, kind, wrong));
}

fn one(rule: &Rule, kind: &Kind, wrong: &mut Vec<String>) {
    let word = rule_word(rule);
    if !fits(rule, kind) {
        return wrong.push(format!("`{word}` is not a rule for type {}", kind.word()));
    }
    match rule {
        Rule::Len { min, max } | Rule::Bytes { min, max } if min > max => {
            wrong.push(format!("`{word}({min}..={max})` never holds"));
        }
        Rule::Range { min, max } => range(min.as_ref(), max.as_ref(), kind, wrong),
        Rule::Greater(literal) | Rule::Less(literal) => {
            constant(literal, word, kind, wrong);
        }
        Rule::MultipleOf(literal) => {
            let value = constant(literal, word, kind, wrong);
            if value.is_some_and(|value| !is_positive(&value)) {
                wrong.push("`multiple_of` takes a number above 0".to_owned());
            }
        }
        Rule::OneOf(literals) => {
            if literals.is_empty() {
                wrong.push("`one_of()` never holds".to_owned());
            }
            literals.iter().for_each(|literal| {
                constant(literal, word, kind, wrong);
            });
        }
        Rule::Regex(pattern) => {
            if let Err(error) = crate::validation::pattern(pattern) {
                wrong.push(format!("`regex({pattern:?})`: {error}"));
            }
        }
        Rule::Each(rules) => {
            if let Kind::List(element) = kind {
                check(rules, &element.kind, wrong);
            }
        }
        Rule::Json(element) => super::fields::inside(&element.kind, wrong),
        _ => {}
    }
}

fn range(min: Option<&Literal>, max: Option<&Literal>, kind: &Kind, wrong: &mut Vec<String>) {
    let min = min.map(|literal| constant(literal, "range", kind, wrong));
    let max = max.map(|literal| constant(literal, "range", kind, wrong));
    if let (Some(Some(min)), Some(Some(max))) = (min, max) {
        let term = [KeyTerm::ascending(*kind)];
        if encode_key(&term, [&min]) > encode_key(&term, [&max]) {
            wrong.push("`range` never holds: its bounds are the wrong way round".to_owned());
        }
    }
}

/// The value of a rule's constant; says so if it is not one of the field's type.
fn constant(literal: &Literal, word: &str, kind: &Kind, wrong: &mut Vec<String>) -> Option<Value> {
    let value = literal_value(literal, kind).filter(|value| *value != Value::Null);
    if value.is_none() {
        wrong.push(format!("`{word}`: {} is not of type {}", literal_text(literal), kind.word()));
    }
    value
}

fn is_positive(value: &Value) -> bool {
    match value {
        Value::Int(number) => *number > 0,
        Value::Float(number) => *number > 0.0,
        Value::Decimal(number) => number.is_sign_positive() && !number.is_zero(),
        _ => false,
    }
}

fn fits(rule: &Rule, kind: &Kind) -> bool {
    let is_number = matches!(kind, Kind::Int { .. } | Kind::Float { .. } | Kind::Decimal);
    let is_time = matches!(kind, Kind::Timestamp | Kind::Date);
    let is_text = matches!(kind, Kind::Text);
    let is_list = matches!(kind, Kind::List(_));
    match rule {
        Rule::Required | Rule::With { .. } => true,
        Rule::NonEmpty => is_text || is_list || matches!(kind, Kind::Json),
        Rule::Len { .. } => is_text || is_list,
        Rule::Range { .. } | Rule::Greater(_) | Rule::Less(_) => is_number || is_time,
        Rule::MultipleOf(_) => is_number,
        Rule::OneOf(_) => !is_list && !matches!(kind, Kind::Json),
        Rule::Past | Rule::Future => is_time,
        Rule::UniqueItems | Rule::Each(_) => is_list,
        Rule::Json(_) => matches!(kind, Kind::Json),
        Rule::Bytes { .. }
        | Rule::Regex(_)
        | Rule::Format(_)
        | Rule::StartsWith(_)
        | Rule::EndsWith(_)
        | Rule::Contains(_) => is_text,
    }
}

/// The word that declares the rule.
pub(crate) fn rule_word(rule: &Rule) -> &'static str {
    match rule {
        Rule::Required => "required",
        Rule::NonEmpty => "non_empty",
        Rule::Len { .. } => "len",
        Rule::Bytes { .. } => "bytes",
        Rule::Range { .. } => "range",
        Rule::Greater(_) => "gt",
        Rule::Less(_) => "lt",
        Rule::MultipleOf(_) => "multiple_of",
        Rule::OneOf(_) => "one_of",
        Rule::Regex(_) => "regex",
        Rule::Format(_) => "format",
        Rule::Past => "past",
        Rule::Future => "future",
        Rule::StartsWith(_) => "starts_with",
        Rule::EndsWith(_) => "ends_with",
        Rule::Contains(_) => "contains",
        Rule::UniqueItems => "unique_items",
        Rule::Each(_) => "each",
        Rule::Json(_) => "json",
        Rule::With { .. } => "with",
    }
}
