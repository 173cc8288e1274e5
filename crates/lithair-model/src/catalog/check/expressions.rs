use super::Report;
use crate::{Expr, Function};

/// The names in checks and conditions are fields.
pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    for check in schema.checks {
        names("a check", None, &check.condition, report);
    }
    for unique in schema.uniques {
        if let Some(condition) = &unique.condition {
            names("the condition of a unique constraint", None, condition, report);
        }
    }
    for (place, field) in schema.fields.iter().enumerate() {
        for condition in field.rules.iter().filter_map(|rule| rule.condition.as_ref()) {
            names("`when`", Some(place), condition, report);
        }
    }
}

fn names(what: &str, place: Option<usize>, expr: &Expr, report: &mut Report<'_>) {
    let mut unknown = Vec::new();
    walk(expr, &mut |name| {
        if !report.schema.fields.iter().any(|field| field.name == name) {
            unknown.push(name);
        }
    });
    for name in unknown {
        let known = report.schema.fields.iter().map(|field| field.name);
        let hint = crate::nearest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let detail = format!("{what} names `{name}`, which is not a field{hint}");
        match place {
            Some(place) => report.field(place, detail),
            None => report.model(detail),
        }
    }
}

fn walk(expr: &Expr, found: &mut impl FnMut(&'static str)) {
    match expr {
        Expr::All(inner) | Expr::Any(inner) => inner.iter().for_each(|expr| walk(expr, found)),
        Expr::Not(inner) | Expr::Call(Function::Lower | Function::Len | Function::Date | Function::Year, inner) => {
            walk(inner, found);
        }
        Expr::Compare(one, _, other) => {
            walk(one, found);
            walk(other, found);
        }
        Expr::In(one, others) => {
            walk(one, found);
            others.iter().for_each(|expr| walk(expr, found));
        }
        Expr::Field(name) => found(name),
        Expr::Literal(_) | Expr::Now(_) => {}
    }
}
