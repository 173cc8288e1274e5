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
