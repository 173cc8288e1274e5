//! Everything that can be wrong with the schemas of a program. All of it is said at once.

use super::SchemaProblem;
use crate::{ModelSchema, Numbers};

pub(super) fn problems(schemas: &[&'static ModelSchema], numbers: &Numbers) -> Vec<SchemaProblem> {
    let mut problems = Vec::new();
    for schema in schemas {
        known_to_the_log(schema, numbers, &mut problems);
    }
    problems
}

fn known_to_the_log(schema: &'static ModelSchema, numbers: &Numbers, problems: &mut Vec<SchemaProblem>) {
    for field in schema.fields {
        let declared = crate::numbers::type_word(&field.kind);
        let detail = match numbers.field(schema.table, field.name) {
            None => "the log does not know the field yet".to_owned(),
            Some((_, known)) if known != declared => format!(
                "the log has values of type `{known}`, the struct says `{declared}`; a type cannot change yet: use a new name"
            ),
            Some(_) => continue,
        };
        problems.push(SchemaProblem { model: schema.name, field: Some(field.name), detail });
    }
}
