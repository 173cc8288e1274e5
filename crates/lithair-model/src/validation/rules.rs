//! Rules, compiled: constants typed, patterns compiled, conditions bound. Words are only made for what is broken.

mod bounds;
mod size;
mod twins;
mod words;

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};

use super::parts::Parts;
use super::{formats, normalize};
use crate::draft::member_value;
use crate::{
    FieldSchema, Format, Kind, Literal, Predicate, Rule, RuleSchema, Timestamp, Value, Violation, literal_value,
};

/// Bytes of a compiled pattern: more than any pattern that a person wrote needs.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Compiles the pattern of a `regex(..)`.
///
/// # Errors
/// It is no regular expression, or a larger one than is taken.
pub(crate) fn pattern(text: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build()
}

/// A rule with its constants typed and its condition bound.
#[derive(Debug)]
pub(crate) struct CompiledRule {
    schema: &'static RuleSchema,
    condition: Option<Predicate>,
    demand: Demand,
}

/// What is demanded of a value.
#[derive(Debug)]
enum Demand {
    Required,
    NonEmpty,
    Len(u64, u64),
    Bytes(u64, u64),
    Range(Kind, Option<Value>, Option<Value>),
    Greater(Kind, Value),
    Less(Kind, Value),
    MultipleOf(Kind, Value),
    OneOf(Vec<Value>),
    Regex(Regex),
    Format(Format),
    Past,
    Future,
    StartsWith(&'static str),
    EndsWith(&'static str),
    Contains(&'static str),
    UniqueItems,
    Each(Vec<CompiledRule>),
    Json(Box<Fit>),
    With(fn(&Value) -> Result<(), String>),
}

/// What free JSON has to be: a value of such a field, and what is demanded inside of it.
#[derive(Debug)]
struct Fit {
    field: FieldSchema,
    parts: Parts,
}

/// What a rule may ask about besides the value.
#[derive(Clone, Copy)]
pub(super) enum Context<'a> {
    /// The whole record, and when it is stored.
    Record(&'a [Value], Timestamp),
    /// Nothing: rules with a condition, and those about time, are not asked.
    Alone,
}

impl CompiledRule {
    /// Compiles the rules of a field that the catalog has checked. `siblings` are the fields that conditions name.
    pub(crate) fn of(field: &'static FieldSchema, siblings: &'static [FieldSchema]) -> Vec<Self> {
        Self::all(field.rules, field.kind, siblings)
    }

    fn all(rules: &'static [RuleSchema], kind: Kind, siblings: &'static [FieldSchema]) -> Vec<Self> {
        rules.iter().map(|rule| Self::compile(rule, kind, siblings)).collect()
    }

    fn compile(rule: &'static RuleSchema, kind: Kind, siblings: &'static [FieldSchema]) -> Self {
        let bind = |expr| Predicate::bind_fields(expr, siblings).expect("checked: the condition binds");
        let condition = rule.condition.as_ref().map(bind);
        Self { schema: rule, condition, demand: Demand::of(&rule.rule, kind, siblings) }
    }

    fn is_asked(&self, context: Context<'_>) -> bool {
        match (context, &self.condition) {
            (Context::Record(values, now), Some(condition)) => condition.matches(values, now),
            (Context::Record(..), None) => true,
            (Context::Alone, condition) => condition.is_none() && !matches!(self.demand, Demand::Past | Demand::Future),
        }
    }

    /// Adds what the rule says of a value. Null keeps every rule but `required`.
    pub(super) fn apply(
        &self,
        value: &Value,
        context: Context<'_>,
        at: &dyn Fn() -> String,
        violations: &mut Vec<Violation>,
    ) {
        if !self.is_asked(context) {
            return;
        }
        if let (Demand::Each(rules), Value::List(items)) = (&self.demand, value) {
            for (place, item) in items.iter().enumerate() {
                let at = || format!("{}/{place}", at());
                rules.iter().for_each(|rule| rule.apply(item, context, &at, violations));
            }
            return;
        }
        if let (Demand::Json(fit), Value::Json(json)) = (&self.demand, value) {
            let mut found = Vec::new();
            match decode_json(&fit.field, json.as_str()) {
                Ok(inner) => fit.parts.judge(&inner, context, at, &mut found),
                Err(wrong) => found.extend(wrong.into_iter().map(|wrong| below(at(), wrong))),
            }
            match self.schema.message {
                Some(_) if !found.is_empty() => violations.push(words::violation(self.schema, None, value, at())),
                _ => violations.extend(found),
            }
            return;
        }
        if let Some(own) = self.demand.broken(value, context) {
            violations.push(words::violation(self.schema, own, value, at()));
        }
    }
}

/// The value that free JSON is of the type of a field, normalized as such a field would be.
fn decode_json(field: &FieldSchema, raw: &str) -> Result<Value, Vec<Violation>> {
    member_value(field, raw).map(|value| normalize(field, value))
}

fn below(at: String, violation: Violation) -> Violation {
    Violation { pointer: at + &violation.pointer, ..violation }
}

/// The words of a rule that is a function; the others have theirs in `words.rs`.
type OwnWords = Option<String>;

impl Demand {
    fn of(rule: &'static Rule, kind: Kind, siblings: &'static [FieldSchema]) -> Self {
        let typed =
            |literal: &Literal| literal_value(literal, &kind).expect("checked: constants are of the field's type");
        match rule {
            Rule::Required => Self::Required,
            Rule::NonEmpty => Self::NonEmpty,
            Rule::Len { min, max } => Self::Len(*min, *max),
            Rule::Bytes { min, max } => Self::Bytes(*min, *max),
            Rule::Range { min, max } => Self::Range(kind, min.as_ref().map(typed), max.as_ref().map(typed)),
            Rule::Greater(bound) => Self::Greater(kind, typed(bound)),
            Rule::Less(bound) => Self::Less(kind, typed(bound)),
            Rule::MultipleOf(step) => Self::MultipleOf(kind, typed(step)),
            Rule::OneOf(values) => Self::OneOf(values.iter().map(typed).collect()),
            Rule::Regex(text) => Self::Regex(pattern(text).expect("checked: is a regular expression")),
            Rule::Format(format) => Self::Format(*format),
            Rule::Past => Self::Past,
            Rule::Future => Self::Future,
            Rule::StartsWith(part) => Self::StartsWith(part),
            Rule::EndsWith(part) => Self::EndsWith(part),
            Rule::Contains(part) => Self::Contains(part),
            Rule::UniqueItems => Self::UniqueItems,
            Rule::Each(rules) => Self::Each(match kind {
                Kind::List(element) => CompiledRule::all(rules, element.kind, siblings),
                _ => Vec::new(),
            }),
            Rule::Json(element) => {
                let field =
                    FieldSchema { kind: element.kind, optional: element.optional, ..FieldSchema::of::<bool>("") };
                Self::Json(Box::new(Fit { field, parts: Parts::of(element.kind) }))
            }
            Rule::With { check, .. } => Self::With(*check),
        }
    }

    /// None if the value is as demanded.
    fn broken(&self, value: &Value, context: Context<'_>) -> Option<OwnWords> {
        if value.is_null() {
            return matches!(self, Self::Required).then_some(None);
        }
        if let Self::With(check) = self {
            return check(value).err().map(Some);
        }
        (!self.holds(value, context)).then_some(None)
    }

    /// Whether a value that is there is as demanded. What a rule is not for, it does not refuse: the type is judged elsewhere.
    fn holds(&self, value: &Value, context: Context<'_>) -> bool {
        let text = |test: &dyn Fn(&str) -> bool| if let Value::Text(text) = value { test(text) } else { true };
        match self {
            Self::Required | Self::Each(_) | Self::Json(..) | Self::With(_) => true,
            Self::NonEmpty => !size::is_empty(value),
            Self::Len(min, max) => size::count(value).is_none_or(|count| (*min..=*max).contains(&count)),
            Self::Bytes(min, max) => text(&|text| (*min..=*max).contains(&(text.len() as u64))),
            Self::Range(kind, min, max) => bounds::within(kind, value, min.as_ref(), max.as_ref()),
            Self::Greater(kind, bound) => bounds::is(kind, value, bound, &[Ordering::Greater]),
            Self::Less(kind, bound) => bounds::is(kind, value, bound, &[Ordering::Less]),
            Self::MultipleOf(kind, step) => bounds::is_multiple(kind, value, step),
            Self::OneOf(values) => values.contains(value),
            Self::Regex(regex) => text(&|text| regex.is_match(text)),
            Self::Format(format) => text(&|text| formats::has(*format, text)),
            Self::Past => bounds::against_now(value, context).is_none_or(|order| order == Ordering::Less),
            Self::Future => bounds::against_now(value, context).is_none_or(|order| order == Ordering::Greater),
            Self::StartsWith(part) => text(&|text| text.starts_with(part)),
            Self::EndsWith(part) => text(&|text| text.ends_with(part)),
            Self::Contains(part) => text(&|text| text.contains(part)),
            Self::UniqueItems => !twins::has_twins(value),
        }
    }
}
