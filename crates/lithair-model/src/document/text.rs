//! Expressions and words as an author writes them.

use crate::literal::literal_text;
use crate::{Comparison, Expr, Format, Function, Normalizer, OperationKind};

/// An expression as text, in the grammar of filters.
pub(crate) fn expression(expr: &Expr) -> String {
    match expr {
        Expr::All(parts) => joined(parts, " && ", "true"),
        Expr::Any(parts) => joined(parts, " || ", "false"),
        Expr::Not(inner) => format!("!({})", expression(inner)),
        Expr::Compare(one, comparison, other) => {
            format!("{} {} {}", expression(one), comparison_word(*comparison), expression(other))
        }
        Expr::In(one, others) => {
            let others: Vec<String> = others.iter().map(expression).collect();
            format!("{} in ({})", expression(one), others.join(", "))
        }
        Expr::Field(name) => (*name).to_owned(),
        Expr::Call(function, inner) => format!("{}({})", function_word(*function), expression(inner)),
        Expr::Literal(literal) => literal_text(literal),
        Expr::Now(0) => "@now".to_owned(),
        Expr::Now(micros) => format!("@now{:+}us", micros),
        Expr::Reckon(one, arithmetic, other) => {
            format!("{} {} {}", operand(one), arithmetic.sign(), operand(other))
        }
        Expr::Negative(inner) => format!("-{}", operand(inner)),
        Expr::OrElse(one, other) => format!("{}.unwrap_or({})", operand(one), expression(other)),
        Expr::Choice(condition, one, other) => {
            format!("if {} {{ {} }} else {{ {} }}", expression(condition), expression(one), expression(other))
        }
        Expr::Rounded(inner, places) => format!("round({}, {places})", expression(inner)),
        Expr::Duration(micros) => format!("{micros}us"),
        Expr::Code(code) => format!("fn({})", code.path),
    }
}

/// A side of a reckoning, in parentheses where it is one itself.
fn operand(expr: &Expr) -> String {
    match expr {
        Expr::Reckon(..) | Expr::Choice(..) | Expr::Compare(..) | Expr::All(_) | Expr::Any(_) => {
            format!("({})", expression(expr))
        }
        _ => expression(expr),
    }
}

fn joined(parts: &[Expr], separator: &str, empty: &str) -> String {
    let inner = |part: &Expr| match part {
        Expr::All(_) | Expr::Any(_) => format!("({})", expression(part)),
        _ => expression(part),
    };
    match parts {
        [] => empty.to_owned(),
        _ => parts.iter().map(inner).collect::<Vec<_>>().join(separator),
    }
}

pub(crate) fn comparison_word(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "!=",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
        Comparison::Contains => "~",
        Comparison::NotContains => "!~",
        Comparison::StartsWith => "^=",
        Comparison::EndsWith => "$=",
    }
}

fn function_word(function: Function) -> &'static str {
    match function {
        Function::Lower => "lower",
        Function::Len => "len",
        Function::Date => "date",
        Function::Year => "year",
        Function::Upper => "upper",
        Function::Trim => "trim",
        Function::Abs => "abs",
        Function::Month => "month",
        Function::Day => "day",
    }
}

pub(super) fn format_word(format: &Format) -> &'static str {
    match format {
        Format::Email => "email",
        Format::Url => "url",
        Format::Uuid => "uuid",
        Format::Phone => "phone",
        Format::Ip => "ip",
        Format::Hostname => "hostname",
        Format::Slug => "slug",
        Format::Date => "date",
        Format::Time => "time",
        Format::DateTime => "datetime",
        Format::Iso4217 => "iso4217",
        Format::Iso3166 => "iso3166",
    }
}

pub(super) fn normalizer_word(normalizer: &Normalizer) -> &'static str {
    match normalizer {
        Normalizer::Trim => "trim",
        Normalizer::Lower => "lower",
        Normalizer::Nfc => "nfc",
    }
}

/// The word that offers an operation, `ops(list, ..)`.
pub(crate) fn operation_word(operation: &OperationKind) -> &'static str {
    match operation {
        OperationKind::List => "list",
        OperationKind::Get => "get",
        OperationKind::Create => "create",
        OperationKind::Update => "update",
        OperationKind::Delete => "delete",
        OperationKind::History => "history",
        OperationKind::Bulk => "bulk",
        OperationKind::Export => "export",
    }
}
