//! Embedded structs: values of several named parts inside of a field.

use crate::literal::constant_default;
use crate::{FieldSchema, Kind, Value};

/// How many structs, lists and variants may stand inside of each other in one field.
pub const EMBEDDED_DEPTH_MAX: usize = 8;

/// The fields of a `DeclarativeStruct`.
#[derive(Debug)]
pub struct StructSchema {
    /// The struct's name in Rust.
    pub name: &'static str,
    /// Its fields in declared order. The log knows them by name.
    pub fields: &'static [FieldSchema],
}

impl StructSchema {
    /// A struct of these fields.
    ///
    /// # Panics
    /// At compile time, if structs nest deeper than [`EMBEDDED_DEPTH_MAX`].
    pub const fn new(name: &'static str, fields: &'static [FieldSchema]) -> Self {
        let schema = Self { name, fields };
        assert!(depth_of(fields) < EMBEDDED_DEPTH_MAX, "embedded structs, lists and variants nest at most 8 levels");
        schema
    }

    /// Whether the other one is of the same struct: the same fields of the same types.
    pub fn is_same(&self, other: &Self) -> bool {
        let alike = |(one, other): (&FieldSchema, &FieldSchema)| {
            one.name == other.name && one.kind == other.kind && one.optional == other.optional
        };
        self.name == other.name
            && self.fields.len() == other.fields.len()
            && self.fields.iter().zip(other.fields).all(alike)
    }

    /// The field under this name in the log: its own, or the one that it had before.
    pub(crate) fn logged(&self, name: &str, near: usize) -> Option<usize> {
        // Nearly always: fields in the order in which they were written.
        if self.fields.get(near).is_some_and(|field| field.name == name) {
            return Some(near);
        }
        let own = self.fields.iter().position(|field| field.name == name);
        own.or_else(|| self.fields.iter().position(|field| field.renamed_from == Some(name)))
    }
}

/// What stands for a field in what was written before the field was declared: its default if that is a constant, for only that is the
/// same on every replica and every replay.
pub(crate) fn absent(field: &FieldSchema) -> Value {
    constant_default(field).unwrap_or(Value::Null)
}

/// How many structs, lists and variants stand inside of each other in the deepest of these fields.
const fn depth_of(fields: &[FieldSchema]) -> usize {
    let (mut place, mut deepest) = (0, 0);
    while place < fields.len() {
        let depth = depth(&fields[place].kind);
        deepest = if depth > deepest { depth } else { deepest };
        place += 1;
    }
    deepest
}

const fn depth(kind: &Kind) -> usize {
    match kind {
        Kind::Struct(schema) => 1 + depth_of(schema.fields),
        Kind::List(element) => 1 + depth(&element.kind),
        Kind::Enum(schema) => {
            let (mut place, mut deepest) = (0, 0);
            while place < schema.variants.len() {
                let depth = depth_of(schema.variants[place].fields);
                deepest = if depth > deepest { depth } else { deepest };
                place += 1;
            }
            1 + deepest
        }
        _ => 0,
    }
}

/// How many fields there are inside of a type, however deep: each of them has a place behind a model's own fields.
pub(crate) const fn inside(kind: &Kind) -> usize {
    let Kind::Struct(schema) = kind else { return 0 };
    let (mut place, mut count) = (0, 0);
    while place < schema.fields.len() {
        count += 1 + inside(&schema.fields[place].kind);
        place += 1;
    }
    count
}

/// How many fields there are from the first of what is inside of a type to the one at a path, `position.latitude`.
///
/// # Panics
/// Nothing has this path. At compile time, that is an error at the path.
pub(crate) const fn inside_at(kind: &Kind, path: &str) -> usize {
    let path = path.as_bytes();
    let (mut kind, mut begin, mut count) = (kind, 0, 0);
    loop {
        let end = segment_end(path, begin);
        let Kind::Struct(schema) = kind else { panic!("only an embedded struct has fields") };
        let mut place = 0;
        while place < schema.fields.len() && !is_segment(schema.fields[place].name.as_bytes(), path, begin, end) {
            count += 1 + inside(&schema.fields[place].kind);
            place += 1;
        }
        assert!(place < schema.fields.len(), "the embedded struct has no field of this name");
        if end == path.len() {
            return count;
        }
        kind = &schema.fields[place].kind;
        begin = end + 1;
        count += 1;
    }
}

const fn segment_end(path: &[u8], mut at: usize) -> usize {
    while at < path.len() && path[at] != b'.' {
        at += 1;
    }
    at
}

const fn is_segment(name: &[u8], path: &[u8], begin: usize, end: usize) -> bool {
    if name.len() != end - begin {
        return false;
    }
    let mut at = 0;
    while at < name.len() && name[at] == path[begin + at] {
        at += 1;
    }
    at == name.len()
}

/// A field inside of a model's field.
#[derive(Clone, Debug)]
pub struct Member {
    /// The way to it: the place of the model's field, then places inside of structs.
    pub path: Vec<usize>,
    /// The way in Rust's names, `address.city`.
    pub name: String,
    /// The way in JSON's names.
    pub wire: String,
    /// The type of a present value.
    pub kind: Kind,
    /// Whether null stands there for some records.
    pub optional: bool,
}

/// What is inside of the fields of a model, in the order of their places, which come behind those of the fields.
pub(crate) fn members(fields: &'static [FieldSchema]) -> Vec<Member> {
    let mut found = Vec::new();
    for (place, field) in fields.iter().enumerate() {
        let own = Member {
            path: vec![place],
            name: field.name.to_owned(),
            wire: field.wire.to_owned(),
            kind: field.kind,
            optional: field.optional,
        };
        collect(&own, &mut found);
    }
    found
}

fn collect(outer: &Member, found: &mut Vec<Member>) {
    let Kind::Struct(schema) = outer.kind else { return };
    for (place, field) in schema.fields.iter().enumerate() {
        let inner = Member {
            path: outer.path.iter().copied().chain([place]).collect(),
            name: format!("{}.{}", outer.name, field.name),
            wire: format!("{}.{}", outer.wire, field.wire),
            kind: field.kind,
            optional: outer.optional || field.optional,
        };
        found.push(inner.clone());
        collect(&inner, found);
    }
}

/// The value at a path inside of a value; null where there is none.
pub(crate) fn value_in<'v>(value: &'v Value, path: &[usize]) -> &'v Value {
    path.iter().fold(value, |value, place| match value {
        Value::Struct(values) => values.get(*place).unwrap_or(&Value::Null),
        _ => &Value::Null,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::FIELDS;

    #[test]
    fn places_inside_are_counted_as_they_are_listed() {
        let members = members(&FIELDS);
        let names: Vec<&str> = members.iter().map(|member| member.name.as_str()).collect();
        assert_eq!(
            names,
            ["address.city", "address.zip", "address.position", "address.position.x", "address.position.y"]
        );
        for (place, member) in members.iter().enumerate() {
            let (_, path) = member.name.split_once('.').expect("a path");
            assert_eq!(inside_at(&FIELDS[member.path[0]].kind, path), place, "{path}");
        }
        assert_eq!(members.len(), FIELDS.iter().map(|field| inside(&field.kind)).sum::<usize>());
    }
}
