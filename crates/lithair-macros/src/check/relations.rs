//! References, and what happens to them when what they refer to goes.

use proc_macro2::Span;
use syn::spanned::Spanned;

use super::Relation;
use super::scope::Scope;
use crate::ast::{Field, LinkField, Model};
use crate::attr::field::OnDelete;
use crate::errors::Errors;
use crate::types::{Class, marker, model_name};

/// The references: fields of a type `Id<T>`, and those that say `belongs_to`.
pub(super) fn check(model: &Model, key: &[usize], scope: &Scope<'_>, errors: &Errors) -> Vec<Relation> {
    let mut relations: Vec<Relation> = Vec::new();
    for (index, field) in model.fields.iter().enumerate() {
        let Some(relation) = relation(model, field, scope.place(index), key, errors) else { continue };
        if relations.iter().any(|other| other.name == relation.name) {
            errors.at(field.ident.span(), format!("another reference is the relation `{}` too", relation.name));
        }
        relations.push(relation);
    }
    for member in model.links.iter().filter(|member| is_reference(member)) {
        let Some(relation) = composite(model, member, key, scope, errors) else { continue };
        if relations.iter().any(|other| other.name == relation.name) {
            errors.at(member.ident.span(), format!("another reference is the relation `{}` too", relation.name));
        }
        relations.push(relation);
    }
    relations
}

/// Whether a member that is not stored stands for the record that several fields refer to.
pub(super) fn is_reference(member: &LinkField) -> bool {
    let attributes = &member.attributes;
    attributes.belongs_to.is_some() || attributes.refers_by.is_some()
}

/// `#[relation(belongs_to = T, fields(a, b))] t: One<T>`
fn composite(model: &Model, member: &LinkField, key: &[usize], scope: &Scope<'_>, errors: &Errors) -> Option<Relation> {
    let attributes = &member.attributes;
    for (attribute, word) in &attributes.words {
        let fits = *attribute == "relation" && ["belongs_to", "fields", "on_delete"].iter().any(|known| word == known);
        if !fits {
            errors.at(word.span(), format!("`{word}` is not for a reference of several fields"));
        }
    }
    let Some((span, target)) = &attributes.belongs_to else {
        let (span, _) = attributes.refers_by.as_ref()?;
        errors.at(*span, "say which model the fields refer to: `belongs_to = Model, fields(a, b)`");
        return None;
    };
    let Some((fields_span, names)) = &attributes.refers_by else {
        errors.at(*span, "say which fields have the key: `belongs_to = .., fields(a, b)`");
        return None;
    };
    match marker(&member.ty) {
        Some(("One", of)) if model_name(of, &model.ident) == model_name(target, &model.ident) => {}
        Some(("One", of)) => errors.at(of.span(), "`belongs_to` says another model"),
        _ => errors.at(member.ty.span(), "the type of a reference of several fields is `One<Model>`"),
    }
    let mut fields = Vec::new();
    for name in names {
        let Some(place) = scope.resolve(name, errors) else { continue };
        if fields.contains(&place) {
            errors.at(name.span(), format!("`fields` names `{name}` twice"));
        }
        if !scope.shape(place).class.is_comparable() {
            errors.at(name.span(), format!("{} cannot be a part of a key", scope.shape(place).class.word()));
        }
        fields.push(place);
    }
    let on_delete = attributes.on_delete.map_or(OnDelete::Restrict, |(_, mode)| mode);
    several_can(&fields, attributes.on_delete, key, scope, errors);
    Some(Relation { name: member.name.clone(), fields, span: *fields_span, target: target.clone(), on_delete })
}

/// One of the fields can become null, or has a default; the others stay.
fn several_can(
    fields: &[usize],
    on_delete: Option<(Span, OnDelete)>,
    key: &[usize],
    scope: &Scope<'_>,
    errors: &Errors,
) {
    let Some((span, mode)) = on_delete else { return };
    let free = fields.iter().filter(|place| !key.contains(place)).filter_map(|place| scope.field(*place));
    let (word, needs) = match mode {
        OnDelete::Restrict | OnDelete::Cascade | OnDelete::Soft => return,
        OnDelete::SetNull => ("set_null", "is an `Option`"),
        OnDelete::SetDefault => ("set_default", "has a `db(default = ..)`"),
    };
    let can = |field: &Field| match mode {
        OnDelete::SetNull => field.shape.optional,
        _ => field.attributes.default.is_some(),
    };
    if !free.filter(|field| field.attributes.mutability.is_empty()).any(can) {
        errors.at(span, format!("`{word}` needs one of the fields that {needs}, and may change"));
    }
}

fn relation(model: &Model, field: &Field, place: usize, key: &[usize], errors: &Errors) -> Option<Relation> {
    let attributes = &field.attributes;
    let by_type = match &field.shape.class {
        Class::Reference(target) => Some(target),
        _ => None,
    };
    let target = match (&attributes.belongs_to, by_type) {
        (None, None) => {
            if let Some((span, _)) = attributes.on_delete {
                errors
                    .at(span, "`on_delete` is for a reference: add `belongs_to = Model`, or use the type `Id<Model>`");
            }
            return None;
        }
        (Some((_, target)), None) => {
            could_be_key(field, errors);
            target
        }
        (None, Some(target)) => target,
        (Some((_, declared)), Some(target)) => {
            if model_name(declared, &model.ident) != model_name(target, &model.ident) {
                errors.at(declared.span(), "the type of the field is a reference to another model");
            }
            target
        }
    };
    let on_delete = attributes.on_delete.map_or(OnDelete::Restrict, |(_, mode)| mode);
    can_be_done(field, key.contains(&place), errors);
    let name = super::links::relation_name(&field.name);
    if let Some((span, _)) = &attributes.refers_by {
        errors.at(*span, "`fields(..)` is for a `One<Model>`: this field refers by itself");
    }
    let span = field.ident.span();
    Some(Relation { name: name.to_owned(), fields: vec![place], span, target: target.clone(), on_delete })
}

/// A plain key type is of the target's key; what no key can be is refused here, the rest when the server starts.
fn could_be_key(field: &Field, errors: &Errors) {
    let class = &field.shape.class;
    if !class.is_comparable() {
        errors.at(field.ty.span(), format!("{} cannot be the key of a record", class.word()));
    }
}

fn can_be_done(field: &Field, in_key: bool, errors: &Errors) {
    let Some((span, mode)) = field.attributes.on_delete else { return };
    let lacking = match mode {
        OnDelete::Restrict | OnDelete::Cascade | OnDelete::Soft => return,
        OnDelete::SetNull if !field.shape.optional => "`set_null` needs an `Option`",
        OnDelete::SetDefault if field.attributes.default.is_none() => "`set_default` needs `db(default = ..)`",
        _ if in_key => "the field is part of the key, which never changes",
        _ if !field.attributes.mutability.is_empty() => "of its `lifecycle`: it does not change so",
        _ => return,
    };
    errors.at(span, lacking);
}
