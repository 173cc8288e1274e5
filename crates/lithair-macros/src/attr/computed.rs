//! `#[computed(price * quantity)]`, `#[computed(sum(lines.total where !cancelled), stored)]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Meta, Token, parenthesized, token};

use super::item;
use crate::errors::Errors;
use crate::expr::{self, AGGREGATES, Node};

/// What a field is computed from.
pub(crate) struct Computed {
    pub(crate) span: Span,
    /// The word `stored`, or none where it is computed when it is read.
    pub(crate) stored: Option<Span>,
    pub(crate) form: ComputedForm,
}

pub(crate) enum ComputedForm {
    /// Of the record's own fields.
    Expr(Node),
    /// Of the records that a relation leads to.
    Related(Related),
}

/// An aggregate over related records.
pub(crate) struct Related {
    /// The word, which is the one of `lithair_model::declare` too.
    pub(crate) function: &'static str,
    pub(crate) word: Span,
    pub(crate) link: Ident,
    /// What is taken of each record; names are its fields.
    pub(crate) value: Option<Node>,
    pub(crate) condition: Option<Node>,
}

/// The `computed` among a field's attributes.
pub(crate) fn parse(attributes: &[Attribute], errors: &Errors) -> Option<Computed> {
    let mut found = attributes.iter().filter(|attribute| attribute.path().is_ident("computed"));
    let attribute = found.next()?;
    let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
    if let Some(second) = found.next() {
        errors.at(second.path().get_ident().map_or(span, Ident::span), "`computed` is there twice");
    }
    let Meta::List(list) = &attribute.meta else {
        errors.at(span, "say what it is computed from: `#[computed(price * quantity)]`");
        return None;
    };
    let mut parts = item::parts(&list.tokens, errors).into_iter();
    let Some(first) = parts.next() else {
        errors.at(span, "say what it is computed from: `#[computed(price * quantity)]`");
        return None;
    };
    let stored = parts.filter_map(|part| mode(part, errors)).fold(None, |_, mode| Some(mode)).flatten();
    let form = errors.keep(item::read(first, form))?;
    Some(Computed { span, stored, form })
}

/// `stored` or `virtual`.
fn mode(part: TokenStream, errors: &Errors) -> Option<Option<Span>> {
    let word = errors.keep(item::read(part, |input| input.call(Ident::parse_any)))?;
    match word.to_string().as_str() {
        "stored" => Some(Some(word.span())),
        "virtual" => Some(None),
        _ => {
            errors.at(word.span(), "behind the expression stands `stored`, or `virtual`, which is the default");
            None
        }
    }
}

fn form(input: ParseStream<'_>) -> syn::Result<ComputedForm> {
    match aggregate(input) {
        Some(function) => related(function, input).map(ComputedForm::Related),
        None => expr::whole(input).map(ComputedForm::Expr),
    }
}

/// The aggregate that the tokens begin with.
fn aggregate(input: ParseStream<'_>) -> Option<&'static str> {
    let ahead = input.fork();
    let word = ahead.call(Ident::parse_any).ok()?;
    let function = AGGREGATES.into_iter().find(|function| word == function)?;
    ahead.peek(token::Paren).then_some(function)
}

fn related(function: &'static str, input: ParseStream<'_>) -> syn::Result<Related> {
    let word = input.call(Ident::parse_any)?.span();
    let content;
    parenthesized!(content in input);
    if !input.is_empty() {
        let message = format!("`{function}(..)` stands alone: reckon with it in another computed field");
        return Err(syn::Error::new(input.span(), message));
    }
    let link = content.call(Ident::parse_any)?;
    let value = content.parse::<Option<Token![.]>>()?.map(|_| expr::of_related(&content)).transpose()?;
    let condition = content.parse::<Option<Token![where]>>()?.map(|_| expr::whole(&content)).transpose()?;
    if !content.is_empty() {
        return Err(content.error("expected `where condition` or `)`"));
    }
    Ok(Related { function, word, link, value, condition })
}
