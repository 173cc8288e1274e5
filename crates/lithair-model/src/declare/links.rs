//! References, and relations that follow from them.

use super::List;
use crate::{LinkKind, LinkSchema, Model, ModelSchema, OnDelete, RelationSchema};

/// `belongs_to = T, on_delete = ..`
pub const fn relation<T: Model>(name: &'static str, fields: List<usize>, on_delete: OnDelete) -> RelationSchema {
    RelationSchema { name, fields, target: schema_of::<T>, on_delete }
}

/// `has_many = T, via = ..`
pub const fn has_many<T: Model>(name: &'static str, via: &'static str) -> LinkSchema {
    LinkSchema { name, wire: name, target: schema_of::<T>, kind: LinkKind::HasMany { via } }
}

/// `has_one = T, via = ..`
pub const fn has_one<T: Model>(name: &'static str, via: &'static str) -> LinkSchema {
    LinkSchema { name, wire: name, target: schema_of::<T>, kind: LinkKind::HasOne { via } }
}

/// `many_to_many = T, through = M`
pub const fn many_to_many<T: Model, M: Model>(name: &'static str) -> LinkSchema {
    let kind = LinkKind::ManyToMany { through: schema_of::<M>, via: None };
    LinkSchema { name, wire: name, target: schema_of::<T>, kind }
}

fn schema_of<T: Model>() -> &'static ModelSchema {
    T::SCHEMA
}

impl LinkSchema {
    /// `many_to_many = .., via = ..`
    pub const fn by(mut self, field: &'static str) -> Self {
        if let LinkKind::ManyToMany { via, .. } = &mut self.kind {
            *via = Some(field);
        }
        self
    }

    /// `http(rename = ..)`
    pub const fn wire(mut self, name: &'static str) -> Self {
        self.wire = name;
        self
    }
}
