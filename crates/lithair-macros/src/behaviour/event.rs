//! `#[derive(DomainEvent)]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Fields, LitStr};

use crate::emit;
use crate::errors::Errors;
use crate::expand::expand;

/// The implementation of `DomainEvent` for a struct.
pub(crate) fn event(input: TokenStream) -> TokenStream {
    expand(input, implementation, |_| TokenStream::new())
}

fn implementation(input: &DeriveInput, errors: &Errors) -> Option<TokenStream> {
    let ident = &input.ident;
    let name = name(input, errors).unwrap_or_else(|| ident.unraw().to_string());
    let Data::Struct(data) = &input.data else {
        errors.at(ident.span(), "an event is a struct");
        return None;
    };
    if !input.generics.params.is_empty() {
        errors.at(ident.span(), "an event has no generic parameters: it is stored as one thing");
    }
    let members: Vec<&syn::Field> = match &data.fields {
        Fields::Named(named) => named.named.iter().collect(),
        Fields::Unit => Vec::new(),
        Fields::Unnamed(unnamed) => {
            errors.at(unnamed.span(), "name the event's fields: in JSON they are members of an object");
            Vec::new()
        }
    };
    let idents: Vec<_> = members.iter().map(|field| field.ident.as_ref().expect("named")).collect();
    let schemas: Vec<TokenStream> = members
        .iter()
        .zip(&idents)
        .map(|(field, ident)| {
            let (ty, name) = (&field.ty, ident.unraw().to_string());
            quote_spanned!(ty.span()=> _m::field::<#ty>(#name))
        })
        .collect();
    let tokens = emit::block(
        None,
        quote! {
            #[automatically_derived]
            impl _m::DomainEvent for #ident {
                const NAME: ::core::option::Option<&'static str> = ::core::option::Option::Some(#name);
                fn payload(&self) -> ::std::string::String {
                    _m::payload(&[#((#schemas, _m::FieldType::to_value(&self.#idents))),*])
                }
                fn from_payload(payload: &str) -> ::core::result::Result<Self, ::std::string::String> {
                    let mut _values = _m::event_values(&[#(#schemas),*], payload)?;
                    ::core::result::Result::Ok(Self {
                        #(#idents: _values.take().map_err(|error| ::std::string::ToString::to_string(&error))?),*
                    })
                }
            }
        },
    );
    Some(tokens)
}

/// `#[event(name = "..")]`.
fn name(input: &DeriveInput, errors: &Errors) -> Option<String> {
    let attribute = input.attrs.iter().find(|attribute| attribute.path().is_ident("event"))?;
    let mut name = None;
    let parsed = attribute.parse_nested_meta(|meta| {
        if !meta.path.is_ident("name") {
            return Err(meta.error("expected `#[event(name = \"..\")]`"));
        }
        name = Some(meta.value()?.parse::<LitStr>()?.value());
        Ok(())
    });
    errors.keep(parsed);
    name
}
