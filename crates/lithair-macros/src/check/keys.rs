//! The primary key, declared or not.

use super::scope::Scope;
use crate::ast::Model;
use crate::errors::Errors;
use crate::types::{Class, model_name};

/// Fields that a key has at most: for tuples of so many there is `RecordKey`.
const FIELDS_MAX: usize = 8;

/// Whether nothing is declared as the key, so that the schema has a field `id`.
pub(super) fn is_implicit(model: &Model) -> bool {
    model.attributes.primary_key.is_none() && model.fields.iter().all(|field| field.attributes.primary_key.is_none())
}

/// The places of the key's fields.
pub(super) fn check(model: &Model, scope: &Scope<'_>, errors: &Errors) -> Vec<usize> {
    let marked: Vec<_> =
        model.fields.iter().enumerate().filter(|(_, field)| field.attributes.primary_key.is_some()).collect();
    let key: Vec<usize> = match (&model.attributes.primary_key, marked.as_slice()) {
        (None, []) => implicit(model, errors),
        (None, [(index, _)]) => vec![scope.place(*index)],
        (None, [(index, first), others @ ..]) => {
            let names: Vec<&str> = marked.iter().map(|(_, field)| field.name.as_str()).collect();
            for (_, other) in others {
                let message = format!(
                    "`{}` is the primary key already; for a key of both write `#[db(primary_key({}))]` on the struct",
                    first.name,
                    names.join(", ")
                );
                errors.at(other.attributes.primary_key.unwrap_or(other.ident.span()), message);
            }
            vec![scope.place(*index)]
        }
        (Some((_, fields)), marked) => {
            if let Some(name) = fields.get(FIELDS_MAX) {
                errors.at(name.span(), format!("a key has at most {FIELDS_MAX} fields"));
            }
            for (_, field) in marked {
                let span = field.attributes.primary_key.unwrap_or(field.ident.span());
                errors.at(span, "the struct declares its primary key already");
            }
            fields.iter().filter_map(|name| scope.resolve(name, errors)).collect()
        }
    };
    fields_fit(model, &key, scope, errors);
    key
}

/// The key `id` that the schema has where the struct has none.
fn implicit(model: &Model, errors: &Errors) -> Vec<usize> {
    if let Some(field) = model.fields.iter().find(|field| field.name == "id") {
        errors.at(
            field.ident.span(),
            "a model without a key has an implicit `id`: mark this one `#[db(primary_key)]`, or rename it",
        );
    }
    vec![0]
}

fn fields_fit(model: &Model, key: &[usize], scope: &Scope<'_>, errors: &Errors) {
    for (at, &place) in key.iter().enumerate() {
        let Some(field) = scope.field(place) else { continue };
        let attributes = &field.attributes;
        let named = model.attributes.primary_key.as_ref().and_then(|(_, names)| names.get(at));
        let span = named.map_or(attributes.primary_key.unwrap_or(field.ident.span()), |name| name.span());
        if key[..at].contains(&place) {
            errors.at(span, format!("the key has `{}` twice", field.name));
        }
        if field.shape.optional {
            errors.at(span, "a key is never null, so it is no `Option`");
        }
        if is_of(&field.shape.class, model) {
            errors.at(span, "a key cannot be a reference to its own model: there would be no first record");
        }
        if !field.shape.class.is_comparable() {
            errors.at(span, format!("{} cannot be a key", field.shape.class.word()));
        }
        if let Some(hidden) = attributes.hidden.or(attributes.write_only) {
            errors.at(hidden, "a key is in every record's address, so callers see it");
        }
        // Without regard to case it is more than the key demands.
        if let (Some(unique), [_]) = (&attributes.unique, key)
            && !unique.ignore_case
        {
            errors.at(unique.span, "a key is unique already");
        }
    }
}

/// Whether a type is a reference to this model.
pub(crate) fn is_of(class: &Class, model: &Model) -> bool {
    matches!(class, Class::Reference(target) if model_name(target, &model.ident).as_ref() == Some(&model.ident))
}
