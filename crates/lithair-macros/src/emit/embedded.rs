//! `FieldType` for a struct.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Path};

use super::{at, block, field, named};
use crate::ast::Model;
use crate::check::named_in_form;

/// The implementation of `FieldType` for a struct.
pub(crate) fn embedded(structure: &Model) -> TokenStream {
    let ident = &structure.ident;
    let name = ident.unraw().to_string();
    let schemas = structure.fields.iter().map(field::schema);
    let values = structure.fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> _m::FieldType::to_value(&self.#ident))
    });
    let taken = structure.fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> #ident: values.take()?)
    });
    let named = named(&named_in_form(structure));
    block(
        structure.attributes.krate.as_ref(),
        quote! {
            #[automatically_derived]
            impl _m::FieldType for #ident {
                const KIND: _m::Kind = _m::Kind::Struct(&_m::StructSchema::new(#name, &[#(#schemas),*]));
                fn to_value(&self) -> _m::Value {
                    _m::members([#(#values),*])
                }
                fn from_value(value: _m::Value) -> _m::Fit<Self> {
                    let mut values = _m::Values::of_members(#name, value)?;
                    ::core::result::Result::Ok(Self { #(#taken),* })
                }
            }
            #named
        },
    )
}

/// An implementation that compiles whatever the struct is.
pub(crate) fn embedded_fallback(ident: &Ident, krate: Option<&Path>) -> TokenStream {
    let name = ident.unraw().to_string();
    block(
        krate,
        quote! {
            impl _m::FieldType for #ident {
                const KIND: _m::Kind = _m::Kind::Struct(&_m::StructSchema { name: #name, fields: &[] });
                fn to_value(&self) -> _m::Value {
                    _m::Value::Null
                }
                fn from_value(found: _m::Value) -> _m::Fit<Self> {
                    _m::mismatch(#name, found)
                }
            }
        },
    )
}
