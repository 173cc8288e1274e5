//! What may be shown of a record: the type that only a decision about access makes.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Asker, Condition};
use crate::{Catalog, Fields, ModelEntry, Moment, Predicate, QueryError, Right, Row, Tally, Timestamp, with_computed};

/// What one principal sees of one model. Only a decision about access makes one.
#[derive(Clone, Debug)]
pub struct Sight {
    rows: Condition,
    /// Fields that are not seen in every record that is, ascending.
    fields: Box<[(usize, Condition)]>,
    now: Timestamp,
}

/// A record as somebody may see it: what is shown is written from this, and only a [`Sight`] makes it of a record.
#[derive(Clone, Debug, PartialEq)]
pub struct Visible {
    row: Arc<Row>,
    /// Fields that are left out, ascending.
    redacted: Box<[usize]>,
}

/// Some fields of a record, as somebody may see them.
#[derive(Debug)]
pub struct VisibleFields<'a> {
    bytes: &'a [u8],
    redacted: Box<[usize]>,
}

impl Sight {
    /// What is seen where nothing needs to be asked: everything.
    pub(super) fn free(now: Timestamp) -> Self {
        Self { rows: Condition::Always, fields: Box::default(), now }
    }

    /// What is seen of a model of which something needs to be asked.
    pub(super) fn of(asker: &Asker<'_>, model: usize) -> Self {
        debug_assert!(!asker.is_free(model), "what is free to all is not asked about");
        let entry = &asker.catalog.models[model];
        let rows = asker.right(model, Right::Read);
        // What is asked of the record is not asked of its fields again.
        let is_asked = |condition: &Condition| *condition == rows && *condition != Condition::Never;
        let fields = (0..entry.schema.fields.len()).map(|place| (place, asker.field_read(model, place)));
        let fields = fields.filter(|(_, condition)| *condition != Condition::Always && !is_asked(condition)).collect();
        Self { rows, fields, now: asker.now }
    }

    /// Which records are seen.
    pub const fn rows(&self) -> &Condition {
        &self.rows
    }

    /// The sight of what a filter found: where it asks for [`Self::rows`], no record is asked whether it is one.
    pub fn of_found(&self, filter: Option<&Predicate>) -> Cow<'_, Self> {
        match (&self.rows, filter) {
            (Condition::When(rows), Some(filter)) if asks_for(filter, rows) => {
                Cow::Owned(Self { rows: Condition::Always, fields: self.fields.clone(), now: self.now })
            }
            _ => Cow::Borrowed(self),
        }
    }

    /// In which of them a field is seen.
    pub fn field(&self, place: usize) -> &Condition {
        const ALWAYS: Condition = Condition::Always;
        let found = self.fields.binary_search_by_key(&place, |(place, _)| *place);
        found.map_or(&ALWAYS, |found| &self.fields[found].1)
    }

    /// Whether the field at this place is seen in any record.
    pub fn knows(&self, place: usize) -> bool {
        *self.field(place) != Condition::Never
    }

    /// The record as it is seen; none if it is not. `fields` are the row's.
    pub fn visible<F: Fields + ?Sized>(&self, row: &Arc<Row>, fields: &F) -> Option<Visible> {
        self.rows.holds(fields, self.now).then(|| Visible { row: Arc::clone(row), redacted: self.redacted(fields) })
    }

    /// What an entry of the log did to a record, for who sees every field of every record; else none, and the record is asked.
    pub fn whole<'a>(&self, bytes: &'a [u8]) -> Option<VisibleFields<'a>> {
        let is_whole = self.rows == Condition::Always && self.fields.is_empty();
        is_whole.then(|| VisibleFields { bytes, redacted: Box::default() })
    }

    fn redacted<F: Fields + ?Sized>(&self, fields: &F) -> Box<[usize]> {
        let hidden = self.fields.iter().filter(|(_, condition)| !condition.holds(fields, self.now));
        hidden.map(|(place, _)| *place).collect()
    }
}

/// Whether what a filter finds is `wanted`, as far as its words say.
fn asks_for(filter: &Predicate, wanted: &Predicate) -> bool {
    match filter {
        Predicate::All(parts) => filter == wanted || parts.iter().any(|part| asks_for(part, wanted)),
        filter => filter == wanted,
    }
}

impl Visible {
    /// A record as the program itself sees it: all of it. Not for what leaves by HTTP.
    pub fn to_system(row: &Arc<Row>) -> Self {
        Self { row: Arc::clone(row), redacted: Box::default() }
    }

    /// The record.
    pub const fn row(&self) -> &Arc<Row> {
        &self.row
    }

    /// The same record with the fields that are computed when it is read.
    ///
    /// # Errors
    /// More related records than the tally allows.
    pub fn computed<M: Moment + ?Sized>(
        self,
        catalog: &Catalog,
        moment: &M,
        model: &ModelEntry,
        tally: &Tally,
    ) -> Result<Self, QueryError> {
        Ok(Self { row: with_computed(catalog, moment, model, self.row, tally)?, redacted: self.redacted })
    }

    /// Whether a field is left out.
    pub fn redacts(&self, place: usize) -> bool {
        self.redacted.contains(&place)
    }

    /// The fields that are left out, ascending.
    pub const fn redacted(&self) -> &[usize] {
        &self.redacted
    }

    /// What an entry of the log did to the record, which was then as this one says: seen is what may be seen in both.
    pub fn of_revision<'a>(&self, today: Option<&Self>, bytes: &'a [u8]) -> VisibleFields<'a> {
        let mut redacted = self.redacted.to_vec();
        redacted.extend(today.iter().flat_map(|today| today.redacted.iter()));
        redacted.sort_unstable();
        redacted.dedup();
        VisibleFields { bytes, redacted: redacted.into() }
    }

    /// The record of then as it may be seen today.
    #[must_use]
    pub fn less(mut self, today: &Self) -> Self {
        let mut redacted = self.redacted.to_vec();
        redacted.extend_from_slice(&today.redacted);
        redacted.sort_unstable();
        redacted.dedup();
        self.redacted = redacted.into();
        self
    }
}

impl<'a> VisibleFields<'a> {
    /// Fields as the program itself sees them: all of them.
    pub fn to_system(bytes: &'a [u8]) -> Self {
        Self { bytes, redacted: Box::default() }
    }

    pub(crate) const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Whether a field is left out.
    pub fn redacts(&self, place: usize) -> bool {
        self.redacted.contains(&place)
    }

    /// The fields that are left out, ascending.
    pub(crate) const fn redacted(&self) -> &[usize] {
        &self.redacted
    }

    /// Whether nothing is left out.
    pub const fn is_whole(&self) -> bool {
        self.redacted.is_empty()
    }
}
