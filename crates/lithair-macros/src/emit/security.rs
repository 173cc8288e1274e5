//! Networks and limits of rates as constants.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;

use crate::attr::security::{RateLimit, Security};
use crate::check::Checked;

/// Who may come and how often, if that is said.
pub(super) fn schema(security: &Security) -> Option<TokenStream> {
    let Security { allow, deny, rate_limits } = security;
    let firewall = (!allow.is_empty() || !deny.is_empty()).then(|| quote!(.firewall(&[#(#allow),*], &[#(#deny),*])));
    let limits = (!rate_limits.is_empty()).then(|| {
        let limits = rate_limits.iter().map(limit);
        quote!(.rate_limits(&[#(#limits),*]))
    });
    let words: Vec<TokenStream> = [firewall, limits].into_iter().flatten().collect();
    (!words.is_empty()).then(|| quote!(security: _m::SecuritySchema::OPEN #(#words)*,))
}

fn limit(limit: &RateLimit) -> TokenStream {
    let operations = limit.operations.iter().map(|word| word.unraw().to_string());
    let (requests, window) = (Literal::u32_unsuffixed(limit.requests), variant(limit.window));
    let burst = limit.burst.map(Literal::u32_unsuffixed).map(|burst| quote!(.burst(#burst)));
    let per = limit.per.map(variant).map(|per| quote!(.per(_m::Per::#per)));
    quote!(_m::rate_limit(&[#(#operations),*], #requests, _m::Window::#window)#burst #per)
}

fn variant(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// Lets rustc judge the words of limits, where they stand: only it knows the commands of a model.
pub(super) fn operations(checked: &Checked<'_>) -> TokenStream {
    let ident = &checked.model.ident;
    let words = checked.model.attributes.security.rate_limits.iter().flat_map(|limit| &limit.operations);
    let judged = words.filter(|word| !OPERATIONS.contains(&word.to_string().as_str())).map(|word| {
        let name = word.unraw().to_string();
        let hint = crate::suggest::hint(&name, OPERATIONS);
        let message = format!("`{name}` is no operation, command or transition of `{}`{hint}", ident.unraw());
        let span = Span::call_site().located_at(word.span());
        quote_spanned!(span=> const _: () = _m::names_an_operation(<#ident as _m::Model>::SCHEMA, #name, #message);)
    });
    quote!(#(#judged)*)
}

/// `lithair_model::LIMITED_OPERATIONS`.
const OPERATIONS: [&str; 8] = ["list", "get", "create", "update", "delete", "history", "bulk", "all"];
