use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use super::at;
use crate::attr::link::LinkKind;
use crate::check::{Checked, Link};

/// A link, and a word for each thing that is declared.
pub(super) fn schema(link: &Link<'_>) -> TokenStream {
    let (name, target, through) = (&link.field.name, link.target, link.through);
    let via = link.via.map(|via| via.unraw().to_string());
    let plain = match link.kind {
        LinkKind::HasMany => quote!(_m::has_many::<#target>(#name, #via)),
        LinkKind::HasOne => quote!(_m::has_one::<#target>(#name, #via)),
        LinkKind::ManyToMany => {
            let by = via.map(|via| quote!(.by(#via)));
            quote!(_m::many_to_many::<#target, #through>(#name)#by)
        }
    };
    let wire = (link.wire != *name).then_some(&link.wire).map(|wire| quote!(.wire(#wire)));
    quote!(#plain #wire)
}

/// Lets rustc judge that the members are the markers that they look like, and takes them for read.
pub(super) fn markers(checked: &Checked<'_>) -> Option<TokenStream> {
    if checked.links.is_empty() {
        return None;
    }
    let model = &checked.model.ident;
    let lines = checked.links.iter().map(|link| {
        let (ident, target) = (&link.field.ident, link.target);
        let marker = syn::Ident::new(link.kind.marker(), proc_macro2::Span::call_site());
        quote_spanned!(at(&link.field.ty)=> let _: &_m::#marker<#target> = &model.#ident;)
    });
    Some(quote! {
        const _: fn(&#model) = |model| {
            #(#lines)*
        };
    })
}
