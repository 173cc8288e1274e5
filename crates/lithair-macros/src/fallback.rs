//! What is emitted beside mistakes, so that the author sees those and nothing that follows from them.

use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Type};

use crate::ast::{self, Field, Model};
use crate::attr::words::Place;
use crate::check::keys::is_of;
use crate::errors::Errors;
use crate::{attr, emit};

/// A model with the key that is declared, as far as one is: other models' references depend on it.
pub(crate) fn model(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let said_already = Errors::new();
    let model = ast::model(input, &said_already);
    said_already.finish();
    let krate = model.as_ref().and_then(|model| model.attributes.krate.as_ref());
    emit::model_fallback(&input.ident, krate, &model.as_ref().map(key).unwrap_or_default())
}

/// The type of an enum, without variants.
pub(crate) fn enumeration(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let said_already = Errors::new();
    let attributes = attr::enumeration::parse(&input.attrs, Place::Enum, &said_already);
    said_already.finish();
    emit::enumeration_fallback(&input.ident, attributes.krate.as_ref())
}

/// The type of an embedded struct, without fields.
pub(crate) fn embedded(input: &DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let said_already = Errors::new();
    let attributes = attr::enumeration::parse(&input.attrs, Place::Embedded, &said_already);
    said_already.finish();
    emit::embedded_fallback(&input.ident, attributes.krate.as_ref())
}

fn key(model: &Model) -> Vec<Type> {
    let named = |name: &Ident| model.fields.iter().find(|field| field.ident == *name);
    let fields: Vec<&Field> = match &model.attributes.primary_key {
        Some((_, names)) => names.iter().filter_map(named).collect(),
        None => model.fields.iter().find(|field| field.attributes.primary_key.is_some()).into_iter().collect(),
    };
    // A key that is of its own type was refused, and rustc would not find an end of it.
    let has_end = fields.iter().all(|field| !is_of(&field.shape.class, model));
    if has_end { fields.into_iter().map(|field| field.ty.clone()).collect() } else { Vec::new() }
}
