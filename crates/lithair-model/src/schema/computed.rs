//! What a field is computed from.

use crate::{Aggregation, Expr};

/// What a field is computed from.
#[derive(Clone, Copy, Debug)]
pub struct ComputedSchema {
    /// Whether it is kept with the record, by the entry that changes it; otherwise it is computed when it is read.
    pub stored: bool,
    /// What it is.
    pub from: ComputedFrom,
}

/// What a computed field is.
#[derive(Clone, Copy, Debug)]
pub enum ComputedFrom {
    /// An expression over the other fields of the record.
    Expr(Expr),
    /// What the records come to that a link leads to.
    Related(RelatedSchema),
}

/// An aggregate over the records that a link leads to: `sum(lines.total where !cancelled)`.
#[derive(Clone, Copy, Debug)]
pub struct RelatedSchema {
    /// What is made of them.
    pub function: Aggregation,
    /// The name of the link in Rust.
    pub link: &'static str,
    /// What is taken of each record, over its fields; none where they are counted.
    pub value: Option<Expr>,
    /// Which records are meant, over their fields.
    pub condition: Option<Expr>,
}
