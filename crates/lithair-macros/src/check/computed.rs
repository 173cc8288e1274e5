//! Computed fields: nothing else sets them, their types fit, and none is computed from itself. What only shows with the other model at
//! hand is refused when the server starts.

use proc_macro2::Span;
use syn::ext::IdentExt;

use super::scope::Scope;
use super::typed::{Sort, typed};
use super::{contradictions, expressions};
use crate::ast::{Field, Model};
use crate::attr::computed::{Computed, ComputedForm, Related};
use crate::errors::Errors;
use crate::expr::{Form, Node};
use crate::suggest;
use crate::types::Class;

pub(super) fn check(model: &Model, key: &[usize], scope: &Scope<'_>, errors: &Errors) {
    for (index, field) in model.fields.iter().enumerate() {
        let Some(computed) = &field.attributes.computed else { continue };
        only(field, key.contains(&scope.place(index)), errors);
        match &computed.form {
            ComputedForm::Expr(node) => {
                expression(node, computed, field, scope, errors);
                if let Some(way) = way_back(model, field, &mut vec![&field.name]) {
                    errors.at(node.span, format!("the field is computed from itself: {way}"));
                }
            }
            ComputedForm::Related(related) => aggregate(related, model, field, errors),
        }
    }
}

/// What is computed is nobody's to set.
fn only(field: &Field, in_key: bool, errors: &Errors) {
    for (attribute, word) in &field.attributes.words {
        let word_text = word.to_string();
        let fits = match *attribute {
            "db" => ["index", "unique", "decimal", "fulltext", "renamed_from"].contains(&word_text.as_str()),
            "http" => {
                ["hidden", "rename", "filter", "sort", "search", "example", "deprecated"].contains(&word_text.as_str())
            }
            "lifecycle" => ["versions", "versioned", "retention", "snapshot_only"].contains(&word_text.as_str()),
            "relation" => false,
            _ => true,
        };
        if !fits {
            let hint = if word_text == "validate" { ": say it as a `check` on the struct" } else { "" };
            errors.at(word.span(), format!("the field is computed, and `{word}` cannot be there too{hint}"));
        }
    }
    if in_key {
        errors.at(field.ident.span(), "a key never changes, so it is not computed");
    }
}

fn expression(node: &Node, computed: &Computed, field: &Field, scope: &Scope<'_>, errors: &Errors) {
    node.walk(&mut |part| match &part.form {
        Form::Now(_) => {
            errors.at(part.span, "a computed field does not change with time alone: compare with `@now` in a filter");
        }
        Form::Field(name) if computed.stored.is_some() => expressions::is_known(name, scope, errors),
        _ => {}
    });
    if let Form::Code(_) = node.form {
        // Rustc says whether it gives the field's type.
        return;
    }
    let shape = &field.shape;
    if is_condition(node) {
        if !matches!(shape.class, Class::Bool | Class::Other) {
            errors.at(node.span, format!("this is true or false, and the field is {}", shape.class.word()));
        }
        expressions::truth(node, scope, errors);
        return contradictions::check(node, scope, errors);
    }
    let Some(found) = typed(node, scope, errors) else { return };
    if let Some(constant) = found.constant {
        errors.at(node.span, "a constant is the same for every record: leave the field out");
        return expressions::fits(constant, node.span, &shape.class, errors);
    }
    if !fits(found.sort, Sort::of(&shape.class)) {
        errors.at(node.span, format!("this is {}, and the field is {}", found.word(), shape.class.word()));
    } else if found.optional && !shape.optional {
        errors.at(
            node.span,
            "this may be nothing, be it by a division: let the field be an `Option`, or say `.unwrap_or(..)`",
        );
    }
}

fn is_condition(node: &Node) -> bool {
    matches!(
        node.form,
        Form::All(_) | Form::Any(_) | Form::Not(_) | Form::Compare(..) | Form::In(..) | Form::IsNull(..)
    )
}

/// Whether values of one sort are values of the field. An integer is a number of any other kind too.
fn fits(sort: Sort, field: Sort) -> bool {
    sort == field || sort == Sort::Open || field == Sort::Open || (sort == Sort::Int && field.is_number())
}

/// A field that is computed from this one, and is what it is computed from: the way around.
fn way_back<'a>(model: &'a Model, field: &'a Field, way: &mut Vec<&'a String>) -> Option<String> {
    let Some(ComputedForm::Expr(node)) = field.attributes.computed.as_ref().map(|computed| &computed.form) else {
        return None;
    };
    let mut sources = Vec::new();
    node.walk(&mut |part| {
        if let Form::Field(name) = &part.form {
            let name = name.unraw().to_string();
            sources.extend(model.fields.iter().find(|other| other.name == name));
        }
    });
    for source in sources {
        if source.name == *way[0] {
            let names: Vec<String> = way.iter().chain([&way[0]]).map(|name| format!("`{name}`")).collect();
            return Some(names.join(" from "));
        }
        // One that goes round without this one says so itself.
        if !way.contains(&&source.name) {
            way.push(&source.name);
            if let Some(found) = way_back(model, source, way) {
                return Some(found);
            }
            way.pop();
        }
    }
    None
}

fn aggregate(related: &Related, model: &Model, field: &Field, errors: &Errors) {
    let name = related.link.unraw().to_string();
    if !model.links.iter().any(|link| link.name == name) {
        let links = model.links.iter().map(|link| link.name.as_str());
        let hint = suggest::hint(&name, links);
        let message = format!(
            "`{name}` is no relation to other records{hint}: declare it with `has_many`, `has_one` or `many_to_many`"
        );
        errors.at(related.link.span(), message);
    }
    let function = related.function;
    let counts = matches!(function, "count" | "exists");
    match &related.value {
        Some(value) if counts => errors.at(value.span, format!("`{function}` counts records, and not a value of them")),
        None if !counts => errors.at(related.word, format!("say of what: `{function}({name}.field)`")),
        _ => {}
    }
    for node in related.value.iter().chain(&related.condition) {
        node.walk(&mut |part| match part.form {
            Form::Now(_) => errors.at(part.span, "a computed field does not change with time alone: leave `now()` out"),
            Form::Code(_) => errors.at(part.span, "`fn(path)` is not supported here: it would be of the other model"),
            _ => {}
        });
    }
    result(function, field, related.word, errors);
}

/// The field can be what the aggregate is.
fn result(function: &str, field: &Field, span: Span, errors: &Errors) {
    let (class, optional) = (&field.shape.class, field.shape.optional);
    let is_number = class.is_number();
    let (fits, expected) = match function {
        "count" => (matches!(class, Class::Int { .. }), "an integer"),
        "exists" => (matches!(class, Class::Bool), "a `bool`"),
        "sum" => (is_number, "a number"),
        "avg" => (matches!(class, Class::Float | Class::Decimal), "an `Option<f64>` or an `Option<Decimal>`"),
        _ => {
            (is_number || class.is_time() || matches!(class, Class::Text), "an `Option` of a number, a time or a text")
        }
    };
    let may_be_nothing = matches!(function, "min" | "max" | "avg");
    if !fits && !class.is_open() {
        errors.at(span, format!("`{function}` gives {expected}, and the field is {}", class.word()));
    } else if may_be_nothing && !optional {
        errors.at(span, format!("`{function}` of no records is nothing, so the field is an `Option`"));
    } else if !may_be_nothing && optional {
        errors.at(span, format!("`{function}` is never nothing, so the field is no `Option`"));
    }
}
