//! References, and relations that follow from them.

use crate::ModelSchema;

/// A reference to a record of another model.
#[derive(Clone, Copy, Debug)]
pub struct RelationSchema {
    /// The relation's name: the field's, without a trailing `_id`.
    pub name: &'static str,
    /// The fields that hold the target's key, as places in [`crate::ModelSchema::fields`], in the order of the target's key.
    pub fields: &'static [usize],
    /// The target model. A function, because two models may refer to each other.
    pub target: fn() -> &'static ModelSchema,
    /// What deleting the target does.
    pub on_delete: OnDelete,
}

/// What deleting the target of a reference does to the record that refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The delete is refused. The default.
    Restrict,
    /// The record goes too.
    Cascade,
    /// The reference becomes null.
    SetNull,
    /// The reference becomes the field's default, which must exist.
    SetDefault,
    /// The record is deleted softly with a target that is, and goes with one that is gone for good.
    Soft,
}

/// A way to records that refer to this one. Nothing of it is stored here: what leads there is their references.
#[derive(Debug)]
pub struct LinkSchema {
    /// The link's name: the field's.
    pub name: &'static str,
    /// The link's name in paths, filters and JSON: `name`, or `http(rename)`.
    pub wire: &'static str,
    /// The model it leads to. A function, because two models may lead to each other.
    pub target: fn() -> &'static ModelSchema,
    /// How it leads there.
    pub kind: LinkKind,
}

/// How a link leads to records. Fields and references are said by name: they are another model's.
#[derive(Clone, Copy, Debug)]
pub enum LinkKind {
    /// To every record that refers to this one by the field `via` of the target.
    HasMany {
        /// The field of the target.
        via: &'static str,
    },
    /// To the record that refers to this one by the field `via` of the target, which is unique.
    HasOne {
        /// The field of the target.
        via: &'static str,
    },
    /// To every record that a record of a third model refers to, together with this one.
    ManyToMany {
        /// The third model.
        through: fn() -> &'static ModelSchema,
        /// Its field that refers to this model, where several do.
        via: Option<&'static str>,
    },
}
