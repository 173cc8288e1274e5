//! The items of an attribute, `key`, `key = value` and `key(..)`, before it is known what they mean.

use std::collections::HashSet;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Ident, LitStr, Meta, Token};

use super::spelling;
use super::words::{self, Place};
use crate::errors::Errors;

/// One item of an attribute.
pub(crate) struct Item {
    pub(crate) key: Ident,
    pub(crate) value: Value,
}

/// What follows the key of an item.
pub(crate) enum Value {
    /// `key`
    None,
    /// `key = tokens`
    Equals(TokenStream),
    /// `key(tokens)`
    List(TokenStream),
    /// `key(tokens) = tokens`
    ListEquals(TokenStream, TokenStream),
}

/// The items of all attributes of one place that this language knows, by attribute, in order. What is unknown, not
/// supported yet or there twice is said.
pub(crate) fn items(attributes: &[Attribute], place: Place, errors: &Errors) -> Vec<(&'static str, Item)> {
    let mut seen = HashSet::new();
    let mut found = Vec::new();
    for attribute in attributes {
        let Some(name) = words::attribute(attribute) else { continue };
        if !words::is_ready(name, place, attribute, errors) || name == "computed" {
            // What a field is computed from is an expression: `computed.rs` reads it.
            continue;
        }
        for item in of(attribute, name, errors) {
            let Some((name, item)) = spelling::canonical(name, place, item, errors) else { continue };
            if !words::judge(name, place, &item.key, errors) {
                continue;
            }
            if !words::repeats(place, &item.key) && !seen.insert((name, item.key.to_string())) {
                errors.at(item.key.span(), format!("`{}` is there twice", item.key));
                continue;
            }
            found.push((name, item));
        }
    }
    found
}

/// The items of one attribute.
fn of(attribute: &Attribute, name: &str, errors: &Errors) -> Vec<Item> {
    match &attribute.meta {
        Meta::List(list) if !list.tokens.is_empty() => {
            parts(&list.tokens, errors).into_iter().filter_map(|part| errors.keep(parse(part))).collect()
        }
        _ => {
            errors.at(
                attribute.path().get_ident().map_or_else(Span::call_site, Ident::span),
                format!("expected `#[{name}(..)]`"),
            );
            Vec::new()
        }
    }
}

/// Cuts tokens at their commas. One comma at the end is allowed; nothing between two is a mistake.
pub(crate) fn parts(tokens: &TokenStream, errors: &Errors) -> Vec<TokenStream> {
    let mut parts = Vec::new();
    let mut part = Vec::new();
    for token in tokens.clone() {
        match token {
            TokenTree::Punct(comma) if comma.as_char() == ',' => {
                if part.is_empty() {
                    errors.at(comma.span(), "nothing stands before this comma");
                } else {
                    parts.push(part.drain(..).collect());
                }
            }
            token => part.push(token),
        }
    }
    if !part.is_empty() {
        parts.push(part.into_iter().collect());
    }
    parts
}

fn item(input: ParseStream<'_>) -> syn::Result<Item> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected a word, `key`, `key = value` or `key(..)`"));
    }
    let key = input.call(Ident::parse_any)?;
    if input.is_empty() {
        return Ok(Item { key, value: Value::None });
    }
    if input.parse::<Option<Token![=]>>()?.is_some() {
        if input.is_empty() {
            return Err(syn::Error::new(key.span(), format!("`{key} =` lacks its value")));
        }
        return Ok(Item { key, value: Value::Equals(input.parse()?) });
    }
    match input.parse::<TokenTree>()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && input.is_empty() => {
            Ok(Item { key, value: Value::List(group.stream()) })
        }
        TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis && input.peek(Token![=]) => {
            input.parse::<Token![=]>()?;
            Ok(Item { key, value: Value::ListEquals(group.stream(), input.parse()?) })
        }
        token => Err(syn::Error::new(token.span(), format!("expected a comma, `=` or `(..)` after `{key}`"))),
    }
}

/// Parses tokens as an item, `key`, `key = ..` or `key(..)`.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Item> {
    read(tokens, item)
}

/// Parses all of these tokens. What ends too early is said at its last token: the parser knows no better place than the
/// derive.
pub(crate) fn read<T>(tokens: TokenStream, parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> syn::Result<T> {
    let last = tokens.clone().into_iter().last().map_or_else(Span::call_site, |token| token.span());
    let parse = |input: ParseStream<'_>| {
        let parsed = parser(input);
        let ends_early = parsed.is_err() && input.is_empty();
        parsed.map_err(|error| match error.to_string().strip_prefix("unexpected end of input, ") {
            Some(rest) if ends_early => syn::Error::new(last, format!("{rest} after this")),
            _ => error,
        })
    };
    parse.parse2(tokens)
}

impl Item {
    /// The item is its key and nothing else.
    pub(crate) fn flag(&self, errors: &Errors) -> bool {
        let is_flag = matches!(self.value, Value::None);
        if !is_flag {
            errors.at(self.key.span(), format!("`{}` takes no value", self.key));
        }
        is_flag
    }

    /// The parts of `key(part, ..)`, at least one.
    pub(crate) fn list(&self, form: &str, errors: &Errors) -> Option<Vec<TokenStream>> {
        match &self.value {
            Value::List(tokens) if !tokens.is_empty() => Some(parts(tokens, errors)),
            _ => self.malformed(form, errors),
        }
    }

    /// Whether it is `key()`.
    pub(crate) fn is_empty_list(&self) -> bool {
        matches!(&self.value, Value::List(tokens) if tokens.is_empty())
    }

    /// The words of `key(word, ..)`.
    pub(crate) fn idents(&self, form: &str, errors: &Errors) -> Option<Vec<Ident>> {
        let parts = self.list(form, errors)?;
        Some(
            parts
                .into_iter()
                .filter_map(|part| errors.keep(read(part, |input| input.call(Ident::parse_any))))
                .collect(),
        )
    }

    /// The tokens of `key = tokens`.
    pub(crate) fn equals(&self, form: &str, errors: &Errors) -> Option<TokenStream> {
        match &self.value {
            Value::Equals(tokens) => Some(tokens.clone()),
            _ => self.malformed(form, errors),
        }
    }

    /// The text of `key = "text"`.
    pub(crate) fn string(&self, errors: &Errors) -> Option<LitStr> {
        let form = format!("{} = \"..\"", self.key);
        let tokens = self.equals(&form, errors)?;
        let parsed = syn::parse2::<LitStr>(tokens);
        parsed.ok().or_else(|| self.malformed(&form, errors))
    }

    /// The word of `key = word`.
    pub(crate) fn word(&self, form: &str, errors: &Errors) -> Option<Ident> {
        let tokens = self.equals(form, errors)?;
        errors.keep(read(tokens, |input| input.call(Ident::parse_any)))
    }

    /// Says what the item should look like.
    pub(crate) fn malformed<T>(&self, form: &str, errors: &Errors) -> Option<T> {
        errors.at(self.key.span(), format!("expected `{form}`"));
        None
    }
}
