//! `#[command]`: methods that callers call by name.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;
use syn::{Attribute, Ident, ImplItem, ImplItemFn, ItemImpl, LitStr, Meta, Type};

use super::{documentation, method, take};
use crate::ast::Model;
use crate::attr::item::{self, Item};
use crate::attr::permission::policy_of;
use crate::attr::structure::StructAttributes;
use crate::check;
use crate::emit::{self, field};
use crate::errors::Errors;
use crate::policy::Policy;

/// The commands of a block, as a constant on the struct.
pub(super) fn commands(block: &mut ItemImpl, errors: &Errors) -> TokenStream {
    let this = block.self_ty.clone();
    let (mut schemas, mut is_empty) = (Vec::new(), true);
    for part in &mut block.items {
        let ImplItem::Fn(method) = part else { continue };
        if let Some(attribute) = take(&mut method.attrs, "command") {
            is_empty = false;
            schemas.extend(command(&this, method, &attribute, errors));
        }
    }
    if is_empty {
        errors.at(block.impl_token.span, "no method of the block says `#[command]`");
    }
    emit::block(
        None,
        quote! {
            impl #this {
                #[doc(hidden)]
                pub const LITHAIR_COMMANDS: &'static [_m::CommandSchema] = &[#(#schemas),*];
            }
        },
    )
}

fn command(this: &Type, method: &mut ImplItemFn, attribute: &Attribute, errors: &Errors) -> Option<TokenStream> {
    // The parameters are judged like the fields of a model.
    let form = Model {
        ident: method.sig.ident.clone(),
        attributes: StructAttributes::default(),
        fields: method::parameters(method, errors),
        links: Vec::new(),
    };
    check::form(&form, errors);
    let parameters = form.fields;
    let by = emit::policy::by(arguments(&method.sig.ident, attribute, errors).as_ref());
    if !method::begins_right(method, errors) {
        return None;
    }
    let Some((event, error)) = method::result(method) else {
        errors.at(method.sig.ident.span(), "a command returns `Result<Event, Error>`, or `Result<(), Error>`");
        return None;
    };
    let ident = &method.sig.ident;
    let (name, summary) = (ident.unraw().to_string(), documentation(&method.attrs));
    let form = format!("{}.{name}", last_word(this));
    let fields = parameters.iter().map(field::schema);
    let (places, types): (Vec<_>, Vec<_>) = parameters.iter().map(|field| (&field.ident, &field.ty)).unzip();
    let taken = (!parameters.is_empty()).then(|| {
        quote! {
            let mut input = _m::Values::new(input);
            #(let #places: #types = input.take().expect("the parameters were judged");)*
        }
    });
    let input = if parameters.is_empty() { quote!(_) } else { quote!(input) };
    Some(quote! {
        _m::CommandSchema {
            name: #name,
            summary: #summary,
            input: &_m::ModelSchema { name: #form, table: #form, path: #form, fields: &[#(#fields),*], .._m::ModelSchema::PLAIN },
            event: _m::event_name::<#event>(#name),
            errors: <#error as _m::CommandError>::ERRORS,
            by: #by,
            decide: |context, before, #input| {
                #taken
                _m::decide(#name, before, |record: &mut #this| record.#ident(context, #(#places),*))
            },
        }
    })
}

/// `http = "POST /{id}:name"`, which says what is so anyway; and who may: `by = role(Editor)`.
fn arguments(name: &Ident, attribute: &Attribute, errors: &Errors) -> Option<Policy> {
    let mut by = None;
    let Meta::List(list) = &attribute.meta else { return by };
    for part in item::parts(&list.tokens, errors) {
        let Some(item) = errors.keep(item::parse(part)) else { continue };
        match item.key.to_string().as_str() {
            "http" => route(name, &item, errors),
            "by" => by = policy_of(&item, errors),
            word => errors.at(item.key.span(), format!("unknown key `{word}`; `#[command(..)]` takes `http` and `by`")),
        }
    }
    by
}

fn route(name: &Ident, item: &Item, errors: &Errors) {
    let Some(route): Option<LitStr> = item.string(errors) else { return };
    let expected = format!("POST /{{id}}:{}", name.unraw());
    if route.value() != expected {
        errors.at(route.span(), format!("a command is at `{expected}`"));
    }
}

fn last_word(ty: &Type) -> String {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.unraw().to_string()).unwrap_or_default(),
        _ => String::new(),
    }
}
