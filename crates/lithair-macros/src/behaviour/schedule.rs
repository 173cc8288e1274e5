//! `#[schedule(..)]`: functions that run at times.

use proc_macro2::{Literal, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, FnArg, ImplItemFn, LitStr, Meta, Type};

use super::{cron, documentation, method};
use crate::attr::duration::duration;
use crate::attr::item::{self, Item};
use crate::errors::Errors;

const FORM: &str = "#[schedule(every = \"5m\")]` or `#[schedule(cron = \"0 3 * * *\")]";

/// A function of a block of hooks that runs because it is time, as the schema has it.
pub(super) fn schedule(
    this: &Type,
    method: &ImplItemFn,
    attribute: &Attribute,
    errors: &Errors,
) -> Option<TokenStream> {
    let times = times(method, attribute, errors);
    let ident = &method.sig.ident;
    let inputs: Vec<&FnArg> = method.sig.inputs.iter().collect();
    let is_right = match inputs.as_slice() {
        [FnArg::Typed(context), FnArg::Typed(_)] => method.sig.asyncness.is_none() && method::is_context(&context.ty),
        _ => false,
    };
    if !is_right {
        errors.at(ident.span(), "expected `fn name(cx: &Context, due: Timestamp)`: it decides on records, for a time");
        return None;
    }
    let (text, times) = times?;
    let (name, summary) = (ident.unraw().to_string(), documentation(&method.attrs));
    Some(quote! {
        _m::ScheduleSchema {
            name: #name,
            summary: #summary,
            text: #text,
            times: #times,
            run: |context, due| _m::HookOutcome::outcome(<#this>::#ident(context, due)),
        }
    })
}

/// When, in words and as the schema has it.
fn times(method: &ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<(String, TokenStream)> {
    let wrong = || errors.at(method.sig.ident.span(), format!("expected `{FORM}`"));
    let Meta::List(list) = &attribute.meta else {
        wrong();
        return None;
    };
    let items: Vec<Item> = item::parts(&list.tokens, errors)
        .into_iter()
        .map(|part| errors.keep(item::parse(part)))
        .collect::<Option<_>>()?;
    let [item] = items.as_slice() else {
        wrong();
        return None;
    };
    match item.key.to_string().as_str() {
        "every" => every(&item.string(errors)?, errors),
        "cron" => calendar(&item.string(errors)?, errors),
        word => {
            errors.at(item.key.span(), format!("unknown key `{word}`; expected `{FORM}`"));
            None
        }
    }
}

fn every(text: &LitStr, errors: &Errors) -> Option<(String, TokenStream)> {
    let micros = Literal::i64_suffixed(errors.keep(duration(text))?);
    Some((format!("every {}", text.value()), quote!(_m::Times::Every(#micros))))
}

fn calendar(text: &LitStr, errors: &Errors) -> Option<(String, TokenStream)> {
    let cron::Cron { minutes, hours, days, months, weekdays, either } = errors.keep(cron::parse(text))?;
    let bits = [minutes, hours, days, months, weekdays].map(Literal::u64_unsuffixed);
    let [minutes, hours, days, months, weekdays] = bits;
    let times = quote! {
        _m::Times::Cron(_m::Cron {
            minutes: #minutes, hours: #hours, days: #days, months: #months, weekdays: #weekdays, either: #either,
        })
    };
    Some((format!("cron {}", text.value()), times))
}
