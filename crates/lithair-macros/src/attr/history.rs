//! `versions(..)`, `retention = ".."`, `snapshot_only`: what stays readable of earlier versions, of a model or of a field.

use proc_macro2::{Span, TokenStream};
use syn::{Ident, LitInt};

use super::duration::duration;
use super::item::{self, Item};
use crate::errors::Errors;

/// What is kept of the past.
#[derive(Default)]
pub(crate) struct History {
    /// None within for `versions(all)`.
    pub(crate) versions: Option<(Span, Option<u32>)>,
    /// In microseconds.
    pub(crate) retention: Option<(Span, i64)>,
    pub(crate) snapshot_only: Option<Span>,
}

impl History {
    /// Reads an item, if it is about the past.
    pub(crate) fn take(&mut self, item: &Item, errors: &Errors) -> bool {
        let span = item.key.span();
        if ["versions", "versioned"].iter().any(|word| item.key == word) && self.versions.is_some() {
            errors.at(span, "the number of versions is said already");
            return true;
        }
        match item.key.to_string().as_str() {
            "versions" => self.versions = versions(item, errors).map(|versions| (span, versions)),
            "versioned" => {
                let tokens = item.equals("versioned = 5", errors);
                self.versions = tokens.and_then(|tokens| count(tokens, errors)).map(|versions| (span, Some(versions)));
            }
            "retention" => {
                let micros = item.string(errors).and_then(|text| errors.keep(duration(&text)));
                self.retention = micros.map(|micros| (span, micros));
            }
            "snapshot_only" => self.snapshot_only = item.flag(errors).then_some(span),
            _ => return false,
        }
        true
    }

    /// Where anything is said that keeps less than everything, and its word.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (&'static str, Span)> {
        let words = [
            ("versions", self.versions.map(|(span, _)| span)),
            ("retention", self.retention.map(|(span, _)| span)),
            ("snapshot_only", self.snapshot_only),
        ];
        words.into_iter().filter_map(|(word, span)| Some((word, span?)))
    }
}

/// `versions(5)` or `versions(all)`.
fn versions(item: &Item, errors: &Errors) -> Option<Option<u32>> {
    let form = "versions(5)` or `versions(all)";
    let parts = item.list(form, errors)?;
    let [part] = parts.as_slice() else { return item.malformed(form, errors) };
    match syn::parse2::<Ident>(part.clone()) {
        Ok(word) if word == "all" => Some(None),
        Ok(_) => item.malformed(form, errors),
        Err(_) => count(part.clone(), errors).map(Some),
    }
}

fn count(tokens: TokenStream, errors: &Errors) -> Option<u32> {
    let number = errors.keep(item::read(tokens, |input| input.parse::<LitInt>()))?;
    match number.base10_parse::<u32>() {
        Ok(count) if count > 0 => Some(count),
        _ => {
            errors.at(number.span(), "expected a number of versions from 1 on; the newest is one of them");
            None
        }
    }
}
