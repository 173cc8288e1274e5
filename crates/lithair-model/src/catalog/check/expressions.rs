use super::Report;
use crate::{Expr, Predicate, Rule, RuleSchema};

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
        conditions(place, field.rules, report);
    }
}

/// The conditions of rules, those for elements included.
fn conditions(place: usize, rules: &[RuleSchema], report: &mut Report<'_>) {
    for rule in rules {
        if let Some(condition) = &rule.condition {
            binds("`when`", Some(place), condition, report);
        }
        if let Rule::Each(rules) = &rule.rule {
            conditions(place, rules, report);
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
