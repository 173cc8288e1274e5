//! `#[fold(..)]`: functions that make rows of what happens.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::parse::Parser;
use syn::{Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, LitInt, Meta, Type};

use super::{hooks, take};
use crate::attr::item::{self, Item};
use crate::emit;
use crate::errors::Errors;

const FORM: &str = "#[fold(of = Order, after(create))]";

/// The folds of a block, as a constant on the struct. The attribute may say `version = 2`.
pub(super) fn projection(arguments: &TokenStream, block: &mut ItemImpl, errors: &Errors) -> TokenStream {
    let this = block.self_ty.clone();
    let version = Literal::u32_unsuffixed(version(arguments, errors));
    let (mut folds, mut is_empty) = (Vec::new(), true);
    for part in &mut block.items {
        let ImplItem::Fn(method) = part else { continue };
        if let Some(attribute) = take(&mut method.attrs, "fold") {
            is_empty = false;
            folds.extend(fold(&this, method, &attribute, errors));
        }
    }
    if is_empty {
        errors.at(block.impl_token.span, "no method of the block says `#[fold(..)]`");
    }
    emit::block(
        None,
        quote! {
            const _: () = _m::is_read_only(<#this as _m::Model>::SCHEMA.operations);
            impl #this {
                #[doc(hidden)]
                pub const LITHAIR_PROJECTION: ::core::option::Option<&'static _m::ProjectionSchema> =
                    ::core::option::Option::Some(&_m::ProjectionSchema { version: #version, folds: &[#(#folds),*] });
            }
        },
    )
}

/// `version = 2`; 1 if nothing is said.
fn version(arguments: &TokenStream, errors: &Errors) -> u32 {
    if arguments.is_empty() {
        return 1;
    }
    let parsed = errors.keep(item::parse(arguments.clone())).filter(|item| item.key == "version");
    let number = parsed.and_then(|item| item.equals("version = 2", errors));
    let number = number
        .and_then(|tokens| errors.keep((|input: syn::parse::ParseStream<'_>| input.parse::<LitInt>()).parse2(tokens)));
    match number.map(|number| number.base10_parse::<u32>()) {
        Some(Ok(number @ 1..)) => number,
        _ => {
            let span =
                arguments.clone().into_iter().next().map_or_else(proc_macro2::Span::call_site, |token| token.span());
            errors.at(span, "expected `#[projection]` or `#[projection(version = 2)]`, with a number from 1");
            1
        }
    }
}

fn fold(this: &Type, method: &ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<TokenStream> {
    let ident = &method.sig.ident;
    let (of, what) = waits_for(ident, attribute, errors)?;
    let wrong = || errors.at(ident.span(), format!("expected `{}`", form(&what)));
    let inputs: Vec<&FnArg> = method.sig.inputs.iter().collect();
    let ([FnArg::Typed(_), subjects @ .., FnArg::Typed(_)], None) = (inputs.as_slice(), &method.sig.asyncness) else {
        wrong();
        return None;
    };
    let Some((read, arguments)) = hooks::subject(&of, subjects, &what, errors) else {
        wrong();
        return None;
    };
    let name = ident.unraw().to_string();
    let on = what.iter().map(hooks::waited_for);
    Some(quote! {
        _m::FoldSchema {
            name: #name,
            of: || <#of as _m::Model>::SCHEMA,
            on: &[#(#on),*],
            run: |rows, fact, happening| {
                #read
                <#this>::#ident(&mut _m::Rows::new(rows), #arguments, fact);
                ::core::result::Result::Ok(())
            },
        }
    })
}

/// What a fold for these words looks like.
fn form(what: &[Ident]) -> &'static str {
    if !what.iter().all(hooks::is_of_records) {
        "fn name(rows: &mut Rows<Self>, event: &Event, fact: &Fact)"
    } else if what.iter().all(|what| what == "update") {
        "fn name(rows: &mut Rows<Self>, was: &Order, is: &Order, fact: &Fact)"
    } else {
        "fn name(rows: &mut Rows<Self>, record: &Order, fact: &Fact)"
    }
}

/// `#[fold(of = Order, after(create))]`
fn waits_for(method: &Ident, attribute: &Attribute, errors: &Errors) -> Option<(Type, Vec<Ident>)> {
    let wrong = || errors.at(method.span(), format!("expected `{FORM}`"));
    let Meta::List(list) = &attribute.meta else {
        wrong();
        return None;
    };
    let (mut of, mut what) = (None, None);
    for part in item::parts(&list.tokens, errors) {
        let item: Item = errors.keep(item::parse(part))?;
        match item.key.to_string().as_str() {
            "of" => of = Some(errors.keep(syn::parse2::<Type>(item.equals("of = Order", errors)?))?),
            "after" => what = Some(hooks::after(&item, errors)?),
            word => errors.at(item.key.span(), format!("unknown key `{word}`; expected `{FORM}`")),
        }
    }
    if of.is_none() || what.is_none() {
        wrong();
    }
    Some((of?, what?))
}
