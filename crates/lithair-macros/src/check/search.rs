//! What full text searches are over.

use proc_macro2::Span;

use super::scope::Scope;
use crate::ast::{Field, Model};
use crate::errors::Errors;
use crate::types::Class;

/// The fields that are searched, with their weights: those of the struct's word first.
pub(super) fn fulltext(model: &Model, scope: &Scope<'_>, errors: &Errors) -> Vec<(usize, u16)> {
    let mut found: Vec<(usize, u16)> = Vec::new();
    let weighted = model.attributes.fulltext.iter();
    let weighted =
        weighted.filter_map(|term| Some((term.field.span(), scope.resolve(&term.field, errors)?, term.weight)));
    for (span, place, weight) in weighted {
        if found.iter().any(|(other, _)| *other == place) {
            errors.at(span, "`fulltext` names the field twice");
        }
        if let Some(field) = scope.field(place) {
            is_searchable(field, span, "fulltext", errors);
        } else {
            errors.at(span, "a key without a member has no words");
        }
        found.push((place, weight));
    }
    for (index, field) in model.fields.iter().enumerate() {
        let Some((span, word)) = field.attributes.search.first() else { continue };
        let place = scope.place(index);
        is_searchable(field, *span, word, errors);
        match found.iter().any(|(other, _)| *other == place) {
            // `search` beside the struct's word says the same, as `filter` beside `index` does.
            true if *word == "fulltext" => errors.at(*span, "`fulltext(..)` on the struct names the field already"),
            true => {}
            false => found.push((place, 1)),
        }
    }
    found
}

/// A text, or a list of texts, that callers see: what is found would tell it otherwise.
fn is_searchable(field: &Field, span: Span, word: &str, errors: &Errors) {
    let class = match &field.shape.class {
        Class::List(element) => &element.class,
        class => class,
    };
    if !matches!(class, Class::Text) && !class.is_open() {
        errors.at(span, format!("`{word}` is for texts, and this is {}", field.shape.class.word()));
    }
    if field.attributes.computed.as_ref().is_some_and(|computed| computed.stored.is_none()) {
        errors.at(
            span,
            format!("`{word}` finds what is stored, and the field is computed when it is read: let it be `stored`"),
        );
    }
    let unseen = [("hidden", field.attributes.hidden), ("write_only", field.attributes.write_only)];
    if let Some((unseen, _)) = unseen.into_iter().find(|(_, span)| span.is_some()) {
        errors.at(span, format!("a field that is `{unseen}` would be read by `{word}`"));
    }
}
