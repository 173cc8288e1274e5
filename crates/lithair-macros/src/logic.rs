//! `||`, `&&` and `!`, which expressions and policies have alike.
//!
//! ```text
//! or  := and ('||' and)*
//! and := not ('&&' not)*
//! not := '!' not | part
//! ```

use proc_macro2::Span;
use syn::Token;
use syn::parse::ParseStream;

/// What is joined and denied.
pub(crate) trait Logic: Sized {
    /// Parses what is none of the three.
    fn part(input: ParseStream<'_>) -> syn::Result<Self>;

    fn span(&self) -> Span;

    fn all(span: Span, parts: Vec<Self>) -> Self;

    fn any(span: Span, parts: Vec<Self>) -> Self;

    fn negated(span: Span, part: Self) -> Self;
}

pub(crate) fn or<T: Logic>(input: ParseStream<'_>) -> syn::Result<T> {
    let mut parts = vec![and(input)?];
    while input.parse::<Option<Token![||]>>()?.is_some() {
        parts.push(and(input)?);
    }
    Ok(joined(parts, T::any))
}

fn and<T: Logic>(input: ParseStream<'_>) -> syn::Result<T> {
    let mut parts = vec![not(input)?];
    while input.parse::<Option<Token![&&]>>()?.is_some() {
        parts.push(not(input)?);
    }
    Ok(joined(parts, T::all))
}

/// One part as it is, several as one.
fn joined<T: Logic>(mut parts: Vec<T>, form: fn(Span, Vec<T>) -> T) -> T {
    match parts.len() {
        1 => parts.pop().expect("there is one"),
        _ => form(parts[0].span(), parts),
    }
}

fn not<T: Logic>(input: ParseStream<'_>) -> syn::Result<T> {
    match input.parse::<Option<Token![!]>>()? {
        Some(sign) => Ok(T::negated(sign.span, not(input)?)),
        None => T::part(input),
    }
}
