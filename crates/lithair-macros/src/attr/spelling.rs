//! Spellings of the public crate of this name, read as the words of this language.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Ident, LitBool, LitInt, LitStr, Type};

use super::item::{Item, Value};
use super::words::Place;
use crate::errors::Errors;

/// The attribute and item that this one means; none if it asks for what is so anyway, or is refused.
pub(crate) fn canonical(
    attribute: &'static str,
    place: Place,
    item: Item,
    errors: &Errors,
) -> Option<(&'static str, Item)> {
    if attribute == "firewall" {
        return firewall(item, errors).map(|item| ("security", item));
    }
    if !matches!(place, Place::Field | Place::VariantField | Place::EmbeddedField | Place::Parameter) {
        return Some((attribute, item));
    }
    let word = item.key.to_string();
    match (attribute, word.as_str(), &item.value) {
        ("rbac", "owner_field", Value::None) => Some(("permission", renamed("owner", &item, Value::None))),
        ("db", "indexed", Value::None) => Some(("db", renamed("index", &item, Value::None))),
        ("db", "fk", Value::Equals(tokens)) => {
            let target = model(tokens, errors)?;
            Some(("relation", renamed("belongs_to", &item, Value::Equals(target))))
        }
        ("http", "expose", Value::None) => None,
        ("http", "expose", Value::Equals(tokens)) => match syn::parse2::<LitBool>(tokens.clone()) {
            Ok(shown) if shown.value => None,
            Ok(_) => Some(("http", renamed("hidden", &item, Value::None))),
            Err(_) => item.malformed("expose = false", errors),
        },
        ("http", "validate", Value::Equals(tokens)) => {
            let rules = errors.keep(syn::parse2::<LitStr>(tokens.clone()).and_then(|text| text.parse()))?;
            Some(("http", renamed("validate", &item, Value::List(rules))))
        }
        _ => Some((attribute, item)),
    }
}

fn renamed(word: &str, item: &Item, value: Value) -> Item {
    Item { key: Ident::new(word, item.key.span()), value }
}

/// An item of `firewall(..)` as one of `security(..)`.
fn firewall(item: Item, errors: &Errors) -> Option<Item> {
    let key = &item.key;
    match (key.to_string().as_str(), &item.value) {
        ("allow" | "deny", Value::List(networks)) => Some(listed(&item, networks)),
        ("allow" | "deny", Value::Equals(tokens)) => {
            let text = errors.keep(syn::parse2::<LitStr>(tokens.clone()))?;
            let networks = text.value();
            let networks = networks.split(',').map(|network| LitStr::new(network.trim(), text.span()));
            Some(listed(&item, &quote!(#(#networks),*)))
        }
        ("rate_limit", _) => Some(item),
        ("per_ip_qps" | "global_qps", Value::Equals(tokens)) => {
            let number = errors.keep(syn::parse2::<LitInt>(tokens.clone()))?;
            let rate = LitStr::new(&format!("{}/s", number.base10_digits()), number.span());
            let per = Ident::new(if key == "per_ip_qps" { "ip" } else { "model" }, key.span());
            Some(renamed("rate_limit", &item, Value::List(quote!(all, #rate, per = #per))))
        }
        ("enabled", Value::Equals(tokens)) => match syn::parse2::<LitBool>(tokens.clone()) {
            Ok(enabled) if enabled.value => None,
            _ => refused(key, "a firewall that does nothing is left out", errors),
        },
        ("protected" | "exempt", _) => refused(
            key,
            "the rules of a model hold for all of its paths; `rate_limit(create, ..)` names operations",
            errors,
        ),
        (word, _) => {
            let hint = crate::suggest::hint(word, ["allow", "deny", "rate_limit", "per_ip_qps", "global_qps"]);
            refused(key, &format!("`{word}` is no key of `#[firewall(..)]`, or not written so{hint}"), errors)
        }
    }
}

fn listed(item: &Item, networks: &TokenStream) -> Item {
    let key = &item.key;
    renamed("firewall", item, Value::List(quote!(#key(#networks))))
}

fn refused<T>(key: &Ident, why: &str, errors: &Errors) -> Option<T> {
    errors.at(key.span(), why);
    None
}

/// `"User"`, or `User`.
fn model(tokens: &TokenStream, errors: &Errors) -> Option<TokenStream> {
    let target = match syn::parse2::<LitStr>(tokens.clone()) {
        Ok(text) => text.parse::<Type>(),
        Err(_) => syn::parse2::<Type>(tokens.clone()),
    };
    let target = target.map_err(|_| syn::Error::new(span(tokens), "expected a model, `fk = \"User\"`"));
    errors.keep(target).map(|target| quote!(#target))
}

fn span(tokens: &TokenStream) -> Span {
    tokens.clone().into_iter().next().map_or_else(Span::call_site, |token| token.span())
}
