//! Functions in expressions, `len(name)` and `name.len()` alike, and what is folded while it is read.

use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitInt, Token, parenthesized, token};

use super::{Arithmetic, Constant, Form, Function, Node, unary};
use crate::logic::or;
use crate::suggest;

/// Functions of policies, which records' conditions do not have.
const POLICY: [&str; 9] = ["role", "perm", "scope", "member", "any", "all", "none", "check", "owner"];

/// Aggregates over related records, which only `computed` has.
pub(crate) const AGGREGATES: [&str; 6] = ["count", "sum", "min", "max", "avg", "exists"];

const DURATIONS: [(&str, i64); 5] = [
    ("weeks", 7 * 86_400_000_000),
    ("days", 86_400_000_000),
    ("hours", 3_600_000_000),
    ("minutes", 60_000_000),
    ("seconds", 1_000_000),
];

/// The functions of values, by their names.
pub(crate) fn functions() -> impl Iterator<Item = &'static str> {
    let durations = DURATIONS.iter().map(|(unit, _)| *unit);
    Function::ALL.iter().map(|function| function.word()).chain(durations).chain(["now", "round"])
}

/// A call by its name, `now()`, `days(30)`, `round(x, 2)`.
pub(super) fn function(name: &Ident, input: ParseStream<'_>) -> syn::Result<Node> {
    let content;
    parenthesized!(content in input);
    let (word, span) = (name.to_string(), name.span());
    if word == "now" {
        return if content.is_empty() {
            Ok(Node { span, form: Form::Now(0) })
        } else {
            Err(syn::Error::new(span, "`now()` takes nothing"))
        };
    }
    if let Some((_, micros)) = DURATIONS.iter().find(|(unit, _)| *unit == word) {
        return duration(span, &word, *micros, &content);
    }
    if word == "round" || Function::ALL.iter().any(|function| function.word() == word) {
        let receiver: Node = or(&content)?;
        let comma = content.parse::<Option<Token![,]>>()?;
        let node = applied(&word, Node { span, ..receiver }, comma.is_some(), &content, span)?;
        return end(node, &content);
    }
    let message = match word.as_str() {
        policy if POLICY.contains(&policy) => {
            format!("`{policy}(..)` is about who asks: it belongs in `permission(..)`")
        }
        aggregate if AGGREGATES.contains(&aggregate) => {
            format!(
                "`{aggregate}(..)` of related records is a computed field of its own: `#[computed({aggregate}(..))]`"
            )
        }
        _ => {
            format!("unknown function `{word}`{}", suggest::hint(&word, functions()))
        }
    };
    Err(syn::Error::new(span, message))
}

fn end(node: Node, content: ParseStream<'_>) -> syn::Result<Node> {
    if content.is_empty() { Ok(node) } else { Err(content.error("expected `)`")) }
}

fn duration(span: Span, unit: &str, micros: i64, content: ParseStream<'_>) -> syn::Result<Node> {
    let refuse = || syn::Error::new(span, format!("expected a whole number: `{unit}(30)`"));
    let node = unary(content)?;
    match node.form {
        Form::Constant(Constant::Int(count)) if content.is_empty() => {
            let micros = i64::try_from(count).ok().and_then(|count| count.checked_mul(micros));
            let micros = micros.ok_or_else(|| syn::Error::new(span, "no time is that far away"))?;
            Ok(Node { span, form: Form::Duration(micros) })
        }
        _ => Err(refuse()),
    }
}

/// Sides of policies, which records' conditions do not have.
const SIDES: [&str; 3] = ["before", "input", "actor"];

/// A call on a value, behind the dot.
pub(super) fn method(receiver: Node, input: ParseStream<'_>) -> syn::Result<Node> {
    let name = input.call(Ident::parse_any)?;
    if !input.peek(token::Paren) {
        return match &receiver.form {
            Form::Field(side) if SIDES.iter().any(|word| side == word) => {
                let message = format!("`{side}.` is about who asks and what changes: it belongs in `permission(..)`");
                Err(syn::Error::new(receiver.span, message))
            }
            Form::Field(_) | Form::Member(..) => {
                Ok(Node { span: receiver.span, form: Form::Member(Box::new(receiver), name) })
            }
            _ => Err(syn::Error::new(name.span(), "what a function gives has no fields")),
        };
    }
    let content;
    parenthesized!(content in input);
    let has_more = !content.is_empty();
    let node = applied(&name.to_string(), receiver, has_more, &content, name.span())?;
    end(node, &content)
}

/// A function of a value, and of what else is in the parentheses.
fn applied(word: &str, receiver: Node, has_more: bool, content: ParseStream<'_>, at: Span) -> syn::Result<Node> {
    let (span, inner) = (receiver.span, Box::new(receiver));
    let function = Function::ALL.into_iter().find(|function| function.word() == word);
    let form = match (word, function) {
        ("round", _) => {
            let places: LitInt =
                content.parse().map_err(|_| syn::Error::new(at, "say how many places: `round(x, 2)`"))?;
            let places = places.base10_parse().ok().filter(|places| *places <= 28);
            Form::Rounded(inner, places.ok_or_else(|| syn::Error::new(at, "a number has at most 28 places"))?)
        }
        ("unwrap_or", _) if has_more => Form::OrElse(inner, Box::new(or(content)?)),
        ("unwrap_or", _) => return Err(syn::Error::new(at, "say what stands for nothing: `x.unwrap_or(0)`")),
        (_, Some(_)) | ("is_none" | "is_some", _) if has_more => {
            return Err(content.error(format!("`{word}()` takes nothing")));
        }
        (_, Some(function)) => Form::Call(function, inner),
        ("is_none", _) => Form::IsNull(inner, false),
        ("is_some", _) => Form::IsNull(inner, true),
        (other, _) => {
            let known = Function::ALL.iter().map(|function| function.word());
            let hint = suggest::hint(other, known.chain(["is_none", "is_some", "unwrap_or", "round"]));
            return Err(syn::Error::new(at, format!("unknown function `{other}`{hint}")));
        }
    };
    Ok(Node { span, form })
}

/// Two values, reckoned with; the time of sealing and a duration are one time.
pub(super) fn reckoned(one: Node, arithmetic: Arithmetic, other: Node) -> Node {
    let span = one.span;
    let form = match (&one.form, arithmetic, &other.form) {
        (Form::Now(at), Arithmetic::Add, Form::Duration(micros)) => Form::Now(at.saturating_add(*micros)),
        (Form::Now(at), Arithmetic::Subtract, Form::Duration(micros)) => Form::Now(at.saturating_sub(*micros)),
        _ => Form::Reckon(Box::new(one), arithmetic, Box::new(other)),
    };
    Node { span, form }
}
