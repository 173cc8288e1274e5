//! What is computed when it is read, of an earlier moment: the related records are those of that moment.

use std::cell::RefCell;
use std::sync::Arc;

use lithair_model::{
    Expand, Expanded, Key, ModelEntry, Moment, Page, PastError, Position, Query, QueryError, Reader, Row, Tally,
    Timestamp, Visible, expand, involved, with_computed,
};
use lithair_state::State;

use super::{Archive, Moments};

/// Related records that are looked at for one answer.
const RELATED_MAX: u64 = 200_000;

impl Archive<'_> {
    /// Rows as they were at a moment, with what is computed when they are read. What it is computed from may not be kept any more; then
    /// it is null.
    pub(super) fn shown(
        &self,
        moments: &Moments,
        model: &ModelEntry,
        rows: Vec<Arc<Row>>,
        position: Position,
        now: Timestamp,
    ) -> Result<Vec<Arc<Row>>, PastError> {
        if !model.has_virtual() {
            return Ok(rows);
        }
        let tally = Tally::new(RELATED_MAX);
        if position >= self.state.published() {
            let view = self.state.view(None)?;
            let shown = rows.into_iter().map(|row| with_computed(self.state.catalog(), &view, model, row, &tally));
            return Ok(shown.collect::<Result<Vec<_>, _>>()?);
        }
        let then = Then::new(*self, moments, position, now, LetGo::Absent);
        let shown = rows.into_iter().map(|row| with_computed(self.state.catalog(), &then, model, row, &tally));
        let shown = shown.collect::<Result<Vec<_>, _>>()?;
        match then.failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(shown),
        }
    }
}

impl Archive<'_> {
    /// The records of a page with those around them, as they were.
    pub(super) fn around(
        &self,
        moments: &Moments,
        model: &ModelEntry,
        page: &Page,
        expands: &[Expand],
        now: Timestamp,
        looked_at_max: u64,
    ) -> Result<Vec<Expanded>, PastError> {
        // Whoever shows them sees to it that the reader may see them.
        let (reader, tally) = (Reader::system(self.state.catalog()), Tally::new(looked_at_max));
        let of = |moment: &dyn Moment| {
            let records = page.rows.iter().map(Visible::to_system);
            let expanded = records.map(|record| expand(&reader, moment, model, record, expands, &tally));
            expanded.collect::<Result<Vec<_>, _>>()
        };
        if page.position >= self.state.published() {
            return Ok(of(&self.state.view(Some(page.position))?)?);
        }
        let then = Then::new(*self, moments, page.position, now, LetGo::Refused);
        let records = of(&then);
        match then.failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(records?),
        }
    }
}

/// What becomes of an answer that needs what is not kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LetGo {
    /// It is as if it had not been.
    Absent,
    /// There is no answer.
    Refused,
}

/// The models of a state, and the state; none if it is not kept, or cannot be had.
type Rebuilt = (Vec<usize>, Option<Arc<State>>);

/// An earlier moment of several models, each rebuilt when it is asked for.
struct Then<'a> {
    archive: Archive<'a>,
    moments: &'a Moments,
    position: Position,
    now: Timestamp,
    /// The states that were asked for, by the models that they have.
    states: RefCell<Vec<Rebuilt>>,
    let_go: LetGo,
    /// Why the answer is none.
    failed: RefCell<Option<PastError>>,
}

impl<'a> Then<'a> {
    fn new(archive: Archive<'a>, moments: &'a Moments, position: Position, now: Timestamp, let_go: LetGo) -> Self {
        let (states, failed) = (RefCell::default(), RefCell::default());
        Self { archive, moments, position, now, states, let_go, failed }
    }

    /// The state of the moment for these models; none if it is not kept, or cannot be had.
    fn state(&self, models: Vec<usize>) -> Option<Arc<State>> {
        if let Some((_, known)) = self.states.borrow().iter().find(|(of, _)| *of == models) {
            return known.clone();
        }
        let entries: Vec<&ModelEntry> = models.iter().map(|model| self.archive.model(*model)).collect();
        let found = match self.archive.state_at(self.moments, &entries, self.position, self.now) {
            Ok(state) => Some(state),
            Err(PastError::LetGo) if self.let_go == LetGo::Absent => None,
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        };
        self.states.borrow_mut().push((models, found.clone()));
        found
    }
}

impl Moment for Then<'_> {
    fn position(&self) -> Position {
        self.position
    }

    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        let state = self.state(vec![model])?;
        let view = state.view(None).expect("the present is always kept");
        view.row(model, key)
    }

    fn referrers(&self, model: usize, relation: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool) {
        let Some(state) = self.state(vec![model]) else { return };
        let view = state.view(None).expect("the present is always kept");
        Moment::referrers(&view, model, relation, key, each);
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        // A condition about other records is asked of theirs.
        let models = involved(self.archive.state.catalog(), query.model, query.filter.as_ref(), &[]);
        match self.state(models) {
            Some(state) => state.view(None)?.list(query),
            None => Err(QueryError::HorizonGone(self.position)),
        }
    }
}
