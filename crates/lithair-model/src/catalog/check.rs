//! Everything that can be wrong with the schemas of a program. All of it is said at once.
//!
//! The derive refuses most of this at its span; here it is refused for schemas written by hand too, and for what only
//! shows when all models are known.

mod behaviour;
mod computed;
mod constants;
mod constraints;
mod expressions;
mod fields;
mod links;
mod names;
mod projection;
mod references;
mod rules;
mod security;

use super::SchemaProblem;
use crate::{ModelSchema, Numbers};
pub(crate) use fields::is_comparable;
pub(crate) use rules::rule_word;

/// What is wrong with these schemas, by model.
pub(super) fn problems(schemas: &[&'static ModelSchema], numbers: &Numbers) -> Vec<SchemaProblem> {
    let mut problems = Vec::new();
    for (place, schema) in schemas.iter().enumerate() {
        let mut report = Report { schema, problems: &mut problems };
        names::check(&schemas[..place], &mut report);
        let places_are_right = constraints::places(&mut report);
        fields::check(&mut report);
        if places_are_right {
            constraints::check(&mut report);
            references::check(schemas, &mut report);
            links::check(place, schemas, &mut report);
            references::cascades(schemas, &mut report);
            expressions::check(&mut report);
            behaviour::check(&mut report);
            projection::check(schemas, &mut report);
            computed::check(place, schemas, &mut report);
        }
        security::check(&mut report);
        numbers::check(numbers, &mut report);
    }
    if problems.is_empty() {
        computed::cycles(schemas, &mut problems);
        constants::check(schemas, &mut problems);
    }
    problems
}

/// Collects the problems of one model.
struct Report<'a> {
    schema: &'static ModelSchema,
    problems: &'a mut Vec<SchemaProblem>,
}

impl Report<'_> {
    /// Something is wrong with the model as a whole.
    fn model(&mut self, detail: impl Into<String>) {
        self.problems.push(SchemaProblem { model: self.schema.name, field: None, detail: detail.into() });
    }

    /// Something is wrong with the link of this name.
    fn link(&mut self, name: &'static str, detail: String) {
        self.problems.push(SchemaProblem { model: self.schema.name, field: Some(name), detail });
    }

    /// Something is wrong with the field at this place.
    fn field(&mut self, place: usize, detail: impl Into<String>) {
        let field = Some(self.schema.fields[place].name);
        self.problems.push(SchemaProblem { model: self.schema.name, field, detail: detail.into() });
    }
}

mod numbers {
    use super::Report;
    use crate::Numbers;

    /// The log must know every field, as what it is.
    pub(super) fn check(numbers: &Numbers, report: &mut Report<'_>) {
        for (place, field) in report.schema.fields.iter().enumerate() {
            let declared = crate::numbers::type_word(&field.kind);
            match numbers.field(report.schema.table, field.name) {
                None => report.field(place, "the log does not know the field yet"),
                Some((_, known)) if known != declared => {
                    let detail = format!(
                        "the log has values of type `{known}`, the struct says `{declared}`; \
                         a type cannot change yet, so give the field a new name"
                    );
                    report.field(place, detail);
                }
                Some(_) => {}
            }
        }
    }
}
