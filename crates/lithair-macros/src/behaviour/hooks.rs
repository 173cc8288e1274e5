//! `#[hook(..)]`: functions that run before a change, or after it.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

use super::{method, schedule, take};
use crate::attr::item::{self, Item};
use crate::emit;
use crate::errors::Errors;

const FORM: &str = "#[hook(before(create, update))]` or `#[hook(after(create), outbox)]";
/// What may happen to a record, and the variant for it.
const RECORD_WORDS: [(&str, &str); 5] =
    [("create", "Create"), ("update", "Update"), ("delete", "Delete"), ("restore", "Restore"), ("purge", "Purge")];

/// When a hook runs.
enum When {
    Before { create: bool, update: bool },
    After(Vec<Ident>),
}

/// The hooks of a block, as constants on the struct.
pub(super) fn hooks(block: &mut ItemImpl, errors: &Errors) -> TokenStream {
    let this = block.self_ty.clone();
    let (mut before, mut after, mut schedules, mut is_empty) = (Vec::new(), Vec::new(), Vec::new(), true);
    for part in &mut block.items {
        let ImplItem::Fn(method) = part else { continue };
        if let Some(attribute) = take(&mut method.attrs, "schedule") {
            is_empty = false;
            schedules.extend(schedule::schedule(&this, method, &attribute, errors));
        }
        let Some(attribute) = take(&mut method.attrs, "hook") else { continue };
        is_empty = false;
        match when(method, &attribute, errors) {
            Some(When::Before { create, update }) => before.extend(hook_before(&this, method, create, update, errors)),
            Some(When::After(what)) => after.extend(hook_after(&this, method, &what, errors)),
            None => {}
        }
    }
    if is_empty {
        errors.at(block.impl_token.span, "no method of the block says `#[hook(..)]` or `#[schedule(..)]`");
    }
    let constants = [
        (!before.is_empty()).then(|| {
            quote! {
                #[doc(hidden)]
                pub const LITHAIR_HOOKS_BEFORE: &'static [_m::BeforeSchema] = &[#(#before),*];
            }
        }),
        (!after.is_empty()).then(|| {
            quote! {
                #[doc(hidden)]
                pub const LITHAIR_HOOKS_AFTER: &'static [_m::AfterSchema] = &[#(#after),*];
            }
        }),
        (!schedules.is_empty()).then(|| {
            quote! {
                #[doc(hidden)]
                pub const LITHAIR_SCHEDULES: &'static [_m::ScheduleSchema] = &[#(#schedules),*];
            }
        }),
    ];
    let constants = constants.into_iter().flatten();
    emit::block(None, quote!(impl #this { #(#constants)* }))
}

fn hook_before(this: &Type, method: &ImplItemFn, create: bool, update: bool, errors: &Errors) -> Option<TokenStream> {
    if !method::begins_right(method, errors) {
        return None;
    }
    if method.sig.inputs.len() > 2 {
        errors.at(method.sig.ident.span(), "a hook has no parameters but `&mut self` and `cx: &Context`");
        return None;
    }
    let ident = &method.sig.ident;
    let name = ident.unraw().to_string();
    Some(quote! {
        _m::BeforeSchema {
            name: #name,
            create: #create,
            update: #update,
            run: |context, values| _m::before(values, |record: &mut #this| record.#ident(context)),
        }
    })
}

fn hook_after(this: &Type, method: &ImplItemFn, what: &[Ident], errors: &Errors) -> Option<TokenStream> {
    let ident = &method.sig.ident;
    let name = ident.unraw().to_string();
    let inputs: Vec<&FnArg> = method.sig.inputs.iter().collect();
    let wrong = || errors.at(ident.span(), format!("expected `{}`", form_after(what)));
    let (Some(_), Some((_, subjects))) = (&method.sig.asyncness, inputs.split_last()) else {
        wrong();
        return None;
    };
    let Some(subject) = subject(this, subjects, what, errors) else {
        wrong();
        return None;
    };
    let on = what.iter().map(waited_for);
    let (read, arguments) = subject;
    Some(quote! {
        _m::AfterSchema {
            name: #name,
            on: &[#(#on),*],
            run: |happening, effects| ::std::boxed::Box::pin(async move {
                #read
                <#this>::#ident(#arguments, &effects).await
            }),
        }
    })
}

/// What a hook for these words looks like.
fn form_after(what: &[Ident]) -> &'static str {
    if !what.iter().all(is_of_records) {
        "async fn name(event: &Event, fx: &Effects) -> Result<(), HookError>"
    } else if what.iter().all(|what| what == "update") {
        "async fn name(was: &Self, is: &Self, fx: &Effects) -> Result<(), HookError>"
    } else {
        "async fn name(record: &Self, fx: &Effects) -> Result<(), HookError>"
    }
}

/// How the subjects of a method are read from what happened, and given to it; none where they are not what its words have.
pub(super) fn subject(
    of: &Type,
    subjects: &[&FnArg],
    what: &[Ident],
    errors: &Errors,
) -> Option<(TokenStream, TokenStream)> {
    let types = subjects.iter().map(|subject| match subject {
        FnArg::Typed(subject) => match &*subject.ty {
            Type::Reference(reference) => Some(&*reference.elem),
            other => {
                errors.at(other.span(), "expected a reference");
                None
            }
        },
        FnArg::Receiver(_) => None,
    });
    let types: Vec<&Type> = types.collect::<Option<_>>()?;
    let are_records = what.iter().all(is_of_records);
    match types.as_slice() {
        [_] if are_records => Some((quote!(let subject = _m::record_of::<#of>(happening)?;), quote!(&subject))),
        [_, _] if what.iter().all(|what| what == "update") => {
            Some((quote!(let (was, is) = _m::changed_of::<#of>(happening)?;), quote!(&was, &is)))
        }
        [event] if !are_records => Some((quote!(let subject = _m::event_of::<#event>(&happening)?;), quote!(&subject))),
        _ => None,
    }
}

/// Whether a word is what may happen to a record.
pub(super) fn is_of_records(what: &Ident) -> bool {
    variant(what).is_some()
}

/// The variant of what may happen to a record.
fn variant(what: &Ident) -> Option<Ident> {
    let (_, variant) = RECORD_WORDS.iter().find(|(word, _)| what == word)?;
    Some(Ident::new(variant, what.span()))
}

pub(super) fn waited_for(what: &Ident) -> TokenStream {
    match variant(what) {
        Some(variant) => quote!(_m::AfterWhat::#variant),
        None => {
            let word = what.unraw().to_string();
            quote!(_m::AfterWhat::Event(#word))
        }
    }
}

/// The words of `after(..)`: all of records, or all of events.
pub(super) fn after(item: &Item, errors: &Errors) -> Option<Vec<Ident>> {
    let what = item.idents("after(create)", errors)?;
    let first_is_record = what.first().is_some_and(is_of_records);
    if let Some(other) = what.iter().find(|what| is_of_records(what) != first_is_record) {
        errors.at(other.span(), "a hook waits for what happens to records, or for events: two hooks have one each");
        return None;
    }
    Some(what)
}

/// `#[hook(before(create, update))]`, `#[hook(after(create), outbox)]`.
fn when(method: &ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<When> {
    let wrong = |span: Span| errors.at(span, format!("expected `{FORM}`"));
    let Meta::List(list) = &attribute.meta else {
        wrong(method.sig.ident.span());
        return None;
    };
    let (mut when, mut outbox) = (None, None);
    for part in item::parts(&list.tokens, errors) {
        let item: Item = errors.keep(item::parse(part))?;
        match item.key.to_string().as_str() {
            "before" => when = Some(before(&item, errors)?),
            "after" => when = Some(When::After(after(&item, errors)?)),
            "outbox" => outbox = Some(item.key.span()),
            _ => wrong(item.key.span()),
        }
    }
    match (&when, outbox) {
        (None, _) => wrong(method.sig.ident.span()),
        (Some(When::Before { .. }), Some(span)) => errors.at(span, "`outbox` is for what runs after a change"),
        (Some(When::After(what)), None) => {
            errors.at(
                what.first().map_or_else(Span::call_site, Ident::span),
                "say `outbox`: the hook runs from the log, at least once, after the change is durable",
            );
        }
        _ => {}
    }
    when
}

fn before(item: &Item, errors: &Errors) -> Option<When> {
    let (mut create, mut update) = (false, false);
    for word in item.idents("before(create, update)", errors)? {
        match word.to_string().as_str() {
            "create" => create = true,
            "update" => update = true,
            other => errors.at(word.span(), format!("expected `create` or `update`, found `{other}`")),
        }
    }
    Some(When::Before { create, update })
}
