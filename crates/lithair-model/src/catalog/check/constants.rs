//! What a schema says of values itself - defaults, `on_update`, examples - keeps the rules of the fields, as what callers say has to.
//!
//! This is asked of schemas that are right otherwise: rules are compiled for it.

use super::{Report, SchemaProblem};
use crate::draft::tidy;
use crate::literal::{constant, literal_text};
use crate::{DefaultValue, Expr, FieldSchema, Kind, Literal, ModelSchema, judge_value};

pub(super) fn check(schemas: &[&'static ModelSchema], problems: &mut Vec<SchemaProblem>) {
    for schema in schemas {
        let mut report = Report { schema, problems: &mut *problems };
        for place in 0..schema.fields.len() {
            let mut wrong = Vec::new();
            of_field(schema.fields, place, &mut wrong);
            wrong.into_iter().for_each(|detail| report.field(place, detail));
        }
        for command in schema.commands {
            for (place, field) in command.input.fields.iter().enumerate() {
                let mut wrong = Vec::new();
                of_field(command.input.fields, place, &mut wrong);
                let at = format!("{}({})", command.name, field.name);
                wrong.into_iter().for_each(|detail| report.model(format!("{at}: {detail}")));
            }
        }
    }
}

/// One of these fields, and what is inside of it.
fn of_field(fields: &'static [FieldSchema], place: usize, wrong: &mut Vec<String>) {
    let field = &fields[place];
    for (word, given) in [("default", &field.default), ("on_update", &field.on_update)] {
        if let Some(DefaultValue::Expr(Expr::Literal(literal))) = given {
            one(word, literal, fields, place, wrong);
        }
    }
    if let Some(example) = &field.example {
        one("example", example, fields, place, wrong);
    }
    inside(&field.kind, wrong);
}

fn inside(kind: &Kind, wrong: &mut Vec<String>) {
    match kind {
        Kind::Struct(schema) => members(schema.name, schema.fields, wrong),
        Kind::Enum(schema) => {
            schema.variants.iter().for_each(|variant| members(variant.name, variant.fields, wrong));
        }
        Kind::List(element) => inside(&element.kind, wrong),
        _ => {}
    }
}

fn members(owner: &str, fields: &'static [FieldSchema], wrong: &mut Vec<String>) {
    for (place, field) in fields.iter().enumerate() {
        let mut own = Vec::new();
        of_field(fields, place, &mut own);
        wrong.extend(own.into_iter().map(|detail| format!("`{owner}.{}`: {detail}", field.name)));
    }
}

/// The constant as a caller could say it.
fn one(word: &str, literal: &Literal, fields: &'static [FieldSchema], place: usize, wrong: &mut Vec<String>) {
    let field = &fields[place];
    let value = constant(&Expr::Literal(*literal), &field.kind).expect("checked: the constant is one of the type");
    for violation in judge_value(fields, place, &tidy(field, value)) {
        wrong.push(format!(
            "`{word} = {}` is not what `{}` demands of the field: {}",
            literal_text(literal),
            violation.code,
            violation.detail
        ));
    }
}
