//! `FieldType` for an enum.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Path};

use super::{at, block, field, named};
use crate::ast::{EnumVariant, Enumeration};
use crate::check::named_in_form;

/// The implementation of `FieldType` for an enum.
pub(crate) fn enumeration(enumeration: &Enumeration) -> TokenStream {
    let ident = &enumeration.ident;
    let name = ident.unraw().to_string();
    let schemas = enumeration.variants.iter().map(variant_schema);
    let has_data = enumeration.variants.iter().any(|variant| !variant.form.fields.is_empty());
    let to_values = enumeration.variants.iter().map(if has_data { to_tagged } else { to_text });
    let from_values = enumeration.variants.iter().map(if has_data { from_tagged } else { from_text });
    let named = enumeration.variants.iter().filter_map(|variant| named(&named_in_form(&variant.form)));
    block(
        enumeration.krate.as_ref(),
        quote! {
            #[automatically_derived]
            impl _m::FieldType for #ident {
                const KIND: _m::Kind = _m::Kind::Enum(&_m::EnumSchema { name: #name, variants: &[#(#schemas),*] });
                fn to_value(&self) -> _m::Value {
                    match self {
                        #(#to_values,)*
                    }
                }
                fn from_value(value: _m::Value) -> _m::Fit<Self> {
                    match value {
                        #(#from_values,)*
                        found => _m::mismatch(#name, found),
                    }
                }
            }
            #(#named)*
        },
    )
}

/// An implementation that compiles whatever the enum is.
pub(crate) fn enumeration_fallback(ident: &Ident, krate: Option<&Path>) -> TokenStream {
    let name = ident.unraw().to_string();
    block(
        krate,
        quote! {
            impl _m::FieldType for #ident {
                const KIND: _m::Kind = _m::Kind::Enum(&_m::EnumSchema { name: #name, variants: &[] });
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

fn variant_schema(variant: &EnumVariant) -> TokenStream {
    let (name, wire) = (variant.ident.unraw().to_string(), &variant.wire);
    let fields = variant.form.fields.iter().map(field::schema);
    quote!(_m::VariantSchema { name: #name, wire: #wire, fields: &[#(#fields),*] })
}

fn to_text(variant: &EnumVariant) -> TokenStream {
    let EnumVariant { ident, wire, .. } = variant;
    quote!(Self::#ident { .. } => _m::named(#wire))
}

fn from_text(variant: &EnumVariant) -> TokenStream {
    let EnumVariant { ident, wire, .. } = variant;
    quote!(_m::Value::Text(name) if name == #wire => ::core::result::Result::Ok(Self::#ident {}))
}

fn to_tagged(variant: &EnumVariant) -> TokenStream {
    let EnumVariant { ident, wire, form } = variant;
    let fields = &form.fields;
    let idents = fields.iter().map(|field| &field.ident);
    let values = fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> _m::FieldType::to_value(#ident))
    });
    quote!(Self::#ident { #(#idents),* } => _m::tagged(#wire, [#(#values),*]))
}

fn from_tagged(variant: &EnumVariant) -> TokenStream {
    let EnumVariant { ident, wire, form } = variant;
    let fields = &form.fields;
    if fields.is_empty() {
        return quote!(_m::Value::Variant(name, _) if name == #wire => ::core::result::Result::Ok(Self::#ident {}));
    }
    let fields = fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> #ident: values.take()?)
    });
    quote! {
        _m::Value::Variant(name, values) if name == #wire => {
            let mut values = _m::Values::new(values);
            ::core::result::Result::Ok(Self::#ident { #(#fields),* })
        }
    }
}
