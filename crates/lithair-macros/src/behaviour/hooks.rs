use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt;
use syn::spanned::Spanned as _;
use syn::{Attribute, FnArg, Ident, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

use super::{method, take};
use crate::attr::item::{self, Item};
use crate::emit;
use crate::errors::Errors;

const FORM: &str = "#[hook(before(create, update))]` or `#[hook(after(create), outbox)]";

/// When a hook runs.
enum When {
    Before { create: bool, update: bool },
    After(Ident),
}

/// The hooks of a block, as constants on the struct.
pub(super) fn hooks(block: &mut ItemImpl, errors: &Errors) -> TokenStream {
    let this = block.self_ty.clone();
    let (mut before, mut after, mut is_empty) = (Vec::new(), Vec::new(), true);
    for part in &mut block.items {
        let ImplItem::Fn(method) = part else { continue };
        let Some(attribute) = take(&mut method.attrs, "hook") else { continue };
        is_empty = false;
        match when(method, &attribute, errors) {
            Some(When::Before { create, update }) => before.extend(hook_before(&this, method, create, update, errors)),
            Some(When::After(what)) => after.extend(hook_after(&this, method, &what, errors)),
            None => {}
        }
    }
    if is_empty {
        errors.at(block.impl_token.span, "no method of the block says `#[hook(..)]`");
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

fn hook_after(this: &Type, method: &ImplItemFn, what: &Ident, errors: &Errors) -> Option<TokenStream> {
    let ident = &method.sig.ident;
    let name = ident.unraw().to_string();
    let inputs: Vec<&FnArg> = method.sig.inputs.iter().collect();
    let (Some(_), [FnArg::Typed(event), FnArg::Typed(_)]) = (&method.sig.asyncness, inputs.as_slice()) else {
        errors.at(ident.span(), "expected `async fn name(event: &Event, fx: &Effects) -> Result<(), HookError>`");
        return None;
    };
    let Type::Reference(event) = &*event.ty else {
        errors.at(event.ty.span(), "expected a reference: `event: &Event`");
        return None;
    };
    let ty = &event.elem;
    let (on, subject) = if what == "create" {
        (quote!(_m::AfterWhat::Create), quote!(_m::record_of::<#this>(happening)?))
    } else {
        let word = what.unraw().to_string();
        (quote!(_m::AfterWhat::Event(#word)), quote!(_m::event_of::<#ty>(&happening)?))
    };
    Some(quote! {
        _m::AfterSchema {
            name: #name,
            on: #on,
            run: |happening, effects| ::std::boxed::Box::pin(async move {
                let subject = #subject;
                <#this>::#ident(&subject, &effects).await
            }),
        }
    })
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
            "after" => match item.idents("after(create)", errors)?.as_slice() {
                [what] if *what == "update" || *what == "delete" => {
                    errors.at(what.span(), format!("`after({what})` is not supported yet"));
                    return None;
                }
                [what] => when = Some(When::After(what.clone())),
                _ => {
                    errors.at(item.key.span(), "a hook waits for one thing: `after(create)`, or the name of a command");
                    return None;
                }
            },
            "outbox" => outbox = Some(item.key.span()),
            _ => wrong(item.key.span()),
        }
    }
    match (&when, outbox) {
        (None, _) => wrong(method.sig.ident.span()),
        (Some(When::Before { .. }), Some(span)) => errors.at(span, "`outbox` is for what runs after a change"),
        (Some(When::After(what)), None) => {
            errors.at(
                what.span(),
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
