//! `states(initial = Draft, submit: Draft -> Review if words > 100, ..)`.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, Token};

use super::item::{self, Item};
use crate::errors::Errors;
use crate::expr::{self, Node};
use crate::policy::{self, Policy};

/// A state machine. States are names of variants.
pub(crate) struct States {
    pub(crate) word: Ident,
    pub(crate) initial: Ident,
    pub(crate) transitions: Vec<Transition>,
}

/// A way from state to state.
pub(crate) struct Transition {
    pub(crate) name: Ident,
    pub(crate) from: Vec<Ident>,
    pub(crate) to: Ident,
    pub(crate) guard: Option<Node>,
    /// Who may go it.
    pub(crate) by: Option<Policy>,
}

const FORM: &str = "states(initial = Draft, submit: Draft -> Review if condition, ..)";

pub(crate) fn states(item: &Item, errors: &Errors) -> Option<States> {
    let mut parts = item.list(FORM, errors)?.into_iter();
    let initial = parts.next().and_then(|part| errors.keep(item::read(part, initial)))?;
    let transitions = parts.filter_map(|part| errors.keep(item::read(part, transition))).collect();
    Some(States { word: item.key.clone(), initial, transitions })
}

fn initial(input: ParseStream<'_>) -> syn::Result<Ident> {
    let word = input.call(Ident::parse_any)?;
    if word != "initial" {
        return Err(syn::Error::new(word.span(), format!("expected `{FORM}`")));
    }
    input.parse::<Token![=]>()?;
    input.parse()
}

fn transition(input: ParseStream<'_>) -> syn::Result<Transition> {
    let name = input.parse()?;
    input.parse::<Token![:]>()?;
    let mut from = vec![input.parse()?];
    while input.parse::<Option<Token![|]>>()?.is_some() {
        from.push(input.parse()?);
    }
    input.parse::<Token![->]>()?;
    let to = input.parse()?;
    let guard = input.parse::<Option<Token![if]>>()?.map(|_| guard(input)).transpose()?;
    let by = match peek_by(input) {
        true => {
            input.call(Ident::parse_any)?;
            Some(policy::parse(input.parse()?)?)
        }
        false => None,
    };
    if input.peek(Ident::peek_any) {
        let word = input.call(Ident::parse_any)?;
        return Err(syn::Error::new(word.span(), "expected `if condition`, `by policy`, or a comma"));
    }
    Ok(Transition { name, from, to, guard, by })
}

/// An expression, up to a `by`.
fn guard(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !peek_by(input) {
        tokens.extend([input.parse::<TokenTree>()?]);
    }
    expr::parse(tokens)
}

fn peek_by(input: ParseStream<'_>) -> bool {
    input.fork().call(Ident::parse_any).is_ok_and(|word| word == "by")
}
