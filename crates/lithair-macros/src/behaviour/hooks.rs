use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, ImplItem, ImplItemFn, ItemImpl, Meta, Type};

use super::{method, take};
use crate::attr::item::{self, Item};
use crate::emit;
use crate::errors::Errors;

/// When a hook runs.
#[derive(Clone, Copy, Default)]
struct When {
    create: bool,
    update: bool,
}

/// The hooks of a block, as a constant on the struct.
pub(super) fn hooks(block: &mut ItemImpl, errors: &Errors) -> TokenStream {
    let this = block.self_ty.clone();
    let (mut schemas, mut is_empty) = (Vec::new(), true);
    for part in &mut block.items {
        let ImplItem::Fn(method) = part else { continue };
        if let Some(attribute) = take(&mut method.attrs, "hook") {
            is_empty = false;
            schemas.extend(hook(&this, method, &attribute, errors));
        }
    }
    if is_empty {
        errors.at(block.impl_token.span, "no method of the block says `#[hook(..)]`");
    }
    emit::block(
        None,
        quote! {
            impl #this {
                #[doc(hidden)]
                pub const LITHAIR_HOOKS_BEFORE: &'static [_m::BeforeSchema] = &[#(#schemas),*];
            }
        },
    )
}

fn hook(this: &Type, method: &ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<TokenStream> {
    let When { create, update } = when(method, attribute, errors)?;
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

/// `#[hook(before(create, update))]`.
fn when(method: &ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<When> {
    const FORM: &str = "#[hook(before(create, update))]";
    let Meta::List(list) = &attribute.meta else {
        errors.at(method.sig.ident.span(), format!("expected `{FORM}`"));
        return None;
    };
    let mut when = When::default();
    for part in item::parts(&list.tokens, errors) {
        let item: Item = errors.keep(item::parse(part))?;
        match item.key.to_string().as_str() {
            "before" => {
                for word in item.idents("before(create, update)", errors)? {
                    match word.to_string().as_str() {
                        "create" => when.create = true,
                        "update" => when.update = true,
                        other => errors.at(word.span(), format!("expected `create` or `update`, found `{other}`")),
                    }
                }
            }
            "after" | "outbox" => errors.at(item.key.span(), format!("`{}` is not supported yet", item.key)),
            word => errors.at(item.key.span(), format!("unknown key `{word}`; expected `{FORM}`")),
        }
    }
    Some(when)
}
