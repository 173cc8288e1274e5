//! Conditions on a record, read as they are written.

use std::cmp::Ordering;

use serde_json::Value as Json;

use super::{Asked, World, every, some};
use crate::{Comparison, ComputedFrom, Decimal, Expr, FieldSchema, Function, Kind, Literal, Value, literal_value};

/// A value, and its type where it has one.
type Typed = (Value, Option<Kind>);

impl World<'_> {
    /// Whether a condition is true of a record.
    pub(super) fn truth(&self, expr: &Expr, asked: Asked<'_>) -> Option<bool> {
        match expr {
            Expr::All(parts) => every(parts.iter().map(|part| self.truth(part, asked))),
            Expr::Any(parts) => some(parts.iter().map(|part| self.truth(part, asked))),
            Expr::Not(inner) => self.truth(inner, asked).map(|holds| !holds),
            Expr::Compare(left, comparison, right) => self.compared(left, *comparison, right, asked),
            Expr::In(left, list) => some(list.iter().map(|item| self.compared(left, Comparison::Equal, item, asked))),
            expr => self.value(expr, asked).map(|(value, _)| value == Value::Bool(true)),
        }
    }

    fn compared(&self, left: &Expr, comparison: Comparison, right: &Expr, asked: Asked<'_>) -> Option<bool> {
        let (one, kind) = self.value(left, asked)?;
        let (other, of_other) = self.value(right, asked)?;
        // The type of a constant is the one of what it meets.
        let typed = |value: Value, expr: &Expr, kind: Option<&Kind>| match (expr, kind) {
            (Expr::Literal(literal), Some(kind)) => constant(literal, kind),
            _ => Some(value),
        };
        let (one, other) = (typed(one, left, of_other.as_ref())?, typed(other, right, kind.as_ref())?);
        compare(&one, comparison, &other, kind.or(of_other).as_ref())
    }

    /// What an expression is; none where this interpreter does not know.
    pub(super) fn value(&self, expr: &Expr, asked: Asked<'_>) -> Option<Typed> {
        match expr {
            Expr::Field(name) => self.field(name, asked),
            Expr::Literal(Literal::Null) => Some((Value::Null, None)),
            Expr::Literal(Literal::Bool(flag)) => Some((Value::Bool(*flag), None)),
            Expr::Literal(Literal::Int(number)) => Some((Value::Int(*number), None)),
            Expr::Literal(Literal::Number(text)) => Some((Value::Decimal(text.parse().ok()?), None)),
            Expr::Literal(Literal::Text(text) | Literal::Variant(text)) => {
                Some((Value::Text((*text).to_owned()), None))
            }
            Expr::Now(micros) => Some((Value::Timestamp(self.now.plus_micros(*micros)), Some(Kind::Timestamp))),
            Expr::Call(function, inner) => called(*function, self.value(inner, asked)?),
            Expr::OrElse(one, other) => match self.value(one, asked)? {
                (Value::Null, _) => self.value(other, asked),
                typed => Some(typed),
            },
            Expr::All(_) | Expr::Any(_) | Expr::Not(_) | Expr::Compare(..) | Expr::In(..) => {
                Some((Value::Bool(self.truth(expr, asked)?), Some(Kind::Bool)))
            }
            Expr::Reckon(..)
            | Expr::Negative(_)
            | Expr::Choice(..)
            | Expr::Rounded(..)
            | Expr::Duration(_)
            | Expr::Code(_) => None,
        }
    }

    /// A field by its name, with the side that is meant and the path inside of it.
    fn field(&self, name: &str, asked: Asked<'_>) -> Option<Typed> {
        let (side, name) = match name.split_once('.') {
            Some((side @ ("before" | "input"), rest)) => (side, rest),
            _ => ("", name),
        };
        let mut names = name.split('.');
        let first = names.next()?;
        let schema = self.schemas[asked.model];
        let place = schema.fields.iter().position(|field| field.name == first)?;
        let field = &schema.fields[place];
        let value = match side {
            "before" => asked.before.map_or(Value::Null, |before| before[place].clone()),
            "input" => {
                asked.input.iter().find(|(sent, _)| *sent == place).map_or(Value::Null, |(_, value)| value.clone())
            }
            _ => match field.computed.filter(|computed| !computed.stored).map(|computed| computed.from) {
                Some(ComputedFrom::Expr(expr)) => self.value(&expr, asked)?.0,
                Some(ComputedFrom::Related(_)) => return None,
                None => asked.own[place].clone(),
            },
        };
        inside(field, value, names)
    }
}

/// What a path leads to inside of an embedded struct.
fn inside<'n>(field: &FieldSchema, value: Value, mut names: impl Iterator<Item = &'n str>) -> Option<Typed> {
    let Some(name) = names.next() else { return Some((value, Some(field.kind))) };
    let Kind::Struct(schema) = field.kind else { return None };
    let place = schema.fields.iter().position(|field| field.name == name)?;
    let value = match value {
        Value::Struct(mut values) => values.swap_remove(place),
        _ => Value::Null,
    };
    inside(&schema.fields[place], value, names)
}

fn called(function: Function, (value, kind): Typed) -> Option<Typed> {
    let text = |text: String| Some((Value::Text(text), kind));
    match (function, &value) {
        (_, Value::Null) => Some((Value::Null, kind)),
        (Function::Lower, Value::Text(is)) => text(is.to_lowercase()),
        (Function::Upper, Value::Text(is)) => text(is.to_uppercase()),
        (Function::Trim, Value::Text(is)) => text(is.trim().to_owned()),
        (Function::Len, Value::Text(is)) => Some((Value::Int(i128::try_from(is.chars().count()).ok()?), None)),
        (Function::Len, Value::List(items)) => Some((Value::Int(i128::try_from(items.len()).ok()?), None)),
        _ => None,
    }
}

/// A constant as a value of a type.
fn constant(literal: &Literal, kind: &Kind) -> Option<Value> {
    if *literal == Literal::Null { Some(Value::Null) } else { literal_value(literal, kind) }
}

/// Two-valued: only whether something is null, or is not what it is compared with, is true of null.
pub(super) fn compare(one: &Value, comparison: Comparison, other: &Value, kind: Option<&Kind>) -> Option<bool> {
    let is_null = *one == Value::Null || *other == Value::Null;
    let is_same = || if is_null { Some(one == other) } else { Some(order(one, other, kind)? == Ordering::Equal) };
    match comparison {
        Comparison::Equal => is_same(),
        Comparison::NotEqual => is_same().map(|same| !same),
        _ if is_null => Some(comparison == Comparison::NotContains),
        Comparison::Less => Some(order(one, other, kind)?.is_lt()),
        Comparison::LessOrEqual => Some(order(one, other, kind)?.is_le()),
        Comparison::Greater => Some(order(one, other, kind)?.is_gt()),
        Comparison::GreaterOrEqual => Some(order(one, other, kind)?.is_ge()),
        // Upper and lower case are a matter of their own.
        Comparison::Contains | Comparison::NotContains | Comparison::StartsWith | Comparison::EndsWith => None,
    }
}

fn order(one: &Value, other: &Value, kind: Option<&Kind>) -> Option<Ordering> {
    if let Some(Kind::Enum(schema)) = kind {
        let place = |value: &Value| match value {
            Value::Text(name) => schema.variants.iter().position(|variant| variant.wire == name),
            _ => None,
        };
        return Some(place(one)?.cmp(&place(other)?));
    }
    Some(match (one, other) {
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Int(one), Value::Int(other)) => one.cmp(other),
        (Value::Text(one), Value::Text(other)) => one.cmp(other),
        (Value::Uuid(one), Value::Uuid(other)) => one.cmp(other),
        (Value::Timestamp(one), Value::Timestamp(other)) => one.cmp(other),
        (Value::Date(one), Value::Date(other)) => one.cmp(other),
        (Value::Float(one), Value::Float(other)) => one.partial_cmp(other)?,
        (Value::Decimal(_) | Value::Int(_), Value::Decimal(_) | Value::Int(_)) => number(one)?.cmp(&number(other)?),
        _ => return None,
    })
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Int(number) => Some(Decimal::from(*number)),
        Value::Decimal(number) => Some(*number),
        _ => None,
    }
}

/// A claim as a value of a type; none where it is none.
pub(super) fn of_json(json: &Json, kind: &Kind) -> Option<Value> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) if matches!(kind, Kind::Int { .. } | Kind::Decimal | Kind::Float { .. }) => {
            number.to_string()
        }
        Json::Bool(flag) => return matches!(kind, Kind::Bool).then_some(Value::Bool(*flag)),
        _ => return None,
    };
    match kind {
        Kind::Text => Some(Value::Text(text)),
        Kind::Int { .. } => text.parse::<i128>().ok().filter(|number| number.to_string() == text).map(Value::Int),
        Kind::Uuid => text.parse().ok().map(Value::Uuid),
        Kind::Decimal => text.parse().ok().map(Value::Decimal),
        Kind::Enum(schema) if !schema.has_data() => {
            let is_one = schema.variants.iter().any(|variant| variant.wire == text);
            is_one.then_some(Value::Text(text))
        }
        _ => None,
    }
}

/// Whether a claim compares so with a constant. What is of another type does not.
pub(super) fn claim_is(json: &Json, comparison: Comparison, literal: &Literal) -> Option<bool> {
    let (one, other) = match (json, literal) {
        (Json::String(one), Literal::Text(other) | Literal::Variant(other)) => {
            (Value::Text(one.clone()), Value::Text((*other).to_owned()))
        }
        (Json::Bool(one), Literal::Bool(other)) => (Value::Bool(*one), Value::Bool(*other)),
        (Json::Number(one), Literal::Int(other)) => (Value::Decimal(one.to_string().parse().ok()?), Value::Int(*other)),
        (Json::Number(one), Literal::Number(other)) => {
            (Value::Decimal(one.to_string().parse().ok()?), Value::Decimal(other.parse().ok()?))
        }
        _ => return Some(false),
    };
    compare(&one, comparison, &other, None)
}
