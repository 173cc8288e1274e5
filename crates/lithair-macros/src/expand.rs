//! From the tokens of an item to the tokens that the derive adds.

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;
use crate::{ast, check, emit, fallback};

pub(crate) fn model(input: TokenStream) -> TokenStream {
    expand(input, model_of, fallback::model)
}

pub(crate) fn enumeration(input: TokenStream) -> TokenStream {
    expand(input, enumeration_of, fallback::enumeration)
}

pub(crate) fn embedded(input: TokenStream) -> TokenStream {
    expand(input, embedded_of, fallback::embedded)
}

fn model_of(input: &DeriveInput, errors: &Errors) -> Option<TokenStream> {
    let model = ast::model(input, errors)?;
    let checked = check::model(&model, errors);
    Some(emit::model(&checked))
}

fn enumeration_of(input: &DeriveInput, errors: &Errors) -> Option<TokenStream> {
    let enumeration = ast::enumeration(input, errors)?;
    check::embedded::enumeration(&enumeration, errors);
    Some(emit::enumeration(&enumeration))
}

fn embedded_of(input: &DeriveInput, errors: &Errors) -> Option<TokenStream> {
    let structure = ast::embedded(input, errors)?;
    check::embedded::structure(&structure, errors);
    Some(emit::embedded(&structure))
}

/// What the derive adds; with mistakes, those and an implementation that keeps the rest of the program quiet.
pub(crate) fn expand(
    input: TokenStream,
    expansion: impl FnOnce(&DeriveInput, &Errors) -> Option<TokenStream>,
    fallback: impl FnOnce(&DeriveInput) -> TokenStream,
) -> TokenStream {
    let input = match syn::parse2::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let errors = Errors::new();
    let expansion = expansion(&input, &errors);
    match errors.finish() {
        None => expansion.expect("what has no expansion has a mistake"),
        Some(error) => {
            let mut tokens = error.into_compile_error();
            tokens.extend(fallback(&input));
            tokens
        }
    }
}

/// A policy as a constant.
pub(crate) fn policy(input: TokenStream) -> TokenStream {
    match crate::policy::parse(input) {
        Ok(policy) => emit::policy_value(&policy),
        Err(error) => error.to_compile_error(),
    }
}
