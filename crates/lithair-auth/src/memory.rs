//! For tests: the records of a server in memory, decided on and applied as a server does it, without a log.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lithair_model::{
    AsOf, Backend, Catalog, Command, Expand, Expanded, HistoryPage, HistoryQuery, Key, ModelSchema, Moment, Numbers,
    Outcome, Page, Past, PastError, Position, Query, QueryError, Read, Refusal, RefusalReason, Submission, Timestamp,
    Uuid, Version,
};
use lithair_state::{Ids, State, decide};
use parking_lot::Mutex;

use crate::records::{Record, SCHEMAS};
use crate::user::User;

/// A Friday of January 2027.
pub(crate) const NOW_SECONDS: i64 = 1_800_000_000;

/// So many seconds after a moment.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((NOW_SECONDS + seconds) * 1_000_000)
}

/// What comes of it, on a runtime of its own.
pub(crate) fn run<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}

pub(crate) struct Memory {
    state: State,
    /// What every further change is refused with.
    pub(crate) refuses: Mutex<Option<RefusalReason>>,
    /// Whether the present is not to be had.
    pub(crate) is_gone: Mutex<bool>,
    /// How many pages were asked for.
    pub(crate) pages: Mutex<usize>,
}

impl Memory {
    /// With the server's own models, users, and these.
    pub(crate) fn new(models: &[&'static ModelSchema]) -> Arc<Self> {
        let own = SCHEMAS.iter().copied().chain([<User as Record>::SCHEMA]);
        let schemas: Vec<&'static ModelSchema> = own.chain(models.iter().copied()).collect();
        let catalog = Catalog::new(schemas.clone(), &Numbers::of(&schemas)).expect("the models are right");
        Arc::new(Self {
            state: State::new(Arc::new(catalog)),
            refuses: Mutex::default(),
            is_gone: Mutex::default(),
            pages: Mutex::default(),
        })
    }

    /// How many records of a model there are.
    pub(crate) fn count(&self, table: &str) -> u64 {
        let model = self.state.catalog().by_table(table).expect("there is such a model");
        self.state.view(None).expect("the present").count(model)
    }

    fn carry_out(&self, command: &Command) -> Result<Outcome, Refusal> {
        if let Some(reason) = self.refuses.lock().clone() {
            return Err(Refusal::new(0, reason));
        }
        let decision = decide(&self.state.view(None).expect("the present"), command, &mut NoIds)?;
        if !decision.entry.changes.is_empty() {
            let position = self.state.applied().next();
            self.state.apply(position, &decision.entry).expect("a test has one thread");
            self.state.publish(position);
        }
        Ok(Outcome { position: self.state.published(), results: Vec::new() })
    }
}

/// The records of tests say who they are.
struct NoIds;

impl Ids for NoIds {
    fn uuid7(&mut self) -> Uuid {
        unreachable!("records of tests have their own identifiers")
    }

    fn sequence(&mut self, _: usize) -> u64 {
        unreachable!("records of tests have their own numbers")
    }

    fn saw(&mut self, _: usize, _: u64) {}
}

impl Backend for Memory {
    fn catalog(&self) -> &Arc<Catalog> {
        self.state.catalog()
    }

    fn position(&self) -> Position {
        self.state.published()
    }

    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError> {
        let view = self.state.view(at)?;
        Ok(Read { row: view.row(model, key), position: view.position() })
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        *self.pages.lock() += 1;
        if *self.is_gone.lock() {
            return Err(QueryError::HorizonGone(self.position()));
        }
        self.state.view(query.at)?.list(query)
    }

    fn view(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError> {
        if *self.is_gone.lock() {
            return Err(QueryError::HorizonGone(self.position()));
        }
        Ok(Box::new(self.state.view(at)?))
    }

    fn history(&self, _: &HistoryQuery) -> Result<HistoryPage, PastError> {
        unreachable!("nothing here is asked of the past")
    }

    fn past(&self, _: usize, _: &Key, _: Version, _: Timestamp) -> Result<Past, PastError> {
        unreachable!("nothing here is asked of the past")
    }

    fn moment(&self, _: AsOf, _: Timestamp) -> Result<Position, PastError> {
        unreachable!("nothing here is asked of the past")
    }

    fn list_past(&self, _: &Query, _: &[Expand], _: Timestamp) -> Result<(Page, Vec<Expanded>), PastError> {
        unreachable!("nothing here is asked of the past")
    }

    fn submit(&self, command: Command) -> Submission<'_> {
        Box::pin(async move { self.carry_out(&command) })
    }

    fn wait_for(&self, _: Position, _: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(std::future::ready(true))
    }

    fn failing_checks(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    fn cursor_secret(&self) -> [u8; 32] {
        [7; 32]
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        Vec::new()
    }
}
