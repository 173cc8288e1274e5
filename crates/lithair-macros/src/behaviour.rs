//! Behaviour in `impl` blocks: `#[commands]`, `#[hooks]`, `#[projection]`, and the derives for events and errors.
//!
//! The methods stay as they are written. What is added is a constant on the struct that the model's derive finds by its name, so
//! nothing has to be registered; a method is called through a closure of a line.

mod commands;
mod cron;
mod error;
mod event;
mod hooks;
mod method;
mod projection;
mod schedule;

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, ItemImpl};

use crate::errors::Errors;

pub(crate) use error::error;
pub(crate) use event::event;

pub(crate) fn commands(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_impl(item, |block, errors| {
        takes_nothing(&arguments, errors);
        commands::commands(block, errors)
    })
}

pub(crate) fn hooks(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_impl(item, |block, errors| {
        takes_nothing(&arguments, errors);
        hooks::hooks(block, errors)
    })
}

pub(crate) fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    on_impl(item, |block, errors| projection::projection(&arguments, block, errors))
}

fn takes_nothing(arguments: &TokenStream, errors: &Errors) {
    if let Some(token) = arguments.clone().into_iter().next() {
        errors.at(token.span(), "this attribute takes nothing");
    }
}

/// The block without the attributes of this language, and what is added to it.
fn on_impl(item: TokenStream, added: impl FnOnce(&mut ItemImpl, &Errors) -> TokenStream) -> TokenStream {
    let mut block = match syn::parse2::<ItemImpl>(item) {
        Ok(block) => block,
        Err(error) => return error.into_compile_error(),
    };
    let errors = Errors::new();
    if block.trait_.is_some() || !block.generics.params.is_empty() {
        errors.at(block.impl_token.span, "this attribute stands on `impl Model { .. }`");
    }
    let added = added(&mut block, &errors);
    let mut tokens = block.into_token_stream();
    match errors.finish() {
        None => tokens.extend(added),
        Some(error) => tokens.extend(error.into_compile_error()),
    }
    tokens
}

/// Takes the attribute of this name from those of a method.
fn take(attributes: &mut Vec<Attribute>, name: &str) -> Option<Attribute> {
    let place = attributes.iter().position(|attribute| attribute.path().is_ident(name))?;
    Some(attributes.remove(place))
}

/// The documentation that stands on an item, its lines joined.
fn documentation(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        syn::Meta::NameValue(pair) if pair.path.is_ident("doc") => match &pair.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value().trim().to_owned()),
            _ => None,
        },
        _ => None,
    };
    attributes.iter().filter_map(line).collect::<Vec<_>>().join(" ").trim().to_owned()
}
