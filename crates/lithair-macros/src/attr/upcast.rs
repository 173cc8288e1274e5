//! `upcast = path`, `upcast(a, b) = path`.

use proc_macro2::Span;
use syn::{Ident, Path};

use super::item::{self, Item, Value};
use crate::errors::Errors;

/// How many former fields a function takes at most.
const SOURCES_MAX: usize = 4;

/// A function that makes the field from former ones.
pub(crate) struct Upcast {
    pub(crate) span: Span,
    /// None of them: the field itself, as it was.
    pub(crate) sources: Vec<Ident>,
    pub(crate) function: Path,
}

pub(crate) fn upcast(item: &Item, errors: &Errors) -> Option<Upcast> {
    let form = "upcast = path::to::function` or `upcast(former, ..) = path::to::function";
    let (sources, tokens) = match &item.value {
        Value::Equals(tokens) => (Vec::new(), tokens),
        Value::ListEquals(list, tokens) => {
            let parts = item::parts(list, errors).into_iter();
            let names = parts.filter_map(|part| errors.keep(syn::parse2::<Ident>(part)));
            (names.collect(), tokens)
        }
        _ => return item.malformed(form, errors),
    };
    if matches!(item.value, Value::ListEquals(..)) && !(1..=SOURCES_MAX).contains(&sources.len()) {
        errors.at(item.key.span(), format!("a function takes 1 to {SOURCES_MAX} former fields"));
    }
    let function = errors.keep(item::read(tokens.clone(), |input| input.call(Path::parse_mod_style)))?;
    Some(Upcast { span: item.key.span(), sources, function })
}
