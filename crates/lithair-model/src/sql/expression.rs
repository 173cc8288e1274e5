//! Conditions of checks and unique constraints as SQL.

use super::name;
use crate::{Arithmetic, Comparison, Expr, Function, Kind, Literal, ModelSchema, Value, literal_value};

/// A condition in SQL. Two-valued, as it is here: `IS DISTINCT FROM` where SQL would answer "unknown".
pub(super) fn sql(schema: &ModelSchema, expr: &Expr) -> String {
    operand(schema, expr, None)
}

/// An expression; a literal in it has the type of what it meets.
fn operand(schema: &ModelSchema, expr: &Expr, kind: Option<&Kind>) -> String {
    let inner = |expr: &Expr| operand(schema, expr, None);
    match expr {
        Expr::All(parts) => joined(parts.iter().map(inner), " AND ", "TRUE"),
        Expr::Any(parts) => joined(parts.iter().map(inner), " OR ", "FALSE"),
        Expr::Not(part) => format!("(NOT {})", inner(part)),
        Expr::Compare(one, comparison, other) => compare(schema, one, *comparison, other),
        Expr::In(one, others) => {
            let kind = kind_of(schema, one);
            let others = others.iter().map(|other| operand(schema, other, kind));
            format!("{} IN ({})", inner(one), others.collect::<Vec<_>>().join(", "))
        }
        Expr::Field(field) => name(field),
        Expr::Call(Function::Lower, part) => format!("lower({})", inner(part)),
        Expr::Call(Function::Len, part) => format!("length({})", inner(part)),
        Expr::Call(Function::Date, part) => format!("({} AT TIME ZONE 'UTC')::date", inner(part)),
        Expr::Call(Function::Year, part) => format!("extract(year FROM {})", inner(part)),
        Expr::Call(Function::Month, part) => format!("extract(month FROM {})", inner(part)),
        Expr::Call(Function::Day, part) => format!("extract(day FROM {})", inner(part)),
        Expr::Call(Function::Upper, part) => format!("upper({})", inner(part)),
        Expr::Call(Function::Trim, part) => format!("trim({})", inner(part)),
        Expr::Call(Function::Abs, part) => format!("abs({})", inner(part)),
        Expr::Literal(constant) => literal(constant, kind),
        Expr::Now(micros) => now(*micros),
        Expr::Reckon(one, Arithmetic::Add, other) if is_text(schema, one) || is_text(schema, other) => {
            format!("({} || {})", inner(one), inner(other))
        }
        Expr::Reckon(one, Arithmetic::Divide, other) => format!("({} / nullif({}, 0))", inner(one), inner(other)),
        Expr::Reckon(one, arithmetic, other) => format!("({} {} {})", inner(one), arithmetic.sign(), inner(other)),
        Expr::Negative(part) => format!("(-{})", inner(part)),
        Expr::OrElse(one, other) => {
            format!("coalesce({}, {})", inner(one), operand(schema, other, kind_of(schema, one)))
        }
        Expr::Choice(condition, one, other) => {
            format!("CASE WHEN {} THEN {} ELSE {} END", inner(condition), inner(one), inner(other))
        }
        Expr::Rounded(part, places) => format!("round({}, {places})", inner(part)),
        Expr::Duration(micros) => format!("interval '{micros} microseconds'"),
        // What a function of the application says, SQL does not know.
        Expr::Code(code) => format!("TRUE /* fn({}) */", code.path),
    }
}

fn is_text(schema: &ModelSchema, expr: &Expr) -> bool {
    match expr {
        Expr::Call(Function::Lower | Function::Upper | Function::Trim, _) | Expr::Literal(Literal::Text(_)) => true,
        Expr::Reckon(one, Arithmetic::Add, other) => is_text(schema, one) || is_text(schema, other),
        Expr::OrElse(one, _) | Expr::Choice(_, one, _) => is_text(schema, one),
        _ => matches!(kind_of(schema, expr), Some(Kind::Text)),
    }
}

fn compare(schema: &ModelSchema, one: &Expr, comparison: Comparison, other: &Expr) -> String {
    if let Some(test) = null_test(schema, one, comparison, other) {
        return test;
    }
    let left = operand(schema, one, kind_of(schema, other));
    let right = operand(schema, other, kind_of(schema, one));
    let folded =
        |pattern: &str| pattern.replace("{l}", &format!("lower({left})")).replace("{r}", &format!("lower({right})"));
    match comparison {
        Comparison::Equal => format!("{left} = {right}"),
        Comparison::NotEqual => format!("{left} IS DISTINCT FROM {right}"),
        Comparison::Less => format!("{left} < {right}"),
        Comparison::LessOrEqual => format!("{left} <= {right}"),
        Comparison::Greater => format!("{left} > {right}"),
        Comparison::GreaterOrEqual => format!("{left} >= {right}"),
        Comparison::Contains => folded("strpos({l}, {r}) > 0"),
        Comparison::NotContains => folded("strpos({l}, {r}) = 0"),
        Comparison::StartsWith => folded("starts_with({l}, {r})"),
        Comparison::EndsWith => folded("right({l}, length({r})) = {r}"),
    }
}

/// `x = null` and `x != null`.
fn null_test(schema: &ModelSchema, one: &Expr, comparison: Comparison, other: &Expr) -> Option<String> {
    let test = match comparison {
        Comparison::Equal => "IS NULL",
        Comparison::NotEqual => "IS NOT NULL",
        _ => return None,
    };
    let tested = match (one, other) {
        (tested, Expr::Literal(Literal::Null)) | (Expr::Literal(Literal::Null), tested) => tested,
        _ => return None,
    };
    Some(format!("{} {test}", operand(schema, tested, None)))
}

fn kind_of<'a>(schema: &'a ModelSchema, expr: &Expr) -> Option<&'a Kind> {
    let Expr::Field(name) = expr else { return None };
    schema.fields.iter().find(|field| field.name == *name).map(|field| &field.kind)
}

fn joined(parts: impl Iterator<Item = String>, word: &str, empty: &str) -> String {
    let parts: Vec<String> = parts.collect();
    match parts.as_slice() {
        [] => empty.to_owned(),
        [one] => one.clone(),
        _ => format!("({})", parts.join(word)),
    }
}

pub(super) fn now(micros: i64) -> String {
    match micros {
        0 => "now()".to_owned(),
        _ => format!("(now() + interval '{micros} microseconds')"),
    }
}

/// A constant of a type, if that is known: a variant is its name in the log.
pub(super) fn literal(literal: &Literal, kind: Option<&Kind>) -> String {
    match (literal, kind.and_then(|kind| literal_value(literal, kind))) {
        (Literal::Null, _) => "NULL".to_owned(),
        (_, Some(Value::Text(text))) => quoted(&text),
        (_, Some(Value::Json(json))) => quoted(json.as_str()),
        (Literal::Bool(flag), _) => if *flag { "TRUE" } else { "FALSE" }.to_owned(),
        (Literal::Int(number), _) => number.to_string(),
        (Literal::Number(text), _) => (*text).to_owned(),
        (Literal::Text(text) | Literal::Variant(text), _) => quoted(text),
    }
}

/// A text as SQL writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
