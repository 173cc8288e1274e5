//! Relations that are not stored as constants.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::ext::IdentExt;

use super::at;
use crate::ast::LinkField;
use crate::attr::link::LinkKind;
use crate::check::{Checked, Link, Relation};

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
    if checked.model.links.is_empty() {
        return None;
    }
    let model = &checked.model.ident;
    let line = |field: &LinkField, marker: &str, target: &Type| {
        let (ident, marker) = (&field.ident, syn::Ident::new(marker, proc_macro2::Span::call_site()));
        quote_spanned!(at(&field.ty)=> let _: &_m::#marker<#target> = &model.#ident;)
    };
    let links = checked.links.iter().map(|link| line(link.field, link.kind.marker(), link.target));
    let references = checked.model.links.iter().filter_map(|field| {
        let (_, target) = field.attributes.belongs_to.as_ref()?;
        Some(line(field, "One", target))
    });
    let lines = links.chain(references);
    let keys = checked.relations.iter().filter(|relation| relation.fields.len() > 1).map(key);
    Some(quote! {
        const _: fn(&#model) = |model| {
            #(#lines)*
        };
        #(#keys)*
    })
}

/// Lets rustc count the fields of a key that only the other derive knows.
fn key(relation: &Relation) -> TokenStream {
    let (target, count) = (&relation.target, Literal::usize_unsuffixed(relation.fields.len()));
    let at = Span::call_site().located_at(relation.span);
    quote_spanned! {at=>
        const _: () = assert!(
            <#target as _m::Model>::SCHEMA.key.len() == #count,
            "the key of the model has another number of fields"
        );
    }
}
