//! Rules are for the type of their field, and can be kept.

use std::cmp::Ordering;

use proc_macro2::Span;

use super::expressions;
use super::scope::Scope;
use crate::ast::Field;
use crate::attr::rule::{Rule, RuleConstant, RuleForm};
use crate::errors::Errors;
use crate::expr::Constant;
use crate::types::{Class, Shape};

/// The rules of a field, or of a list's elements, fit its type and can hold.
pub(super) fn check(rules: &[Rule], shape: &Shape, scope: &Scope<'_>, errors: &Errors) {
    for rule in rules {
        if let Some(condition) = &rule.condition {
            expressions::condition(condition, scope, errors);
        }
        let word = rule.word.to_string();
        let class = &shape.class;
        if !fits(&rule.form, class) {
            errors.at(rule.word.span(), format!("`{word}` is not a rule for {}", class.word()));
        } else {
            holds(rule, &word, shape, scope, errors);
        }
    }
}

fn holds(rule: &Rule, word: &str, shape: &Shape, scope: &Scope<'_>, errors: &Errors) {
    let span = rule.word.span();
    match &rule.form {
        RuleForm::Len(min, max) | RuleForm::Bytes(min, max) if min > max => {
            errors.at(span, format!("`{word}({min}..={max})` never holds"));
        }
        RuleForm::Range(min, max) => {
            let bounds = [min, max].into_iter().flatten();
            bounds.for_each(|bound| constant(bound, shape, errors));
            if is_empty(min.as_ref(), max.as_ref()) {
                errors.at(span, "the range is empty, so the rule never holds");
            }
        }
        RuleForm::Greater(bound) | RuleForm::Less(bound) => constant(bound, shape, errors),
        RuleForm::MultipleOf(factor) => {
            constant(factor, shape, errors);
            if number(&factor.value).is_some_and(|number| number <= 0.0) {
                errors.at(factor.span, "a multiple is of a number above 0");
            }
        }
        RuleForm::OneOf(values) => values.iter().for_each(|value| constant(value, shape, errors)),
        RuleForm::Regex(pattern) => regex(&pattern.value(), pattern.span(), errors),
        RuleForm::Each(rules) => {
            if let Class::List(element) = &shape.class {
                check(rules, element, scope, errors);
            }
        }
        _ => {}
    }
}

/// A constant is of the field's type.
pub(super) fn constant(constant: &RuleConstant, shape: &Shape, errors: &Errors) {
    expressions::fits(&constant.value, constant.span, &shape.class, errors);
}

/// The rule of a field that refuses a constant which the field is given, as far as tokens tell. What they do not, the catalog knows.
pub(super) fn refusing<'a>(constant: &Constant, field: &'a Field) -> Option<&'a Rule> {
    let is_known = match constant {
        Constant::Int(_) | Constant::Number(_) => field.shape.class.is_number(),
        Constant::Text(_) => matches!(field.shape.class, Class::Text),
        Constant::Variant(_) => true,
        Constant::Bool(_) => false,
    };
    let constant = normalized(constant, field)?;
    field
        .attributes
        .rules
        .iter()
        .filter(|rule| is_known && rule.condition.is_none())
        .find(|rule| !keeps(&rule.form, &constant))
}

/// The constant as the field has it; none where only Unicode tables would tell.
fn normalized(constant: &Constant, field: &Field) -> Option<Constant> {
    let Constant::Text(text) = constant else { return Some(constant.clone()) };
    let mut text = text.clone();
    for (_, normalizer) in &field.attributes.normalizers {
        text = match *normalizer {
            "Trim" => text.trim().to_owned(),
            "Lower" => text.to_lowercase(),
            _ if text.is_ascii() => text,
            _ => return None,
        };
    }
    Some(Constant::Text(text))
}

/// Whether a constant is what a rule demands; what cannot be told is.
fn keeps(rule: &RuleForm, constant: &Constant) -> bool {
    let against = |bound: &RuleConstant| order(constant, &bound.value);
    let text = |test: &dyn Fn(&str) -> bool| if let Constant::Text(text) = constant { test(text) } else { true };
    match rule {
        RuleForm::Range(min, max) => {
            min.as_ref().and_then(against) != Some(Ordering::Less)
                && max.as_ref().and_then(against) != Some(Ordering::Greater)
        }
        RuleForm::Greater(bound) => against(bound).is_none_or(Ordering::is_gt),
        RuleForm::Less(bound) => against(bound).is_none_or(Ordering::is_lt),
        RuleForm::MultipleOf(factor) => match (constant, &factor.value) {
            (Constant::Int(number), Constant::Int(factor @ 1..)) => number % factor == 0,
            _ => true,
        },
        RuleForm::OneOf(values) => values.iter().any(|value| is_same(constant, &value.value) != Some(false)),
        RuleForm::Len(min, max) => text(&|text| (*min..=*max).contains(&(text.chars().count() as u64))),
        RuleForm::Bytes(min, max) => text(&|text| (*min..=*max).contains(&(text.len() as u64))),
        RuleForm::NonEmpty => text(&|text| !text.trim().is_empty()),
        RuleForm::StartsWith(part) => text(&|text| text.starts_with(&part.value())),
        RuleForm::EndsWith(part) => text(&|text| text.ends_with(&part.value())),
        RuleForm::Contains(part) => text(&|text| text.contains(&part.value())),
        _ => true,
    }
}

/// The order of two numbers.
fn order(one: &Constant, other: &Constant) -> Option<Ordering> {
    match (one, other) {
        (Constant::Int(one), Constant::Int(other)) => Some(one.cmp(other)),
        (one, other) => number(one)?.partial_cmp(&number(other)?),
    }
}

/// Whether two constants are one, if that can be told.
fn is_same(one: &Constant, other: &Constant) -> Option<bool> {
    match (one, other) {
        (Constant::Text(one), Constant::Text(other)) => Some(one == other),
        (Constant::Variant(one), Constant::Variant(other)) => {
            Some(one.segments.last()?.ident == other.segments.last()?.ident)
        }
        _ => order(one, other).map(Ordering::is_eq),
    }
}

fn is_empty(min: Option<&RuleConstant>, max: Option<&RuleConstant>) -> bool {
    match (min.map(|min| &min.value), max.map(|max| &max.value)) {
        (Some(Constant::Int(min)), Some(Constant::Int(max))) => min > max,
        // Dates and times of RFC 3339 in UTC are in the order of their texts.
        (Some(Constant::Text(min)), Some(Constant::Text(max))) => min > max,
        (Some(min), Some(max)) => matches!((number(min), number(max)), (Some(min), Some(max)) if min > max),
        _ => false,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "compared, not stored; what is equal after rounding is left to the catalog"
)]
fn number(constant: &Constant) -> Option<f64> {
    match constant {
        Constant::Int(number) => Some(*number as f64),
        Constant::Number(text) => text.parse().ok(),
        _ => None,
    }
}

fn regex(pattern: &str, span: Span, errors: &Errors) {
    if let Err(error) = regex_syntax::parse(pattern) {
        errors.at(span, format!("not a regular expression: {error}"));
    }
}

/// Whether a rule can be asked of a type. Of a type that is not known, everything can.
fn fits(rule: &RuleForm, class: &Class) -> bool {
    let is_text = matches!(class, Class::Text);
    let is_list = matches!(class, Class::List(_));
    // An element's type must be known to read it.
    if let RuleForm::Each(_) = rule {
        return is_list;
    }
    if class.is_open() {
        return true;
    }
    match rule {
        RuleForm::Required | RuleForm::With(_) | RuleForm::Each(_) => true,
        RuleForm::NonEmpty => is_text || is_list || matches!(class, Class::Json),
        RuleForm::Len(..) => is_text || is_list,
        RuleForm::Range(..) | RuleForm::Greater(_) | RuleForm::Less(_) => class.is_number() || class.is_time(),
        RuleForm::MultipleOf(_) => class.is_number(),
        RuleForm::OneOf(_) => class.is_comparable(),
        RuleForm::Past | RuleForm::Future => class.is_time(),
        RuleForm::UniqueItems => is_list,
        RuleForm::Json(_) => matches!(class, Class::Json),
        RuleForm::Bytes(..)
        | RuleForm::Regex(_)
        | RuleForm::Format(_)
        | RuleForm::StartsWith(_)
        | RuleForm::EndsWith(_)
        | RuleForm::Contains(_) => is_text,
    }
}
