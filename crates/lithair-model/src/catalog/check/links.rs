//! Relations for callers lead to registered models, under names of their own.

use super::super::links::{RESERVED, resolve};
use super::Report;
use crate::{Exposure, ModelSchema};

/// Each link leads to a registered model, and its name is no other's.
pub(super) fn check(place: usize, schemas: &[&'static ModelSchema], report: &mut Report<'_>) {
    let schema = report.schema;
    for relation in schema.relations {
        let mut others = schema.fields.iter().enumerate().filter(|(place, _)| !relation.fields.contains(place));
        // The reference's own field may have its name: expanded, the record is in its place.
        let is_other = |field: &crate::FieldSchema| field.wire == relation.name && field.exposure != Exposure::Hidden;
        if others.any(|(_, field)| is_other(field)) {
            report.link(
                relation.name,
                "is the name of a relation and of another field, and in JSON they meet".to_owned(),
            );
        }
        if RESERVED.contains(&relation.name) {
            report.link(relation.name, "is a relation's name, and reserved in paths".to_owned());
        }
    }
    for (own, link) in schema.links.iter().enumerate() {
        if let Some(detail) = name(own, link.wire, schema) {
            report.link(link.name, detail);
        }
        if let Err(detail) = resolve(place, link, schemas) {
            report.link(link.name, detail);
        }
    }
}

fn name(own: usize, wire: &str, schema: &ModelSchema) -> Option<String> {
    let is_taken = schema.fields.iter().any(|field| field.wire == wire)
        || schema.relations.iter().any(|relation| relation.name == wire)
        || schema.links[..own].iter().any(|other| other.wire == wire);
    if is_taken {
        return Some(format!("a field or another relation is `{wire}` in JSON too"));
    }
    if wire.is_empty() || wire.starts_with('_') || wire.contains(['/', '.', ',', ':']) {
        return Some(format!("`{wire}` is no name of a relation: it is a segment of paths, and `_` is reserved"));
    }
    RESERVED.contains(&wire).then(|| format!("`{wire}` is reserved in paths: give the relation another name"))
}
