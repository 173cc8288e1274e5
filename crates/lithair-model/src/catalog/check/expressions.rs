//! Conditions bind to the fields of their model.

use super::Report;
use crate::{Expr, FieldSchema, Kind, Predicate, Rule, RuleSchema};

/// Checks and conditions bind: their names are fields, their operands fit each other.
pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    for check in schema.checks {
        binds("a check", check.field, &check.condition, report);
    }
    for unique in schema.uniques {
        if let Some(condition) = &unique.condition {
            binds("the condition of a unique constraint", None, condition, report);
        }
    }
    if let Some(condition) = &schema.lifecycle.immutable_when {
        binds("`immutable_when`", None, condition, report);
    }
    for (place, field) in schema.fields.iter().enumerate() {
        conditions(place, field.rules, report.schema.fields, report);
        inside(place, &field.kind, report);
    }
}

/// The conditions of rules, those for elements included. They name fields that stand beside the rule's.
fn conditions(place: usize, rules: &[RuleSchema], siblings: &'static [FieldSchema], report: &mut Report<'_>) {
    for rule in rules {
        if let Some(Err(error)) = rule.condition.as_ref().map(|condition| Predicate::bind_fields(condition, siblings)) {
            report.field(place, format!("`when`: {error}"));
        }
        if let Rule::Each(rules) = &rule.rule {
            conditions(place, rules, siblings, report);
        }
    }
}

/// The conditions of rules inside of embedded structs and of variants.
fn inside(place: usize, kind: &Kind, report: &mut Report<'_>) {
    let mut all = |fields: &'static [FieldSchema]| {
        for field in fields {
            conditions(place, field.rules, fields, report);
            inside(place, &field.kind, report);
        }
    };
    match kind {
        Kind::Struct(schema) => all(schema.fields),
        Kind::Enum(schema) => schema.variants.iter().for_each(|variant| all(variant.fields)),
        Kind::List(element) => inside(place, &element.kind, report),
        _ => {}
    }
}

fn binds(what: &str, place: Option<usize>, expr: &Expr, report: &mut Report<'_>) {
    let Err(error) = Predicate::bind(expr, report.schema) else { return };
    let detail = format!("{what}: {error}");
    match place {
        Some(place) => report.field(place, detail),
        None => report.model(detail),
    }
}
