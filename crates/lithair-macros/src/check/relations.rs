use syn::spanned::Spanned;

use super::Relation;
use super::scope::Scope;
use crate::ast::{Field, Model};
use crate::attr::field::OnDelete;
use crate::errors::Errors;
use crate::types::{Class, model_name};

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
    relations
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
    Some(Relation { name: name.to_owned(), field: place, target: target.clone(), on_delete })
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
