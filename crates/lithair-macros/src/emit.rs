//! The tokens that the derives add. The only file, with its parts, that quotes.
//!
//! Paths are absolute. `_m` is the one name that an expansion brings in, inside a block of its own: the words of
//! `lithair_model::declare`.

mod embedded;
mod enumeration;
mod expr;
pub(crate) mod field;
mod link;
pub(crate) mod policy;
mod security;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Ident, Path, Type};

use crate::ast::Field;
use crate::attr::field::OnDelete;
use crate::attr::history::History;
use crate::check::{Check, Checked, Named, Relation, Term, Unique};
use crate::types::Class;

pub(crate) use embedded::{embedded, embedded_fallback};
pub(crate) use enumeration::{enumeration, enumeration_fallback};

/// The implementation of `Model`.
pub(crate) fn model(checked: &Checked<'_>) -> TokenStream {
    let ident = &checked.model.ident;
    let key = key_type(checked.key.iter().filter_map(|&place| Some(&member(checked, place)?.ty)));
    let (schema, value, from_values) = (schema(checked), value(checked), from_values(checked));
    let (variants, markers, limited) = (named(&checked.named), link::markers(checked), security::operations(checked));
    block(
        checked.model.attributes.krate.as_ref(),
        quote! {
            use _m::NoBehaviour as _;
            #[automatically_derived]
            impl _m::Model for #ident {
                type Key = #key;
                const SCHEMA: &'static _m::ModelSchema = &#schema;
                #value
                #from_values
            }
            #variants
            #markers
            #limited
        },
    )
}

/// An implementation that compiles whatever the struct is: the mistakes are said elsewhere, and it never runs.
pub(crate) fn model_fallback(ident: &Ident, krate: Option<&Path>, key: &[Type]) -> TokenStream {
    let key = key_type(key.iter());
    let name = ident.unraw().to_string();
    block(
        krate,
        quote! {
            impl _m::Model for #ident {
                type Key = #key;
                const SCHEMA: &'static _m::ModelSchema = &_m::nothing(#name);
                fn value(&self, _: usize) -> _m::Value {
                    _m::Value::Null
                }
                fn from_values(_: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
                    _m::mismatch(#name, _m::Value::Null)
                }
            }
        },
    )
}

/// A block of its own, in which `_m` is the door to the words of a schema.
pub(crate) fn block(krate: Option<&Path>, content: TokenStream) -> TokenStream {
    let krate = krate.map_or_else(|| quote!(::lithair_core), |path| quote!(#path));
    quote! {
        const _: () = {
            use #krate::__private::declare as _m;
            #content
        };
    }
}

/// A policy as a value of its own.
pub(crate) fn policy_value(policy: &crate::policy::Policy) -> TokenStream {
    let policy = policy::policy(policy);
    quote! {{
        use ::lithair_core::__private::declare as _m;
        const POLICY: _m::Policy = #policy;
        POLICY
    }}
}

/// The type of a key of fields of these types; without any, that of the implicit one.
fn key_type<'a>(types: impl Iterator<Item = &'a Type>) -> TokenStream {
    let types: Vec<&Type> = types.collect();
    match types.as_slice() {
        [] => quote!(_m::Uuid),
        [ty] => quote!(#ty),
        types => quote!((#(#types),*)),
    }
}

/// The struct's field at a place of the schema.
fn member<'a>(checked: &Checked<'a>, place: usize) -> Option<&'a Field> {
    checked.model.fields.get(place.checked_sub(usize::from(checked.implicit_key))?)
}

/// The model's schema. Only what is declared is written; the rest is a plain model's.
fn schema(checked: &Checked<'_>) -> TokenStream {
    let Checked { table, path, .. } = checked;
    let ident = &checked.model.ident;
    let name = ident.unraw().to_string();
    let implicit = checked.implicit_key.then(field::implicit_key);
    let fields = implicit.into_iter().chain(checked.model.fields.iter().map(field::schema));
    let key = places(&checked.key);
    let declared = [
        checked
            .model
            .attributes
            .renamed_from
            .as_ref()
            .map(|former| quote!(renamed_from: ::core::option::Option::Some(#former),)),
        list("uniques", checked.uniques.iter().map(unique)),
        list("indexes", checked.indexes.iter().map(|terms| index(checked, terms))),
        list("fulltext", checked.fulltext.iter().map(weighted)),
        list("checks", checked.checks.iter().map(check)),
        list("relations", checked.relations.iter().map(relation)),
        list("links", checked.links.iter().map(link::schema)),
        (!checked.order.is_empty()).then(|| terms(checked, &checked.order)).map(|order| quote!(order: #order,)),
        operations(checked),
        page(checked),
        body_bytes_max(checked),
        lifecycle(checked),
        security::schema(&checked.model.attributes.security),
        checked.tenant.map(|place| {
            let place = Literal::usize_unsuffixed(place);
            quote!(tenant: ::core::option::Option::Some(#place),)
        }),
    ];
    let access = policy::access(checked.model);
    let unenforced = unenforced(checked.model);
    let declared = declared.into_iter().flatten();
    quote! {
        _m::ModelSchema {
            name: #name,
            table: #table,
            path: #path,
            fields: &[#(#fields),*],
            key: #key,
            #(#declared)*
            commands: <#ident>::LITHAIR_COMMANDS,
            hooks_before: <#ident>::LITHAIR_HOOKS_BEFORE,
            hooks_after: <#ident>::LITHAIR_HOOKS_AFTER,
            schedules: <#ident>::LITHAIR_SCHEDULES,
            projection: <#ident>::LITHAIR_PROJECTION,
            access: #access,
            #unenforced
            .._m::ModelSchema::PLAIN
        }
    }
}

/// What is declared and not enforced yet, if anything is.
fn unenforced(model: &crate::ast::Model) -> Option<TokenStream> {
    let own = model.attributes.unenforced.iter().cloned();
    let fields = model
        .fields
        .iter()
        .flat_map(|field| field.attributes.unenforced.iter().map(move |what| format!("{what} of `{}`", field.name)));
    let all: Vec<String> = own.chain(fields).collect();
    (!all.is_empty()).then(|| quote!(unenforced: &[#(#all),*],))
}

/// A list of the schema, if there is anything in it.
fn list(name: &str, parts: impl Iterator<Item = TokenStream>) -> Option<TokenStream> {
    let parts: Vec<TokenStream> = parts.collect();
    let name = Ident::new(name, Span::call_site());
    (!parts.is_empty()).then(|| quote!(#name: &[#(#parts),*],))
}

fn lifecycle(checked: &Checked<'_>) -> Option<TokenStream> {
    let attributes = &checked.model.attributes;
    let optimistic_lock = attributes.optimistic_lock.then(|| quote!(.optimistic_lock()));
    let immutable_when = attributes.immutable_when.as_ref().map(|condition| {
        let condition = expr::expr(condition);
        quote!(.immutable_when(#condition))
    });
    let soft_delete = attributes.soft_delete.as_ref().map(|soft| {
        let cascade = soft.cascade.iter().map(|table| table.unraw().to_string());
        let purge_after = match soft.purge_after.map(Literal::i64_unsuffixed) {
            Some(micros) => quote!(::core::option::Option::Some(#micros)),
            None => quote!(::core::option::Option::None),
        };
        quote!(.soft_delete(&[#(#cascade),*], #purge_after))
    });
    let history = history(&attributes.history);
    let words = [optimistic_lock, soft_delete, immutable_when, history];
    let words: Vec<TokenStream> = words.into_iter().flatten().collect();
    (!words.is_empty()).then(|| quote!(lifecycle: _m::LifecycleSchema::FREE #(#words)*,))
}

/// What is kept of the past, if that is not everything.
fn history(history: &History) -> Option<TokenStream> {
    let versions = history.versions.and_then(|(_, versions)| versions).map(|versions| {
        let versions = Literal::u32_unsuffixed(versions);
        quote!(.versions(#versions))
    });
    let retention = history.retention.map(|(_, micros)| {
        let micros = Literal::i64_unsuffixed(micros);
        quote!(.retention(#micros))
    });
    let snapshot_only = history.snapshot_only.map(|_| quote!(.snapshot_only()));
    let words: Vec<TokenStream> = [versions, retention, snapshot_only].into_iter().flatten().collect();
    (!words.is_empty()).then(|| quote!(.history(_m::WHOLE #(#words)*)))
}

fn operations(checked: &Checked<'_>) -> Option<TokenStream> {
    let operations = checked.model.attributes.operations.as_ref()?.iter();
    let operations = operations.map(|name| Ident::new(name, Span::call_site()));
    Some(quote!(operations: &[#(_m::Op::#operations),*],))
}

fn page(checked: &Checked<'_>) -> Option<TokenStream> {
    let (default, max) = checked.page?;
    let (default, max) = (Literal::u32_unsuffixed(default), Literal::u32_unsuffixed(max));
    Some(quote!(page: _m::page(#default, #max),))
}

fn body_bytes_max(checked: &Checked<'_>) -> Option<TokenStream> {
    let bytes = Literal::u32_unsuffixed(checked.model.attributes.body_bytes_max?);
    Some(quote!(body_bytes_max: #bytes,))
}

fn index(checked: &Checked<'_>, index: &[Term]) -> TokenStream {
    let terms = terms(checked, index);
    quote!(_m::index(#terms))
}

fn weighted((field, weight): &(usize, u16)) -> TokenStream {
    let (field, weight) = (Literal::usize_unsuffixed(*field), Literal::u16_unsuffixed(*weight));
    quote!(_m::weighted(#field, #weight))
}

fn unique(unique: &Unique<'_>) -> TokenStream {
    let fields = places(&unique.fields);
    let ignore_case = unique.ignore_case.then(|| quote!(.ignore_case()));
    let among = unique.condition.map(|condition| {
        let condition = expr::expr(condition);
        quote!(.among(#condition))
    });
    quote!(_m::unique(#fields)#ignore_case #among)
}

fn check(check: &Check<'_>) -> TokenStream {
    let (condition, message) = (expr::expr(check.condition), &check.message);
    let on = check.field.map(|place| {
        let place = Literal::usize_unsuffixed(place);
        quote!(.on(#place))
    });
    quote!(_m::check(#condition, #message)#on)
}

fn relation(relation: &Relation) -> TokenStream {
    let Relation { name, target, .. } = relation;
    let fields = places(&relation.fields);
    let on_delete = match relation.on_delete {
        OnDelete::Restrict => quote!(Restrict),
        OnDelete::Cascade => quote!(Cascade),
        OnDelete::SetNull => quote!(SetNull),
        OnDelete::SetDefault => quote!(SetDefault),
        OnDelete::Soft => quote!(Soft),
    };
    quote!(_m::relation::<#target>(#name, #fields, _m::OnDelete::#on_delete))
}

fn places(places: &[usize]) -> TokenStream {
    let places = places.iter().map(|&place| Literal::usize_unsuffixed(place));
    quote!(&[#(#places),*])
}

fn terms(checked: &Checked<'_>, terms: &[Term]) -> TokenStream {
    let terms = terms.iter().map(|term| {
        let place = term_place(checked, term);
        if term.descending { quote!(_m::down(#place)) } else { quote!(_m::up(#place)) }
    });
    quote!(&[#(#terms),*])
}

/// The place of a field, or of what is inside of one: that is behind all fields, and only rustc can count it.
fn term_place(checked: &Checked<'_>, term: &Term) -> TokenStream {
    let field = member(checked, term.field);
    let (Some(inside), Some(field)) = (&term.inside, field) else {
        return Literal::usize_unsuffixed(term.field).into_token_stream();
    };
    let fields = &checked.model.fields;
    let count = Literal::usize_unsuffixed(fields.len() + usize::from(checked.implicit_key));
    let before = fields.iter().take_while(|before| before.name != field.name);
    let before = before.filter(|before| matches!(before.shape.class, Class::Other)).map(|before| {
        let ty = &before.ty;
        quote!(<#ty as _m::FieldType>::KIND)
    });
    let (path, ty) = (&inside.path, &field.ty);
    let at = Span::call_site().located_at(inside.span);
    quote_spanned!(at=> _m::place::<#ty>(#path, #count, &[#(#before),*]))
}

/// `Model::value`. A place without a member is an implicit key.
fn value(checked: &Checked<'_>) -> TokenStream {
    let arms = checked.model.fields.iter().enumerate().map(|(index, field)| {
        let place = Literal::usize_unsuffixed(index + usize::from(checked.implicit_key));
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> #place => _m::FieldType::to_value(&self.#ident))
    });
    quote! {
        fn value(&self, field: usize) -> _m::Value {
            match field {
                #(#arms,)*
                _ => _m::Value::Null,
            }
        }
    }
}

/// `Model::from_values`.
fn from_values(checked: &Checked<'_>) -> TokenStream {
    let values = if checked.implicit_key { quote!(_m::Values::after_key) } else { quote!(_m::Values::new) };
    let fields = checked.model.fields.iter().map(|field| {
        let (ident, span) = (&field.ident, at(&field.ty));
        quote_spanned!(span=> #ident: values.take()?)
    });
    let links = checked.model.links.iter().map(|link| {
        let ident = &link.ident;
        quote!(#ident: ::core::default::Default::default())
    });
    let fields = fields.chain(links);
    quote! {
        fn from_values(values: ::std::vec::Vec<_m::Value>) -> _m::Fit<Self> {
            let mut values = #values(values);
            ::core::result::Result::Ok(Self { #(#fields),* })
        }
    }
}

/// Where a type stands, for the mistakes that rustc finds in it.
fn at(ty: &Type) -> Span {
    Span::call_site().located_at(ty.span())
}

/// Lets rustc judge what expressions name: that variants exist, and are of the field's enum; that embedded structs have the fields.
fn named(named: &Named) -> Option<TokenStream> {
    let paths = named.paths.iter().map(|(ty, path, span)| {
        let at = Span::call_site().located_at(*span);
        quote_spanned!(at=> const _: usize = _m::place::<#ty>(#path, 0, &[]);)
    });
    let paths: Vec<TokenStream> = paths.collect();
    let variants = variants(&named.variants);
    (!paths.is_empty() || variants.is_some()).then(|| quote!(#(#paths)* #variants))
}

fn variants(named: &[(Path, Option<Type>)]) -> Option<TokenStream> {
    if named.is_empty() {
        return None;
    }
    let lines = named.iter().map(|(path, ty)| {
        let ty = ty.as_ref().map(|ty| quote!(: #ty));
        quote!(let _ #ty = #path;)
    });
    Some(quote! {
        const _: fn() = || {
            #(#lines)*
        };
    })
}
