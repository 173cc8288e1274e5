//! Keys, unique constraints and indexes name fields that have an order.

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::scope::Scope;
use super::{Check, Inside, Term, Unique, expressions};
use crate::ast::Model;
use crate::attr::structure;
use crate::errors::Errors;
use crate::expr::Form;
use crate::types::Class;

/// Unique constraints: those of fields first.
pub(super) fn uniques<'a>(model: &'a Model, scope: &Scope<'_>, errors: &Errors) -> Vec<Unique<'a>> {
    let mut uniques = Vec::new();
    for (index, field) in model.fields.iter().enumerate() {
        let Some(unique) = &field.attributes.unique else { continue };
        let place = scope.place(index);
        comparable("a unique constraint", [(unique.span, place)], scope, errors);
        let class = &field.shape.class;
        if unique.ignore_case && !matches!(class, Class::Text) && !class.is_open() {
            errors.at(unique.span, format!("`unique(ci)` is for texts, and this is {}", class.word()));
        }
        uniques.push(Unique { fields: vec![place], ignore_case: unique.ignore_case, condition: None });
    }
    for unique in &model.attributes.uniques {
        // The word, unless a field has its name.
        let is_word = |name: &&Ident| **name == "ci" && scope.find(name).is_none();
        let word = unique.fields.iter().find(is_word);
        let names: Vec<Ident> = unique.fields.iter().filter(|name| !is_word(name)).cloned().collect();
        let fields = places(&names, scope, errors);
        comparable("a unique constraint", fields.iter().copied(), scope, errors);
        if let Some(word) = word {
            ignores_case(word, &fields, scope, errors);
        }
        if let Some(condition) = &unique.condition {
            expressions::data_condition(condition, scope, errors);
        }
        let fields: Vec<usize> = fields.into_iter().map(|(_, place)| place).collect();
        if unique.condition.is_none() && uniques.iter().any(|other| other.fields == fields && other.condition.is_none())
        {
            errors.at(unique.span, "the same unique constraint is there twice");
        }
        uniques.push(Unique { fields, ignore_case: word.is_some(), condition: unique.condition.as_ref() });
    }
    uniques
}

/// Only texts have case.
fn ignores_case(word: &Ident, fields: &[(Span, usize)], scope: &Scope<'_>, errors: &Errors) {
    let has_case = |place: usize| matches!(scope.shape(place).class, Class::Text) || scope.shape(place).class.is_open();
    if !fields.iter().any(|(_, place)| has_case(*place)) {
        errors.at(word.span(), "`ci` is for texts, and none of the fields is one");
    }
}

/// The condition of `immutable_when`.
pub(super) fn immutable_when(model: &Model, scope: &Scope<'_>, errors: &Errors) {
    let Some(condition) = &model.attributes.immutable_when else { return };
    expressions::condition(condition, scope, errors);
    condition.walk(&mut |node| {
        if let Form::Now(_) = node.form {
            errors.at(node.span, "a record does not become immutable by the passing of time: nothing would log it");
        }
    });
}

/// Ordered indexes: those of fields first.
pub(super) fn indexes(model: &Model, scope: &Scope<'_>, errors: &Errors) -> Vec<Vec<Term>> {
    let mut indexes = Vec::new();
    for (index, field) in model.fields.iter().enumerate() {
        let Some(span) = field.attributes.index else { continue };
        let field = scope.place(index);
        comparable("an index", [(span, field)], scope, errors);
        indexes.push(vec![Term { field, inside: None, descending: false }]);
    }
    for index in &model.attributes.indexes {
        let terms = terms("an index", &index.terms, scope, errors);
        if indexes.contains(&terms) {
            errors.at(index.span, "the same index is there twice");
        }
        indexes.push(terms);
    }
    indexes
}

/// The terms of an index or of the order.
pub(super) fn terms(what: &str, terms: &[structure::Term], scope: &Scope<'_>, errors: &Errors) -> Vec<Term> {
    let found: Vec<(Span, Term)> = terms
        .iter()
        .filter_map(|term| {
            let field = scope.resolve(&term.field, errors)?;
            let inside = inside(term, field, scope, errors);
            Some((term.field.span(), Term { field, inside, descending: term.descending }))
        })
        .collect();
    // Of what is inside of a field, the catalog knows the type.
    let own = found.iter().filter(|(_, term)| term.inside.is_none());
    comparable(what, own.map(|(span, term)| (*span, term.field)), scope, errors);
    found.into_iter().map(|(_, term)| term).collect()
}

fn inside(term: &structure::Term, field: usize, scope: &Scope<'_>, errors: &Errors) -> Option<Inside> {
    let span = term.inside.first()?.span();
    expressions::has_fields(&term.field, field, scope, errors);
    let names: Vec<String> = term.inside.iter().map(|name| name.unraw().to_string()).collect();
    Some(Inside { path: names.join("."), span })
}

/// Conditions over whole records.
pub(super) fn checks<'a>(model: &'a Model, scope: &Scope<'_>, errors: &Errors) -> Vec<Check<'a>> {
    let checks = model.attributes.checks.iter();
    checks
        .enumerate()
        .map(|(place, check)| {
            expressions::condition(&check.condition, scope, errors);
            if model.attributes.checks[..place].iter().any(|other| other.condition.is_same(&check.condition)) {
                errors.at(check.condition.span, "the same check is there twice");
            }
            let field = check.field.as_ref().and_then(|name| scope.resolve(name, errors));
            if check.message.value().trim().is_empty() {
                errors.at(check.message.span(), "a check tells callers what is wrong");
            }
            Check { condition: &check.condition, message: check.message.value(), field }
        })
        .collect()
}

fn places(names: &[Ident], scope: &Scope<'_>, errors: &Errors) -> Vec<(Span, usize)> {
    names.iter().filter_map(|name| Some((name.span(), scope.resolve(name, errors)?))).collect()
}

/// The fields are there once each, of types that can be compared.
fn comparable(what: &str, fields: impl IntoIterator<Item = (Span, usize)>, scope: &Scope<'_>, errors: &Errors) {
    let mut seen = Vec::new();
    for (span, place) in fields {
        let class = &scope.shape(place).class;
        if !class.is_comparable() {
            errors.at(span, format!("{what} cannot have {}", class.word()));
        }
        if scope.is_virtual(place) {
            let message = format!("{what} cannot have a field that is computed when it is read: let it be `stored`");
            errors.at(span, message);
        }
        if seen.contains(&place) {
            errors.at(span, format!("{what} names the field twice"));
        }
        seen.push(place);
    }
}
