//! The tables that a relational database would have for the same models: for people who read SQL.
//!
//! In the dialect of PostgreSQL. Nothing runs it; rules that SQL has no words for stay in `schema.json`.

mod expression;
#[cfg(test)]
mod tests;
mod types;

use std::fmt::Write;

use crate::{
    Auto, Catalog, ComputedFrom, DefaultValue, Expr, FieldSchema, IndexSchema, ModelEntry, ModelSchema, OnDelete,
    RelationSchema, UniqueSchema,
};

/// The models as SQL data definitions, in the order they were registered.
pub fn sql_document(catalog: &Catalog) -> String {
    let mut out = String::new();
    for model in catalog.shown() {
        let separator = if out.is_empty() { "" } else { "\n" };
        out.push_str(separator);
        let known = relations(model).filter(|(_, target)| *target <= model.place);
        table(model.schema, known.map(|(relation, _)| relation), &mut out);
    }
    // A reference to a table that comes later, or two tables that refer to each other.
    for model in &catalog.models {
        for (relation, _) in relations(model).filter(|(_, target)| *target > model.place) {
            let (table, reference) = (name(model.schema.table), reference(model.schema, relation));
            write_to(&mut out, format_args!("\nALTER TABLE {table} ADD {reference};\n"));
        }
    }
    out
}

/// One model as SQL, with all of its references.
pub(crate) fn table_document(schema: &ModelSchema) -> String {
    let mut out = String::new();
    table(schema, schema.relations.iter(), &mut out);
    out
}

fn relations(model: &ModelEntry) -> impl Iterator<Item = (&RelationSchema, usize)> {
    model.schema.relations.iter().zip(model.targets.iter().copied())
}

/// A table, with these of its references.
fn table<'a>(schema: &'a ModelSchema, references: impl Iterator<Item = &'a RelationSchema>, out: &mut String) {
    let mut lines: Vec<String> = schema.fields.iter().map(|field| column(schema, field)).collect();
    lines.push("\"_rev\" BIGINT NOT NULL".to_owned());
    lines.push(format!("PRIMARY KEY ({})", columns(schema, schema.key)));
    lines.extend(
        schema
            .uniques
            .iter()
            .filter(|unique| is_plain(unique))
            .map(|unique| format!("UNIQUE ({})", columns(schema, unique.fields))),
    );
    lines.extend(
        schema.checks.iter().map(|check| {
            format!("CHECK ({}) -- {}", expression::sql(schema, &check.condition), one_line(check.message))
        }),
    );
    lines.extend(references.map(|relation| reference(schema, relation)));
    write_to(out, format_args!("CREATE TABLE {} (\n{}\n);\n", name(schema.table), joined(&lines)));
    for unique in schema.uniques.iter().filter(|unique| !is_plain(unique)) {
        write_to(out, format_args!("{}\n", unique_index(schema, unique)));
    }
    for index in schema.indexes {
        write_to(out, format_args!("{}\n", ordered_index(schema, index)));
    }
}

/// The lines of a table with commas between them; a comma stands before a comment.
fn joined(lines: &[String]) -> String {
    let last = lines.len().saturating_sub(1);
    let with_comma = lines.iter().enumerate().map(|(place, line)| match (place == last, line.split_once(" -- ")) {
        (true, _) => format!("    {line}"),
        (false, Some((code, comment))) => format!("    {code}, -- {comment}"),
        (false, None) => format!("    {line},"),
    });
    with_comma.collect::<Vec<_>>().join("\n")
}

fn column(schema: &ModelSchema, field: &FieldSchema) -> String {
    let mut line = format!("{} {}", name(field.name), types::sql(field));
    if !field.optional {
        line.push_str(" NOT NULL");
    }
    if field.auto == Some(Auto::Sequence) {
        line.push_str(" GENERATED ALWAYS AS IDENTITY");
    }
    if let Some(default) = default(field) {
        write_to(&mut line, format_args!(" DEFAULT {default}"));
    }
    if let Some(check) = types::check(field) {
        write_to(&mut line, format_args!(" CHECK ({check})"));
    }
    if let Some(computed) = &field.computed {
        match &computed.from {
            ComputedFrom::Expr(expr) => {
                let kept = if computed.stored { "STORED" } else { "VIRTUAL" };
                write_to(&mut line, format_args!(" GENERATED ALWAYS AS ({}) {kept}", expression::sql(schema, expr)));
            }
            // A trigger's or a view's matter.
            ComputedFrom::Related(related) => {
                write_to(&mut line, format_args!(" -- {} of `{}`", related.function.word(), related.link));
            }
        }
    }
    line
}

fn default(field: &FieldSchema) -> Option<String> {
    match (&field.default, field.auto) {
        (_, Some(Auto::Uuid7)) => Some("uuidv7()".to_owned()),
        (Some(DefaultValue::Expr(Expr::Literal(literal))), _) => Some(expression::literal(literal, Some(&field.kind))),
        (Some(DefaultValue::Expr(Expr::Now(micros))), _) => Some(expression::now(*micros)),
        _ => None,
    }
}

/// Whether a table constraint says it; the others are unique indexes.
fn is_plain(unique: &UniqueSchema) -> bool {
    !unique.ignore_case && unique.condition.is_none()
}

fn unique_index(schema: &ModelSchema, unique: &UniqueSchema) -> String {
    let column = |&place: &usize| {
        let field = &schema.fields[place];
        let is_folded = unique.ignore_case && matches!(field.kind, crate::Kind::Text);
        if is_folded { format!("lower({})", name(field.name)) } else { name(field.name) }
    };
    let columns: Vec<String> = unique.fields.iter().map(column).collect();
    let condition = unique.condition.as_ref().map(|condition| format!(" WHERE {}", expression::sql(schema, condition)));
    format!("CREATE UNIQUE INDEX ON {} ({}){};", name(schema.table), columns.join(", "), condition.unwrap_or_default())
}

fn ordered_index(schema: &ModelSchema, index: &IndexSchema) -> String {
    let terms = index.terms.iter().map(|term| {
        let direction = if term.descending { " DESC NULLS LAST" } else { "" };
        format!("{}{direction}", name(schema.fields[term.field].name))
    });
    format!("CREATE INDEX ON {} ({});", name(schema.table), terms.collect::<Vec<_>>().join(", "))
}

fn reference(schema: &ModelSchema, relation: &RelationSchema) -> String {
    let target = (relation.target)();
    let on_delete = match relation.on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade | OnDelete::Soft => "CASCADE",
        OnDelete::SetNull => "SET NULL",
        OnDelete::SetDefault => "SET DEFAULT",
    };
    format!(
        "FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {on_delete}",
        columns(schema, relation.fields),
        name(target.table),
        columns(target, target.key)
    )
}

fn columns(schema: &ModelSchema, places: &[usize]) -> String {
    places.iter().map(|&place| name(schema.fields[place].name)).collect::<Vec<_>>().join(", ")
}

/// A name, quoted: any name is one, `order` too.
fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn write_to(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("writing to a string does not fail");
}
