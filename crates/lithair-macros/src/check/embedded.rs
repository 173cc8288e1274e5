//! Fields of embedded structs and of variants: what a model's fields keep, and what cannot be inside of a value.

use syn::Ident;
use syn::spanned::Spanned;

use super::fields::wire_name;
use super::form;
use crate::ast::{Enumeration, Field, Model};
use crate::attr::field::DefaultValue;
use crate::errors::Errors;
use crate::expr::Form;
use crate::types::{Class, Shape, marker, model_name};

/// The variants of an enum.
pub(crate) fn enumeration(enumeration: &Enumeration, errors: &Errors) {
    for variant in &enumeration.variants {
        form(&variant.form, errors);
        for field in &variant.form.fields {
            inside(field, &enumeration.ident, errors);
            if wire_name(field) == "type" {
                let message = "`type` is the member that names the variant in JSON: `http(rename = \"..\")` this one";
                errors.at(field.ident.span(), message);
            }
        }
    }
}

/// The fields of an embedded struct.
pub(crate) fn structure(structure: &Model, errors: &Errors) {
    form(structure, errors);
    for field in &structure.fields {
        inside(field, &structure.ident, errors);
        if let Some(former) = &field.attributes.renamed_from
            && structure.fields.iter().any(|other| {
                other
                    .attributes
                    .renamed_from
                    .as_ref()
                    .is_some_and(|name| other.ident != field.ident && name.value() == former.value())
            })
        {
            errors.at(former.span(), format!("another field was `{}` too", former.value()));
        }
    }
}

fn inside(field: &Field, own: &Ident, errors: &Errors) {
    if let Class::Reference(_) = innermost(&field.shape).class {
        let message = "a reference inside of a value is not supported yet: the store would not check it";
        errors.at(field.ty.span(), message);
    }
    if marker(&field.ty).is_some() {
        errors.at(field.ty.span(), "a relation leads from a record: it is declared in a model");
    }
    if model_name(&innermost(&field.shape).inner, own).as_ref() == Some(own) {
        errors.at(field.ty.span(), format!("`{own}` would be in itself without an end"));
    }
    if let Some(DefaultValue::Expr(node)) = &field.attributes.default
        && let Form::Now(_) = node.form
    {
        errors.at(node.span, "`now()` is the default of a model's field: what is inside of a value knows no time");
    }
}

/// What a list, of lists, holds.
fn innermost(shape: &Shape) -> &Shape {
    match &shape.class {
        Class::List(element) => innermost(element),
        _ => shape,
    }
}
