use super::Report;
use crate::{Expr, Predicate};

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
    for (place, field) in schema.fields.iter().enumerate() {
        for condition in field.rules.iter().filter_map(|rule| rule.condition.as_ref()) {
            binds("`when`", Some(place), condition, report);
        }
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
