//! The log of a program that runs alone: the event store's flusher applies what it has made durable.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use lithair_model::{Change, Entry, Position};
use lithair_state::{Digest, State};
use lithair_store::{AppendError, Batch, Event, EventStore};
use parking_lot::Mutex;

use crate::completion::{Completion, Mailbox, complete_all, completion};
use crate::engine::OnFailure;
use crate::log::{Log, Proposal, ProposeError, Proposed};

/// The aggregate of the entries that teach the log names, so that a start finds them without reading the whole log. No record's: those
/// have the top bit set.
pub(crate) const SCHEMA_AGGREGATE: u64 = 0;

/// What comes back with each event: the entry, decoded still, and who waits for it.
pub(crate) struct Pending {
    entry: Entry,
    completion: Completion<Proposed>,
}

/// The store, and what its flusher applies to.
pub(crate) struct LocalLog {
    pub(crate) store: EventStore<Pending>,
}

/// The state and who wants to know, once the start has made them. The flusher waits for neither: nothing is appended before.
pub(crate) type Sink = Arc<OnceLock<Applier>>;

/// What the flusher does with a durable batch.
pub(crate) struct Applier {
    pub(crate) state: Arc<State>,
    /// Called on the flusher's thread after a batch was published.
    pub(crate) published: Box<dyn Fn(Published) + Send + Sync>,
    /// Called once when the log has failed for good.
    pub(crate) failed: Mutex<Option<OnFailure>>,
}

/// What the engine's background work hears of a batch.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Published {
    pub(crate) position: Position,
    /// Bytes of entries in the batch.
    pub(crate) bytes: u64,
    /// The position and digest before the batch, if everything up to there is in sealed segments.
    pub(crate) sealed: Option<(Position, Digest)>,
}

/// What the store's sink does.
pub(crate) fn sink(applier: Sink) -> impl FnMut(Batch<Pending>) + Send + 'static {
    move |batch| applier.get().expect("nothing is appended before the start is done").take(batch)
}

impl Applier {
    fn take(&self, batch: Batch<Pending>) {
        match batch.outcome {
            Ok(()) => self.apply(batch),
            Err(error) => {
                let why = propose_error(&error);
                complete_all(batch.events.into_iter().map(|(_, pending)| (pending.completion, Err(why))));
                if let AppendError::Poisoned { reason } = error
                    && let Some(failed) = self.failed.lock().take()
                {
                    failed(reason);
                }
            }
        }
    }

    fn apply(&self, batch: Batch<Pending>) {
        assert_eq!(batch.first, self.state.applied().next(), "the log goes on where the state is");
        let sealed = batch.begins_segment.then(|| self.state.stamp());
        let mut position = self.state.applied();
        let mut bytes = 0;
        let mut outcomes = Vec::with_capacity(batch.events.len());
        for (event, Pending { entry, completion }) in batch.events {
            position = event.position;
            bytes += event.payload.len() as u64;
            outcomes.push((completion, Ok((position, self.state.apply(position, &entry)))));
        }
        self.state.publish(position);
        // The background work is told first: a snapshot that a test asks for right after an answer finds the boundary known.
        (self.published)(Published { position, bytes, sealed });
        complete_all(outcomes);
    }
}

/// The same, of a proposal.
const fn propose_error(error: &AppendError) -> ProposeError {
    match error {
        AppendError::DiskFull => ProposeError::DiskFull,
        AppendError::Closed => ProposeError::Closed,
        AppendError::Full => ProposeError::Full,
        AppendError::TooLarge { bytes, limit } => ProposeError::TooLarge { bytes: *bytes, limit: *limit },
        _ => ProposeError::Unknown,
    }
}

thread_local! {
    static MAILBOX: RefCell<Option<Arc<Mailbox<Proposed>>>> = const { RefCell::new(None) };
}

fn mailbox() -> Arc<Mailbox<Proposed>> {
    MAILBOX.with_borrow_mut(|mailbox| Arc::clone(mailbox.get_or_insert_with(Mailbox::new)))
}

impl Log for LocalLog {
    fn propose(&self, entry: Entry, mut aggregates: Vec<u64>) -> Proposal {
        if entry.changes.iter().any(|change| matches!(change, Change::Schema(_))) {
            aggregates.push(SCHEMA_AGGREGATE);
        }
        let mut payload = Vec::with_capacity(256);
        entry.encode(&mut payload);
        let event = Event::entry(entry.at.micros(), aggregates, payload);
        let (completion, waiting) = completion(&mailbox());
        match self.store.append_event(event, Pending { entry, completion }) {
            Ok(()) => Proposal::Waiting(waiting),
            Err((AppendError::Poisoned { .. }, _)) => Proposal::Refused(ProposeError::Poisoned),
            Err((error, _)) => Proposal::Refused(propose_error(&error)),
        }
    }
}
