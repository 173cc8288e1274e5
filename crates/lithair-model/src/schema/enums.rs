//! Enums as types of fields.

use crate::FieldSchema;

/// The variants of an enum field.
#[derive(Debug)]
pub struct EnumSchema {
    /// The enum's name in Rust.
    pub name: &'static str,
    /// The variants in declared order, which is their order in sorting and comparison.
    pub variants: &'static [VariantSchema],
}

/// One variant of an enum field.
#[derive(Debug)]
pub struct VariantSchema {
    /// The variant's name in Rust, and in expressions.
    pub name: &'static str,
    /// The variant's name in JSON and in the log.
    pub wire: &'static str,
    /// The variant's data. A variant without fields is a plain string in JSON; an enum in which any variant has fields
    /// is an object tagged by `type`.
    pub fields: &'static [FieldSchema],
}

impl EnumSchema {
    /// Whether the other one is of the same enum.
    pub fn is_same(&self, other: &Self) -> bool {
        let names = |schema: &Self| schema.variants.iter().map(|variant| variant.wire).collect::<Vec<_>>();
        self.name == other.name && names(self) == names(other)
    }

    /// Whether any variant has data, so that JSON shows an object tagged by `type`.
    pub const fn has_data(&self) -> bool {
        let mut at = 0;
        while at < self.variants.len() {
            if !self.variants[at].fields.is_empty() {
                return true;
            }
            at += 1;
        }
        false
    }
}
