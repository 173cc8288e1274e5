//! Projections have folds, and nothing beside them that would change their rows.

use super::super::relations::place_of;
use super::{Report, behaviour};
use crate::{AfterWhat, FieldSchema, FoldSchema, ModelSchema, OnDelete, OperationKind};

/// A projection is what its folds make of the log, and nothing else: no caller, no code and no rule of its own may have a say.
pub(super) fn check(schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    let Some(projection) = report.schema.projection else { return };
    if projection.folds.is_empty() {
        report.model("a projection without `#[fold(..)]` stays empty");
    }
    has_nothing_else(report);
    for fold in projection.folds {
        source(fold, schemas, report);
    }
}

fn has_nothing_else(report: &mut Report<'_>) {
    use OperationKind::{Bulk, Create, Delete, Update};
    let schema = report.schema;
    let lifecycle = &schema.lifecycle;
    let words = [
        ("operations that write", schema.operations.iter().any(|it| matches!(it, Create | Update | Delete | Bulk))),
        ("commands", !schema.commands.is_empty()),
        ("hooks", !schema.hooks_before.is_empty() || !schema.hooks_after.is_empty()),
        ("`soft_delete`", lifecycle.soft_delete.is_some()),
        ("`optimistic_lock`", lifecycle.optimistic_lock),
        ("`immutable_when`", lifecycle.immutable_when.is_some()),
    ];
    for (what, _) in words.into_iter().filter(|(_, has)| *has) {
        report.model(format!("a projection has no {what}: its folds alone say what its rows are"));
    }
    for (place, field) in schema.fields.iter().enumerate() {
        let is_given = field.auto.is_some() || field.on_update.is_some() || field.states.is_some();
        if is_given || field.computed.is_some() {
            report.field(place, "a projection's fields are given by its folds: folded again, they must be the same");
        }
    }
    for relation in schema.relations.iter().filter(|relation| relation.on_delete != OnDelete::Restrict) {
        let detail = format!("`{}`: a projection's references hold nothing, so leave `on_delete` out", relation.name);
        report.model(detail);
    }
}

/// That what a fold waits for can happen.
fn source(fold: &FoldSchema, schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    let of = (fold.of)();
    if place_of(of, schemas).is_none() {
        return report.model(format!("the fold `{}` is of `{}`, which is not registered", fold.name, of.name));
    }
    if of.projection.is_some() {
        let detail = format!("the fold `{}` is of a projection: fold what `{}` is folded from", fold.name, of.name);
        return report.model(detail);
    }
    let is_virtual = |field: &&FieldSchema| field.computed.as_ref().is_some_and(|computed| !computed.stored);
    let is_of_records = |what: &AfterWhat| !matches!(what, AfterWhat::Event(_));
    if let Some(field) = of.fields.iter().find(is_virtual).filter(|_| fold.on.iter().any(is_of_records)) {
        let (fold, of, field) = (fold.name, of.name, field.name);
        report.model(format!(
            "the fold `{fold}` is of records of `{of}`, whose `{field}` is computed when it is read: folded again, it would be \
             another; make it `stored`, or fold an event"
        ));
    }
    for what in fold.on {
        behaviour::can_happen(&format!("the fold `{}`", fold.name), what, of, report);
    }
}
