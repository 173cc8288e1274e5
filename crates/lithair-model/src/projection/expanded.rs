//! A record with the records around it as one JSON object.

use super::{Selection, project, project_with, write_text};
use crate::{Catalog, Expand, Expanded, Link, ModelEntry, Related};

/// Appends a record and those around it as a JSON object: as [`super::project`] does, with one member for each relation
/// before `_rev`.
///
/// A record, or null, stands under the name of the relation; where that is the name of the reference's own field, it stands
/// instead of the field. Many records are an array. `_more` lists the relations that led to more records than are shown.
pub fn project_expanded(
    catalog: &Catalog,
    model: &ModelEntry,
    record: &Expanded,
    (selection, expands): (&Selection, &[Expand]),
    out: &mut Vec<u8>,
) {
    if expands.is_empty() {
        return project(model, &record.record, selection, out);
    }
    let links = || expands.iter().map(|expand| &model.links[expand.link]);
    let replaced = links().filter_map(|link| model.by_wire(link.wire));
    let selection = selection.without(replaced, model.schema.fields.len());
    let members = |out: &mut Vec<u8>| {
        for ((link, expand), related) in links().zip(expands).zip(&record.related) {
            name(link, out);
            value(catalog, &catalog.models[link.target], related, &expand.inner, out);
        }
        let is_cut = |related: &Related| matches!(related, Related::Many { more: true, .. });
        let cut = links().zip(&record.related).filter(|(_, related)| is_cut(related));
        more(cut.map(|(link, _)| link.wire), out);
    };
    project_with(model, &record.record, &selection, members, out);
}

fn name(link: &Link, out: &mut Vec<u8>) {
    out.push(b',');
    write_text(link.wire, out);
    out.push(b':');
}

fn value(catalog: &Catalog, target: &ModelEntry, related: &Related, inner: &[Expand], out: &mut Vec<u8>) {
    let shown = (&Selection::all(), inner);
    match related {
        Related::One(None) => out.extend_from_slice(b"null"),
        Related::One(Some(record)) => project_expanded(catalog, target, record, shown, out),
        Related::Many { records, .. } => {
            out.push(b'[');
            for (place, record) in records.iter().enumerate() {
                if place > 0 {
                    out.push(b',');
                }
                project_expanded(catalog, target, record, shown, out);
            }
            out.push(b']');
        }
    }
}

fn more<'a>(mut cut: impl Iterator<Item = &'a str>, out: &mut Vec<u8>) {
    let Some(first) = cut.next() else { return };
    out.extend_from_slice(b",\"_more\":[");
    write_text(first, out);
    for wire in cut {
        out.push(b',');
        write_text(wire, out);
    }
    out.push(b']');
}
