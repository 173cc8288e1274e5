use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Ident, Path};

use super::{at, block, next};
use crate::ast::{EnumVariant, Enumeration, VariantField};

/// The implementation of `FieldType` for an enum.
pub(crate) fn enumeration(enumeration: &Enumeration) -> TokenStream {
    let ident = &enumeration.ident;
    let name = ident.unraw().to_string();
    let variants = enumeration.variants.iter().map(variant_schema);
    let has_data = enumeration.variants.iter().any(|variant| !variant.fields.is_empty());
    let (to_value, from_value) = if has_data { with_data(enumeration) } else { plain(enumeration) };
    block(
        enumeration.krate.as_ref(),
        quote! {
            #[automatically_derived]
            impl __lithair::FieldType for #ident {
                const KIND: __lithair::Kind = __lithair::Kind::Enum(&__lithair::EnumSchema {
                    name: #name,
                    variants: &[#(#variants),*],
                });
                fn to_value(&self) -> __lithair::Value {
                    match self {
                        #(#to_value)*
                    }
                }
                fn from_value(value: __lithair::Value) -> ::core::result::Result<Self, __lithair::Mismatch> {
                    #from_value
                }
            }
        },
    )
}

/// An implementation that compiles whatever the enum is.
pub(crate) fn enumeration_fallback(ident: &Ident, krate: Option<&Path>) -> TokenStream {
    let name = ident.to_string();
    block(
        krate,
        quote! {
            impl __lithair::FieldType for #ident {
                const KIND: __lithair::Kind =
                    __lithair::Kind::Enum(&__lithair::EnumSchema { name: #name, variants: &[] });
                fn to_value(&self) -> __lithair::Value {
                    __lithair::Value::Null
                }
                fn from_value(found: __lithair::Value) -> ::core::result::Result<Self, __lithair::Mismatch> {
                    ::core::result::Result::Err(__lithair::Mismatch { expected: #name, found })
                }
            }
        },
    )
}

fn variant_schema(variant: &EnumVariant) -> TokenStream {
    let (name, wire) = (variant.ident.unraw().to_string(), &variant.wire);
    let fields = variant.fields.iter().map(field_schema);
    quote!(__lithair::VariantSchema { name: #name, wire: #wire, fields: &[#(#fields),*] })
}

fn field_schema(field: &VariantField) -> TokenStream {
    let VariantField { name, wire, ty, .. } = field;
    let plain = quote_spanned!(at(ty)=> __lithair::FieldSchema::of::<#ty>(#name));
    if name == wire { plain } else { quote!(__lithair::FieldSchema { wire: #wire, ..#plain }) }
}

/// Texts.
fn plain(enumeration: &Enumeration) -> (Vec<TokenStream>, TokenStream) {
    let name = enumeration.ident.unraw().to_string();
    let arms = |arm: &dyn Fn(&Ident, &String) -> TokenStream| -> Vec<TokenStream> {
        enumeration.variants.iter().map(|variant| arm(&variant.ident, &variant.wire)).collect()
    };
    let to = arms(&|ident, wire| quote!(Self::#ident => __lithair::Value::Text(::std::string::String::from(#wire)),));
    let from = arms(&|ident, wire| quote!(__lithair::Value::Text(text) if text == #wire => Self::#ident,));
    let from_value = quote! {
        ::core::result::Result::Ok(match value {
            #(#from)*
            found => return ::core::result::Result::Err(__lithair::Mismatch { expected: #name, found }),
        })
    };
    (to, from_value)
}

/// Names with values.
fn with_data(enumeration: &Enumeration) -> (Vec<TokenStream>, TokenStream) {
    let name = enumeration.ident.unraw().to_string();
    let to = enumeration.variants.iter().map(|variant| {
        let EnumVariant { ident, wire, fields } = variant;
        let idents: Vec<&Ident> = fields.iter().map(|field| &field.ident).collect();
        let values = fields.iter().map(|field| {
            let (ident, span) = (&field.ident, at(&field.ty));
            quote_spanned!(span=> __lithair::FieldType::to_value(#ident))
        });
        quote! {
            Self::#ident { #(#idents),* } => __lithair::Value::Variant(
                ::std::borrow::Cow::Borrowed(#wire),
                ::std::vec::Vec::from([#(#values),*]),
            ),
        }
    });
    let from = enumeration.variants.iter().map(|variant| {
        let EnumVariant { ident, wire, fields } = variant;
        let values = (!fields.is_empty()).then(|| quote!(let mut values = values.into_iter();));
        let fields = fields.iter().map(|field| {
            let (ident, span, next) = (&field.ident, at(&field.ty), next());
            quote_spanned!(span=> #ident: __lithair::FieldType::from_value(#next)?)
        });
        let binding = if values.is_some() { quote!(values) } else { quote!(_) };
        quote! {
            __lithair::Value::Variant(name, #binding) if name == #wire => {
                #values
                Self::#ident { #(#fields),* }
            }
        }
    });
    let from_value = quote! {
        ::core::result::Result::Ok(match value {
            #(#from)*
            found => return ::core::result::Result::Err(__lithair::Mismatch { expected: #name, found }),
        })
    };
    (to.collect(), from_value)
}
