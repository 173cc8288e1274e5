//! What is computed when it is read, of an earlier moment: the related records are those of that moment.

use std::cell::RefCell;
use std::sync::Arc;

use lithair_model::{
    Key, ModelEntry, Moment, Page, PastError, Position, Query, QueryError, Row, Tally, Timestamp, with_computed,
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
        let then =
            Then { archive: *self, moments, position, now, states: RefCell::default(), failed: RefCell::default() };
        let shown = rows.into_iter().map(|row| with_computed(self.state.catalog(), &then, model, row, &tally));
        let shown = shown.collect::<Result<Vec<_>, _>>()?;
        match then.failed.into_inner() {
            Some(error) => Err(error),
            None => Ok(shown),
        }
    }
}

/// An earlier moment of several models, each rebuilt when it is asked for.
struct Then<'a> {
    archive: Archive<'a>,
    moments: &'a Moments,
    position: Position,
    now: Timestamp,
    states: RefCell<Vec<(usize, Option<Arc<State>>)>>,
    /// Why the answer is none.
    failed: RefCell<Option<PastError>>,
}

impl Then<'_> {
    /// The state of the moment for a model; none if it is not kept, or cannot be had.
    fn state(&self, model: usize) -> Option<Arc<State>> {
        if let Some((_, known)) = self.states.borrow().iter().find(|(of, _)| *of == model) {
            return known.clone();
        }
        let found = match self.archive.state_at(self.moments, self.archive.model(model), self.position, self.now) {
            Ok(state) => Some(state),
            Err(PastError::LetGo) => None,
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                None
            }
        };
        self.states.borrow_mut().push((model, found.clone()));
        found
    }
}

impl Moment for Then<'_> {
    fn position(&self) -> Position {
        self.position
    }

    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        let state = self.state(model)?;
        let view = state.view(None).expect("the present is always kept");
        view.row(model, key)
    }

    fn referrers(&self, model: usize, relation: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool) {
        let Some(state) = self.state(model) else { return };
        let view = state.view(None).expect("the present is always kept");
        Moment::referrers(&view, model, relation, key, each);
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        match self.state(query.model) {
            Some(state) => state.view(None)?.list(query),
            None => Err(QueryError::HorizonGone(self.position)),
        }
    }
}
