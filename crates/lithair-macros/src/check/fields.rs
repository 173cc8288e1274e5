//! Each field by itself: its names, who sets it, what it is without a value.

use proc_macro2::Span;

use super::scope::Scope;
use super::{expressions, rules};
use crate::ast::{Field, Model, distinct};
use crate::attr::field::{Auto, DefaultValue, FieldAttributes, Mutability};
use crate::attr::states::States;
use crate::errors::Errors;
use crate::expr::{Constant, Form};
use crate::types::Class;

/// Each field by itself, and their names together.
pub(super) fn check(model: &Model, key: &[usize], scope: &Scope<'_>, errors: &Errors) {
    let mut sequence = None;
    for (index, field) in model.fields.iter().enumerate() {
        wire(field, errors);
        auto(field, errors);
        on_update(field, key.contains(&scope.place(index)), errors);
        example(field, errors);
        renamed_from(model, field, errors);
        former_values(model, field, key.contains(&scope.place(index)), scope, errors);
        default(field, scope, errors);
        decimal(field, errors);
        exposure(field, errors);
        offered(field, errors);
        states(field, scope, errors);
        mutability(field, key.contains(&scope.place(index)), errors);
        normalizers(field, errors);
        rules::check(&field.attributes.rules, &field.shape, scope, errors);
        can_be_given(model, field, key.contains(&scope.place(index)), errors);
        if let Some((span, Auto::Sequence)) = field.attributes.auto
            && let Some(first) = sequence.replace(&field.name)
        {
            errors.at(span, format!("a model has one `sequence`, and `{first}` is it"));
        }
    }
    let names = model.fields.iter().map(|field| (&field.ident, wire_name(field)));
    let names: Vec<_> = names.collect();
    distinct("field", names.iter().map(|(ident, wire)| (*ident, wire.as_str())), errors);
    let implicit_wire = names.iter().find(|(ident, wire)| wire == "id" && *ident != "id");
    if let (0, Some((ident, _)), true) =
        (key.first().copied().unwrap_or(1), implicit_wire, super::keys::is_implicit(model))
    {
        errors.at(ident.span(), "the implicit key is `id` in JSON too");
    }
}

/// The name in JSON.
pub(super) fn wire_name(field: &Field) -> String {
    field.attributes.rename.as_ref().map_or_else(|| field.name.clone(), |text| text.value())
}

fn wire(field: &Field, errors: &Errors) {
    let name = wire_name(field);
    if name.is_empty() || name.starts_with('_') {
        let span = field.attributes.rename.as_ref().map_or(field.ident.span(), |text| text.span());
        errors.at(span, "a name in JSON is not empty and does not begin with `_`, which is reserved");
    }
}

fn auto(field: &Field, errors: &Errors) {
    let Some((span, auto)) = field.attributes.auto else { return };
    let class = &field.shape.class;
    let (word, needs, fits) = match auto {
        Auto::Uuid7 => ("uuid7", "`Uuid`", matches!(class, Class::Uuid | Class::Other)),
        Auto::Ulid => ("ulid", "`String`", matches!(class, Class::Text | Class::Other)),
        Auto::Sequence => ("sequence", "an integer", matches!(class, Class::Int { .. } | Class::Other)),
        Auto::Deleted => ("soft_delete", "`Option<Timestamp>`", matches!(class, Class::Timestamp | Class::Other)),
        Auto::Created | Auto::Updated => {
            ("timestamps", "`Timestamp`", matches!(class, Class::Timestamp | Class::Other))
        }
    };
    if !fits {
        errors.at(span, format!("`{word}` needs {needs}, and this is {}", class.word()));
    } else if auto == Auto::Deleted && !field.shape.optional {
        errors.at(field.ident.span(), "a record that is not deleted has no time of it: `Option<Timestamp>`");
    } else if auto != Auto::Deleted && field.shape.optional {
        errors.at(span, format!("`{word}` always gives a value, so the field is no `Option`"));
    } else if auto == Auto::Sequence && matches!(class, Class::Int { max, .. } if *max < i128::from(i32::MAX)) {
        errors.at(span, "`sequence` needs an integer of 32 bits or more: a create that is refused takes a number too");
    }
    let also = |what: &str, span: Option<Span>| {
        if let Some(span) = span {
            errors.at(span, format!("`{word}` gives the value: `{what}` cannot be there too"));
        }
    };
    let attributes = &field.attributes;
    also("default", attributes.default.as_ref().map(default_span));
    also("on_update", attributes.on_update.as_ref().map(default_span));
    also("read_only", attributes.read_only);
    also("write_only", attributes.write_only);
}

/// A key never changes.
fn on_update(field: &Field, in_key: bool, errors: &Errors) {
    if let (Some(value), true) = (&field.attributes.on_update, in_key) {
        errors.at(default_span(value), "`on_update`: a key never changes, leave it out");
    }
}

/// The name of before is nobody's now.
fn renamed_from(model: &Model, field: &Field, errors: &Errors) {
    let Some(former) = &field.attributes.renamed_from else { return };
    if model.fields.iter().any(|other| other.name == former.value()) {
        errors.at(former.span(), format!("`{}` is a field of the model: nothing was renamed from it", former.value()));
    }
}

/// The parameters of a command are no record that a function of the application could take, and what is inside of a value neither.
pub(super) fn no_code(model: &Model, errors: &Errors) {
    for condition in
        model.fields.iter().flat_map(|field| &field.attributes.rules).filter_map(|rule| rule.condition.as_ref())
    {
        condition.walk(&mut |node| {
            if let Form::Code(_) = node.form {
                errors.at(node.span, "`fn(path)` takes a whole record, and parameters are none");
            }
        });
    }
}

/// Where records of before the field get its value from.
fn former_values(model: &Model, field: &Field, in_key: bool, scope: &Scope<'_>, errors: &Errors) {
    let FieldAttributes { backfill, upcast, .. } = &field.attributes;
    let backfill = backfill.as_ref().map(|value| (default_span(value), "backfill"));
    let upcast = upcast.as_ref().map(|upcast| (upcast.span, "upcast"));
    for (span, word) in backfill.iter().chain(&upcast) {
        if in_key {
            errors
                .at(*span, format!("`{word}`: old records keep their keys, so a key cannot be new or of another type"));
        }
    }
    if let (Some(_), Some((span, _))) = (backfill, upcast) {
        errors.at(span, "`upcast` and `backfill` contradict each other");
    }
    if let Some(upcast) = &field.attributes.upcast
        && let [source] = upcast.sources.as_slice()
        && *source == field.name
    {
        errors.at(source.span(), "the field as it was needs no name: `upcast = path`");
    }
    if let Some(DefaultValue::Expr(node)) = &field.attributes.backfill {
        expressions::backfill(node, field, &model.fields, scope, errors);
    }
}

fn example(field: &Field, errors: &Errors) {
    if let Some(example) = &field.attributes.example {
        rules::constant(example, &field.shape, errors);
        refused("example", &example.value, example.span, field, errors);
    }
}

fn default_span(default: &DefaultValue) -> Span {
    match default {
        DefaultValue::Expr(node) => node.span,
        DefaultValue::Function(path) => syn::spanned::Spanned::span(path),
    }
}

fn default(field: &Field, scope: &Scope<'_>, errors: &Errors) {
    for (word, value) in [("default", &field.attributes.default), ("on_update", &field.attributes.on_update)] {
        if let Some(DefaultValue::Expr(node)) = value {
            expressions::default(node, &field.shape, scope, errors);
            if let Form::Constant(constant) = &node.form {
                refused(word, constant, node.span, field, errors);
            }
        }
    }
}

/// What the server gives, or shows, keeps the rules of the field like what a caller gives.
fn refused(word: &str, constant: &Constant, span: Span, field: &Field, errors: &Errors) {
    if let Some(rule) = rules::refusing(constant, field) {
        errors.at(span, format!("the field's rule `{}` refuses this `{word}`: change one of the two", rule.word));
    }
}

fn decimal(field: &Field, errors: &Errors) {
    let Some(decimal) = &field.attributes.decimal else { return };
    let class = innermost(&field.shape.class);
    if !matches!(class, Class::Decimal | Class::Other) {
        errors.at(decimal.span, format!("`decimal(..)` is for decimals, and this is {}", class.word()));
    }
}

/// At most one of the words that say who sees the field.
fn exposure(field: &Field, errors: &Errors) {
    let attributes = &field.attributes;
    let words =
        [("hidden", attributes.hidden), ("read_only", attributes.read_only), ("write_only", attributes.write_only)];
    let declared: Vec<(&str, Span)> = words.iter().filter_map(|(word, span)| Some((*word, (*span)?))).collect();
    if let [(first, _), others @ ..] = declared.as_slice() {
        for (word, span) in others {
            errors.at(*span, format!("`{word}` and `{first}` contradict each other"));
        }
    }
}

/// A state machine on a field that has no other word for how it changes.
fn states(field: &Field, scope: &Scope<'_>, errors: &Errors) {
    let Some(states) = &field.attributes.states else { return };
    let span = states.word.span();
    if !matches!(field.shape.class, Class::Other) || field.shape.optional {
        errors.at(span, "`states(..)` is for an enum that derives `DeclarativeEnum`, and not for an `Option`");
    }
    if let Some(default) = &field.attributes.default {
        errors.at(default_span(default), "a new record is in the `initial` state: a default cannot be there too");
    }
    if let Some(value) = &field.attributes.on_update {
        errors.at(default_span(value), "a state changes by its transitions only: `on_update` cannot be there too");
    }
    if let Some((span, word)) = field.attributes.mutability.first() {
        errors.at(*span, format!("`states(..)` says how the field changes: `{}` cannot be there too", word.word()));
    }
    if states.transitions.is_empty() {
        errors.at(span, "a state machine has transitions");
    }
    let mut names = std::collections::HashSet::new();
    for way in &states.transitions {
        if !names.insert(way.name.to_string()) {
            errors.at(way.name.span(), format!("the transition `{}` is there twice", way.name));
        }
        if let Some(guard) = &way.guard {
            expressions::condition(guard, scope, errors);
        }
    }
    let reached = reached(states);
    for state in states.transitions.iter().flat_map(|way| &way.from).filter(|state| !reached.contains(state)) {
        errors.at(state.span(), format!("no transition leads to the state `{state}`"));
    }
}

/// The states that a record comes to, from the one that it begins in.
fn reached(states: &States) -> Vec<&syn::Ident> {
    let mut reached = vec![&states.initial];
    let mut at = 0;
    while let Some(state) = reached.get(at).copied() {
        for way in states.transitions.iter().filter(|way| way.from.contains(state)) {
            if !reached.contains(&&way.to) {
                reached.push(&way.to);
            }
        }
        at += 1;
    }
    reached
}

/// One word that says how the value may change, and one that has an effect.
fn mutability(field: &Field, in_key: bool, errors: &Errors) {
    let [(span, mutability), others @ ..] = field.attributes.mutability.as_slice() else { return };
    let word = mutability.word();
    for (span, other) in others {
        errors.at(*span, format!("`{}` and `{word}` contradict each other", other.word()));
    }
    let class = &field.shape.class;
    if let Some(value) = &field.attributes.on_update {
        errors.at(default_span(value), format!("`on_update` changes the value, and `{word}` does not let it"));
    }
    match mutability {
        _ if in_key => errors.at(*span, format!("`{word}`: a key never changes, leave it out")),
        Mutability::WriteOnce if !field.shape.optional => {
            errors.at(*span, "`write_once` needs an `Option`: write `immutable` for what is set at creation");
        }
        Mutability::Monotonic if !(class.is_number() || class.is_time() || matches!(class, Class::Other)) => {
            errors.at(*span, format!("`monotonic` is for numbers, dates and times, and this is {}", class.word()));
        }
        _ => {}
    }
}

/// What filters and sorts may name.
fn offered(field: &Field, errors: &Errors) {
    let FieldAttributes { hidden, write_only, filter, sort, .. } = &field.attributes;
    let unseen = hidden.map(|_| "hidden").or(write_only.map(|_| "write_only"));
    for (word, span) in [("filter", filter), ("sort", sort)] {
        if let (Some(unseen), Some(span)) = (unseen, span) {
            errors.at(*span, format!("a field that is `{unseen}` would be read by `{word}`"));
        }
    }
    if let (Some(span), false) = (sort, field.shape.class.is_comparable()) {
        errors.at(*span, format!("{} cannot be sorted by", field.shape.class.word()));
    }
}

fn normalizers(field: &Field, errors: &Errors) {
    let class = innermost(&field.shape.class);
    if let (Some((span, _)), false) =
        (field.attributes.normalizers.first(), matches!(class, Class::Text | Class::Other))
    {
        errors.at(*span, format!("`normalize` is for texts, and this is {}", class.word()));
    }
}

/// What a list, of lists, holds.
fn innermost(class: &Class) -> &Class {
    match class {
        Class::List(element) => innermost(&element.class),
        class => class,
    }
}

/// A field that callers cannot give gets its value from somewhere else, or no record could be created.
fn can_be_given(model: &Model, field: &Field, in_key: bool, errors: &Errors) {
    let attributes = &field.attributes;
    let creates = model.attributes.operations.as_ref().is_none_or(|offered| offered.contains(&"Create"));
    let has_value = field.shape.optional
        || attributes.default.is_some()
        || attributes.auto.is_some()
        || attributes.computed.is_some()
        || attributes.states.is_some();
    let closed = [("hidden", attributes.hidden), ("read_only", attributes.read_only)];
    let closed = closed.into_iter().find_map(|(word, span)| Some((word, span?)));
    // A key that callers do not see is refused as one.
    if let (true, false, false, Some((word, span))) = (creates, has_value, in_key, closed) {
        let message = format!("`{word}`: callers cannot give the field, so it needs `Option`, a default or `auto`");
        errors.at(span, message);
    }
}
