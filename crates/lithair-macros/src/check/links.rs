//! Members that are not stored and stand for records elsewhere.

use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::relations::is_reference;
use super::scope::Scope;
use super::{Link, Relation};
use crate::ast::{Field, LinkField, Model};
use crate::attr::link::LinkKind;
use crate::errors::Errors;
use crate::types::{marker, model_name};

/// Names that paths below a record have already. `lithair_model` has the same list.
const RESERVED: [&str; 2] = ["history", "events"];

/// The members that stand for records elsewhere. What only shows with the other model at hand is refused when the server
/// starts.
pub(super) fn check<'a>(model: &'a Model, relations: &[Relation], scope: &Scope<'_>, errors: &Errors) -> Vec<Link<'a>> {
    references(model, relations, scope, errors);
    let mut links: Vec<Link<'a>> = Vec::new();
    for field in model.links.iter().filter(|field| !is_reference(field)) {
        let Some(link) = link(model, field, errors) else { continue };
        let taken = model.fields.iter().any(|other| super::fields::wire_name(other) == link.wire)
            || relations.iter().any(|relation| relation.name == link.wire)
            || links.iter().any(|other| other.wire == link.wire);
        if taken {
            errors.at(field.ident.span(), format!("a field or another relation is `{}` in JSON too", link.wire));
        }
        links.push(link);
    }
    links
}

/// A reference's relation has a name in JSON and in paths too.
fn references(model: &Model, relations: &[Relation], scope: &Scope<'_>, errors: &Errors) {
    for relation in relations {
        let own = |field: &Field| relation.fields.iter().any(|&place| is_at(scope, place, field));
        let span = relation.span;
        if RESERVED.contains(&relation.name.as_str()) {
            errors.at(
                span,
                format!("the relation `{}` is reserved in paths: give the field another name", relation.name),
            );
        }
        let is_other = |field: &&Field| !own(field) && field.attributes.hidden.is_none();
        let mut others = model.fields.iter().filter(is_other);
        let other = others.find(|field| super::fields::wire_name(field) == relation.name);
        if let Some(other) = other {
            errors.at(
                other.ident.span(),
                format!("a reference is the relation `{}`, and in JSON they meet", relation.name),
            );
        }
    }
}

fn is_at(scope: &Scope<'_>, place: usize, field: &Field) -> bool {
    scope.field(place).is_some_and(|found| found.ident == field.ident)
}

/// The name of a reference's relation: the field's, without a trailing `_id`.
pub(super) fn relation_name(field: &str) -> &str {
    field.strip_suffix("_id").filter(|name| !name.is_empty()).unwrap_or(field)
}

fn link<'a>(model: &Model, field: &'a LinkField, errors: &Errors) -> Option<Link<'a>> {
    only_words(field, errors);
    let attributes = &field.attributes;
    let (span, kind, target) = match attributes.link.kinds.as_slice() {
        [(span, kind, target)] => (*span, *kind, target),
        [] => {
            // Where the word is there and malformed, that was said.
            if attributes.words.iter().any(|(_, word)| LinkKind::ALL.iter().any(|kind| word == kind.word())) {
                return None;
            }
            let example = example(&field.ty);
            errors.at(field.ident.span(), format!("say how it leads to its records: `#[relation({example})]`"));
            return None;
        }
        [_, (span, ..), ..] => {
            errors.at(*span, "a relation is one of `has_many`, `has_one` and `many_to_many`");
            return None;
        }
    };
    is_marker(model, field, kind, target, errors);
    let via = attributes.link.via.as_ref();
    match (kind, via, &attributes.link.through) {
        (LinkKind::HasMany | LinkKind::HasOne, None, _) => {
            let word = kind.word();
            errors.at(
                span,
                format!("`{word}` needs `via`, the field that refers to this record: `{word} = .., via = ..`"),
            );
        }
        (LinkKind::HasMany | LinkKind::HasOne, _, Some((span, _))) => {
            errors.at(*span, "`through` is for `many_to_many`");
        }
        (LinkKind::ManyToMany, _, None) => {
            errors.at(
                span,
                "`many_to_many` needs `through`, the model that refers to both: `many_to_many = .., through = ..`",
            );
        }
        _ => {}
    }
    Some(Link {
        field,
        wire: wire(field, errors),
        kind,
        target,
        via,
        through: attributes.link.through.as_ref().map(|(_, ty)| ty),
    })
}

/// Nothing is stored, so there is nothing that the words of fields could be about.
fn only_words(field: &LinkField, errors: &Errors) {
    if let Some(computed) = &field.attributes.computed {
        errors.at(computed.span, "`computed` is for a field of its own; this one stands for records elsewhere");
    }
    for (attribute, word) in &field.attributes.words {
        let fits = match *attribute {
            "relation" => word != "belongs_to" && word != "on_delete",
            attribute => attribute == "http" && word == "rename",
        };
        if !fits {
            errors.at(
                word.span(),
                format!("`{word}` is for a field that is stored; this one stands for records elsewhere"),
            );
        }
    }
}

fn is_marker(model: &Model, field: &LinkField, kind: LinkKind, target: &Type, errors: &Errors) {
    let (word, name) = (kind.word(), kind.marker());
    match marker(&field.ty) {
        Some((found, of)) if found == name => {
            if model_name(of, &model.ident) != model_name(target, &model.ident) {
                errors.at(of.span(), format!("`{word}` says another model"));
            }
        }
        _ => {
            let target =
                model_name(target, &model.ident).map_or_else(|| "..".to_owned(), |name: Ident| name.to_string());
            errors.at(field.ty.span(), format!("the type of a `{word}` is `{name}<{target}>`"));
        }
    }
}

fn example(ty: &Type) -> &'static str {
    match marker(ty) {
        Some(("One", _)) => "has_one = Model, via = field",
        _ => "has_many = Model, via = field",
    }
}

fn wire(field: &LinkField, errors: &Errors) -> String {
    let rename = field.attributes.rename.as_ref();
    let name = rename.map_or_else(|| field.name.clone(), |text| text.value());
    let span = rename.map_or(field.ident.span(), |text| text.span());
    if RESERVED.contains(&name.as_str()) {
        errors.at(span, format!("`{name}` is reserved in paths: give the relation another name"));
    } else if name.is_empty() || name.starts_with('_') || name.contains(['/', '.', ',', ':']) {
        errors.at(span, "a relation's name is a segment of paths, and does not begin with `_`, which is reserved");
    }
    name
}
