//! Answering a [`Query`]: which index leads to the records with the least work, and the page itself.
//!
//! ```text
//! filter -> bounds (what do fields have to be?) -> paths (where do such records stand?) -> the cheapest
//!        -> ordered: walk from the cursor until the page is full
//!        -> each range ordered: walk all of them at once
//!        -> not ordered: gather what matches, keep the best
//! ```
//!
//! Rows are copied a run at a time and filtered without a lock, so a long scan stops nobody.

mod bounds;
mod cursor;
mod gather;
mod groups;
mod merge;
mod narrow;
mod order;
mod path;
mod plan;
mod search;
mod sequence;
#[cfg(test)]
mod tests;
mod walk;

pub(crate) use bounds::fields_of;
use lithair_model::{
    ModelEntry, MomentFields, Page, Predicate, Query, QueryError, Row, Tally, Timestamp, Value, fitted,
};
pub use plan::{Lookup, Plan};

use crate::View;
use crate::table::Table;
use plan::{Choice, Means};

impl View<'_> {
    /// A page of records, all of this view's moment.
    ///
    /// The order is the query's, then the key ascending; nulls come last in both directions. `Query::at` is not looked
    /// at, and a predicate must have its times fixed.
    ///
    /// # Errors
    /// [`QueryError::TooExpensive`], if more rows than the query's budget had to be looked at.
    pub fn list(&self, query: &Query) -> Result<Page, QueryError> {
        let tally = Tally::new(query.scan_rows_max);
        let narrowed = narrow::narrowed(self, query, &tally);
        let task = Task::new(self, narrowed.as_ref().unwrap_or(query), tally);
        if let Some(words) = &query.search {
            return search::page(&task, words);
        }
        let choice = Choice::of(&task)?;
        match &choice.means {
            Means::Walk { stretches, anchor } => walk::page(&task, &choice, stretches, anchor.as_ref()),
            Means::Merge(lanes) => merge::page(&task, &choice, lanes),
            Means::Gather => gather::page(&task, &choice),
        }
    }

    /// How [`View::list`] would answer, but for a search, which is answered from its words.
    ///
    /// # Errors
    /// As [`View::list`], as far as that is known before any row is looked at.
    pub fn explain(&self, query: &Query) -> Result<Plan, QueryError> {
        let tally = Tally::new(query.scan_rows_max);
        let narrowed = narrow::narrowed(self, query, &tally);
        let task = Task::new(self, narrowed.as_ref().unwrap_or(query), tally);
        Choice::of(&task).map(|choice| choice.describe(&task))
    }
}

/// A query, with what it is asked of.
pub(crate) struct Task<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) table: &'a Table,
    pub(crate) model: &'a ModelEntry,
    pub(crate) query: &'a Query,
    pub(crate) bounds: bounds::Bounds,
    /// The order that is asked for, without what is already decided.
    pub(crate) order: order::Order,
    /// Counts the rows that are looked at, and those that relations lead to.
    pub(crate) tally: Tally,
}

impl<'a> Task<'a> {
    fn new(view: &'a View<'a>, query: &'a Query, tally: Tally) -> Self {
        let table = view.state.tables.at(query.model);
        let model = &view.state.catalog().models[query.model];
        let bounds = bounds::Bounds::of(query.filter.as_ref(), model);
        let order = order::Order::of(&query.order, model, &bounds);
        Self { view, table, model, query, bounds, order, tally }
    }

    /// What the rows of a path still have to be asked, if anything.
    pub(crate) fn residual(&self, choice: &Choice) -> Option<&Predicate> {
        self.query.filter.as_ref().filter(|_| !choice.path.exact)
    }

    /// Whether a row is one of those that the residual means, if there is one.
    ///
    /// # Errors
    /// The budget is spent, by this row or by those that relations led to.
    pub(crate) fn admits(&self, residual: Option<&Predicate>, row: &Row) -> Result<bool, QueryError> {
        self.tally.take(1);
        let catalog = self.view.state.catalog();
        let fields = MomentFields { catalog, moment: self.view, model: self.model, row, tally: &self.tally };
        // Times in queries are fixed by who asks, so that all pages of a list mean the same moment.
        let matches = |filter: &Predicate| filter.matches(&fields, Timestamp::from_micros(0));
        let admits = !self.tally.is_spent() && residual.is_none_or(matches);
        if self.tally.is_spent() { Err(self.too_expensive()) } else { Ok(admits) }
    }

    /// The value of a field, be it computed when it is read.
    pub(crate) fn value(&self, row: &Row, place: usize) -> Value {
        match self.model.computed.get(place) {
            Some(Some(computed)) if !computed.is_stored => {
                let catalog = self.view.state.catalog();
                let fields = MomentFields { catalog, moment: self.view, model: self.model, row, tally: &self.tally };
                let result = computed.operand.value(&fields, Timestamp::from_micros(0));
                fitted(&self.model.schema.fields[place], result).unwrap_or(Value::Null)
            }
            _ => self.model.value_of(row, place),
        }
    }

    /// The error for a budget that is spent.
    pub(crate) fn too_expensive(&self) -> QueryError {
        QueryError::TooExpensive { fields: self.missing_index(), budget: self.query.scan_rows_max }
    }

    /// The fields of an index that would lead to the records: those with known values, then one with a range, or the
    /// order's.
    fn missing_index(&self) -> Vec<usize> {
        let mut fields = self.bounds.with_values();
        match self.bounds.with_range() {
            Some(range) => fields.push(range),
            None => fields.extend(self.order.terms.iter().map(|term| term.field)),
        }
        if fields.is_empty() {
            fields = self.query.filter.as_ref().map(fields_of).unwrap_or_default();
        }
        fields
    }
}
