//! The tokens that the derives add. The only file that quotes.
//!
//! Paths are absolute. `__lithair` is the one name that an expansion brings in, inside a block of its own.

mod enumeration;
mod expr;
mod field;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::ast::Field;
use crate::attr::field::OnDelete;
use crate::check::{Check, Checked, Relation, Term, Unique};

pub(crate) use enumeration::{enumeration, enumeration_fallback};

/// The implementation of `Model`.
pub(crate) fn model(checked: &Checked<'_>) -> TokenStream {
    let ident = &checked.model.ident;
    let (key, schema) = (key_type(checked), schema(checked));
    let (value, from_values) = (value(checked), from_values(checked));
    let variants = variants(checked);
    block(
        checked.model.attributes.krate.as_ref(),
        quote! {
            #[automatically_derived]
            impl __lithair::Model for #ident {
                type Key = #key;
                const SCHEMA: &'static __lithair::ModelSchema = &#schema;
                #value
                #from_values
            }
            #variants
        },
    )
}

/// An implementation that compiles whatever the struct is: the mistakes are said elsewhere, and it never runs.
pub(crate) fn model_fallback(ident: &Ident, krate: Option<&Path>, key: &[Type]) -> TokenStream {
    let key = match key {
        [] => quote!(__lithair::Uuid),
        [key] => quote!(#key),
        keys => quote!((#(#keys),*)),
    };
    let name = ident.to_string();
    block(
        krate,
        quote! {
            impl __lithair::Model for #ident {
                type Key = #key;
                const SCHEMA: &'static __lithair::ModelSchema = &__lithair::ModelSchema {
                    name: #name,
                    table: #name,
                    path: #name,
                    fields: &[],
                    key: &[],
                    uniques: &[],
                    indexes: &[],
                    checks: &[],
                    relations: &[],
                    order: &[],
                    operations: &[],
                    page: __lithair::PageSchema::DEFAULT,
                    body_bytes_max: __lithair::BODY_BYTES_MAX_DEFAULT,
                    access: __lithair::AccessSchema::Public,
                };
                fn value(&self, _: usize) -> __lithair::Value {
                    __lithair::Value::Null
                }
                fn from_values(_: ::std::vec::Vec<__lithair::Value>) -> ::core::result::Result<Self, __lithair::Mismatch> {
                    ::core::result::Result::Err(__lithair::Mismatch { expected: #name, found: __lithair::Value::Null })
                }
            }
        },
    )
}

/// A block of its own, in which `__lithair` is the door to the constants' types.
fn block(krate: Option<&Path>, content: TokenStream) -> TokenStream {
    let krate = krate.map_or_else(|| quote!(::lithair_core), |path| quote!(#path));
    quote! {
        const _: () = {
            use #krate::__private as __lithair;
            #content
        };
    }
}

fn key_type(checked: &Checked<'_>) -> TokenStream {
    let fields: Vec<&Type> = checked.key.iter().filter_map(|&place| Some(&member(checked, place)?.ty)).collect();
    match fields.as_slice() {
        [] => quote!(__lithair::Uuid),
        [ty] => quote!(#ty),
        types => quote!((#(#types),*)),
    }
}

/// The struct's field at a place of the schema.
fn member<'a>(checked: &Checked<'a>, place: usize) -> Option<&'a Field> {
    checked.model.fields.get(place.checked_sub(usize::from(checked.implicit_key))?)
}

fn schema(checked: &Checked<'_>) -> TokenStream {
    let Checked { table, path, .. } = checked;
    let attributes = &checked.model.attributes;
    let name = syn::ext::IdentExt::unraw(&checked.model.ident).to_string();
    let implicit = checked.implicit_key.then(field::implicit_key);
    let fields = implicit.into_iter().chain(checked.model.fields.iter().map(field::schema));
    let key = places(&checked.key);
    let uniques = checked.uniques.iter().map(unique);
    let indexes = checked.indexes.iter().map(|index| {
        let terms = terms(index);
        quote!(__lithair::IndexSchema { terms: #terms })
    });
    let checks = checked.checks.iter().map(check);
    let relations = checked.relations.iter().map(relation);
    let order = terms(&checked.order);
    let operations = match &attributes.operations {
        None => quote!(__lithair::OperationKind::ALL),
        Some(operations) => {
            let operations = operations.iter().map(|name| Ident::new(name, Span::call_site()));
            quote!(&[#(__lithair::OperationKind::#operations),*])
        }
    };
    let page = match checked.page {
        None => quote!(__lithair::PageSchema::DEFAULT),
        Some((default, max)) => {
            let (default, max) = (Literal::u32_unsuffixed(default), Literal::u32_unsuffixed(max));
            quote!(__lithair::PageSchema { default: #default, max: #max })
        }
    };
    let body_bytes_max = match attributes.body_bytes_max {
        None => quote!(__lithair::BODY_BYTES_MAX_DEFAULT),
        Some(bytes) => Literal::u32_unsuffixed(bytes).into_token_stream(),
    };
    quote! {
        __lithair::ModelSchema {
            name: #name,
            table: #table,
            path: #path,
            fields: &[#(#fields),*],
            key: #key,
            uniques: &[#(#uniques),*],
            indexes: &[#(#indexes),*],
            checks: &[#(#checks),*],
            relations: &[#(#relations),*],
            order: #order,
            operations: #operations,
            page: #page,
            body_bytes_max: #body_bytes_max,
            access: __lithair::AccessSchema::Public,
        }
    }
}

use quote::ToTokens;

fn unique(unique: &Unique<'_>) -> TokenStream {
    let (fields, ignore_case) = (places(&unique.fields), unique.ignore_case);
    let condition = option(unique.condition.map(expr::expr));
    quote!(__lithair::UniqueSchema { fields: #fields, ignore_case: #ignore_case, condition: #condition })
}

fn check(check: &Check<'_>) -> TokenStream {
    let (condition, message) = (expr::expr(check.condition), &check.message);
    let field = option(check.field.map(|place| Literal::usize_unsuffixed(place).into_token_stream()));
    quote!(__lithair::CheckSchema { condition: #condition, message: #message, field: #field })
}

fn relation(relation: &Relation) -> TokenStream {
    let Relation { name, target, .. } = relation;
    let fields = places(&[relation.field]);
    let on_delete = match relation.on_delete {
        OnDelete::Restrict => quote!(Restrict),
        OnDelete::Cascade => quote!(Cascade),
        OnDelete::SetNull => quote!(SetNull),
        OnDelete::SetDefault => quote!(SetDefault),
    };
    quote! {
        __lithair::RelationSchema {
            name: #name,
            fields: #fields,
            target: || <#target as __lithair::Model>::SCHEMA,
            on_delete: __lithair::OnDelete::#on_delete,
        }
    }
}

fn places(places: &[usize]) -> TokenStream {
    let places = places.iter().map(|&place| Literal::usize_unsuffixed(place));
    quote!(&[#(#places),*])
}

fn terms(terms: &[Term]) -> TokenStream {
    let terms = terms.iter().map(|term| {
        let (field, descending) = (Literal::usize_unsuffixed(term.field), term.descending);
        quote!(__lithair::SortTerm { field: #field, descending: #descending })
    });
    quote!(&[#(#terms),*])
}

fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

/// `Model::value`. A place without a member is an implicit key.
fn value(checked: &Checked<'_>) -> TokenStream {
    let arms = checked.model.fields.iter().enumerate().map(|(index, field)| {
        let place = Literal::usize_unsuffixed(index + usize::from(checked.implicit_key));
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> #place => __lithair::FieldType::to_value(&self.#ident))
    });
    quote! {
        fn value(&self, field: usize) -> __lithair::Value {
            match field {
                #(#arms,)*
                _ => __lithair::Value::Null,
            }
        }
    }
}

/// `Model::from_values`. A value too few is null.
fn from_values(checked: &Checked<'_>) -> TokenStream {
    let skip = checked.implicit_key.then(|| quote!(.skip(1)));
    let fields = checked.model.fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        let next = next();
        quote_spanned!(span=> #ident: __lithair::FieldType::from_value(#next)?)
    });
    quote! {
        fn from_values(
            values: ::std::vec::Vec<__lithair::Value>,
        ) -> ::core::result::Result<Self, __lithair::Mismatch> {
            let mut values = values.into_iter()#skip;
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
    }
}

/// The next of `values`.
fn next() -> TokenStream {
    quote!(values.next().unwrap_or(__lithair::Value::Null))
}

/// Where a type stands, for the mistakes that rustc finds in it.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// Lets rustc judge the variants that expressions name: that they exist, and are of the field's enum.
fn variants(checked: &Checked<'_>) -> Option<TokenStream> {
    if checked.variants.is_empty() {
        return None;
    }
    let lines = checked.variants.iter().map(|(path, ty)| {
        let ty = ty.as_ref().map(|ty| quote!(: #ty));
        quote!(let _ #ty = #path;)
    });
    Some(quote! {
        const _: fn() = || {
            #(#lines)*
        };
    })
}
