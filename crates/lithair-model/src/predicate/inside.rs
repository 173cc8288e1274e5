//! Paths into embedded structs: `address.city`, and `.product` of a list's values.

use super::{BindError, Operand};
use crate::{FieldSchema, Kind};

/// Walks into a struct that is at `path` by names of its fields; none if it is no struct.
pub(crate) fn walk(
    kind: Kind,
    path: &mut Vec<usize>,
    names: &[&str],
    is_named: fn(&FieldSchema, &str) -> bool,
) -> Option<Result<Kind, BindError>> {
    let mut kind = kind;
    for (place, name) in names.iter().enumerate() {
        let Kind::Struct(schema) = kind else {
            let detail = format!("`{name}`: {} has no fields", kind.phrase());
            return (place > 0).then(|| Err(BindError::new(0, detail)));
        };
        let Some(inner) = schema.fields.iter().position(|field| is_named(field, name)) else {
            let near = crate::nearest(name, schema.fields.iter().map(|field| field.wire));
            return Some(Err(BindError::unknown(name, near)));
        };
        path.push(inner);
        kind = schema.fields[inner].kind;
    }
    Some(Ok(kind))
}

/// By the name in JSON.
pub(crate) fn by_wire(field: &FieldSchema, name: &str) -> bool {
    field.wire == name
}

/// By the name in Rust.
pub(crate) fn by_name(field: &FieldSchema, name: &str) -> bool {
    field.name == name
}

/// The operand at a path into one of these fields.
pub(crate) fn inside_of(fields: &'static [FieldSchema], path: Vec<usize>) -> Operand {
    let members = crate::embedded::members(fields);
    let place = members.iter().position(|member| member.path == path);
    Operand::Inside { place: fields.len() + place.expect("every path into a struct has a place"), path }
}
