//! What spans fields: orders, indexes, unique constraints, checks.

use super::List;
use crate::{CheckSchema, Expr, IndexSchema, PageSchema, SortTerm, UniqueSchema, WeightedField};

/// The smallest first.
pub const fn up(field: usize) -> SortTerm {
    SortTerm { field, descending: false }
}

/// The largest first.
pub const fn down(field: usize) -> SortTerm {
    SortTerm { field, descending: true }
}

/// `fulltext(field * weight)`
pub const fn weighted(field: usize, weight: u16) -> WeightedField {
    WeightedField { field, weight }
}

/// `index(..)`
pub const fn index(terms: List<SortTerm>) -> IndexSchema {
    IndexSchema { terms }
}

/// `page(default = .., max = ..)`
pub const fn page(default: u32, max: u32) -> PageSchema {
    PageSchema { default, max }
}

/// `unique(..)`
pub const fn unique(fields: List<usize>) -> UniqueSchema {
    UniqueSchema { fields, ignore_case: false, condition: None }
}

impl UniqueSchema {
    /// `unique(ci)`
    pub const fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// `unique(.., where = ..)`
    pub const fn among(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// `check(..)`
pub const fn check(condition: Expr, message: &'static str) -> CheckSchema {
    CheckSchema { condition, message, field: None }
}

impl CheckSchema {
    /// `check(.., on = ..)`
    pub const fn on(mut self, field: usize) -> Self {
        self.field = Some(field);
        self
    }
}
