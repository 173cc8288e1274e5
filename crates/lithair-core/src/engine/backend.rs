//! The engine as servers see it.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use lithair_model::{
    AsOf, Backend, Catalog, Command, Expand, Expanded, HistoryPage, HistoryQuery, Key, Moment, Page, Past, PastError,
    Position, Query, QueryError, Read, Submission, Timestamp, Version,
};

use super::Engine;
use crate::clock::now;

impl Backend for Engine {
    fn catalog(&self) -> &Arc<Catalog> {
        self.shared.state.catalog()
    }

    fn position(&self) -> Position {
        self.shared.state.published()
    }

    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError> {
        let view = self.at(at)?;
        Ok(Read { row: view.row(model, key), position: view.position() })
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        let filter = query.filter.clone().map(|filter| filter.fixed(now()));
        self.at(query.at)?.list(&Query { filter, ..query.clone() })
    }

    fn view(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError> {
        Ok(Box::new(self.at(at)?))
    }

    fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, PastError> {
        self.archive().history(query)
    }

    fn past(&self, model: usize, key: &Key, version: Version, now: Timestamp) -> Result<Past, PastError> {
        self.archive().past(&self.moments, model, key, version, now)
    }

    fn moment(&self, as_of: AsOf, now: Timestamp) -> Result<Position, PastError> {
        self.archive().position(as_of, now)
    }

    fn list_past(&self, query: &Query, expands: &[Expand], now: Timestamp) -> Result<(Page, Vec<Expanded>), PastError> {
        let filter = query.filter.clone().map(|filter| filter.fixed(now));
        self.archive().list(&self.moments, &Query { filter, ..query.clone() }, expands, now)
    }

    fn submit(&self, command: Command) -> Submission<'_> {
        Box::pin(self.carry_out(command))
    }

    fn wait_for(&self, position: Position, timeout: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move { tokio::time::timeout(timeout, self.shared.reached(position)).await.is_ok() })
    }

    fn failing_checks(&self) -> Vec<(&'static str, String)> {
        let mut failing = Vec::new();
        if let Some(reason) = self.log.store.poison() {
            failing.push(("log", reason));
        }
        if self.log.store.is_disk_full() {
            failing.push(("disk", "the disk is full: writes are refused, reads go on".to_owned()));
        }
        if let Some(reason) = self.outbox_failure.lock().clone() {
            failing.push(("outbox", reason));
        }
        if self.stopping.load(Ordering::SeqCst) {
            failing.push(("draining", "the server is stopping".to_owned()));
        }
        failing
    }

    fn cursor_secret(&self) -> [u8; 32] {
        self.cursor_secret
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        let counters = self.log.store.counters();
        vec![
            ("log_position", "The newest position that reads show.", self.position().get()),
            ("log_frames", "Batches written to the log.", counters.frames),
            ("log_syncs", "Syncs of the log; one a batch.", counters.syncs),
            ("log_events", "Entries written to the log.", counters.events),
            ("log_bytes", "Bytes written to the log.", counters.bytes),
            ("log_segments", "Segments begun.", counters.segments),
            ("log_archives", "Segments compressed.", counters.archives),
            (
                "projection_lag",
                "Positions that the projection that is furthest behind has yet to read.",
                self.projection_lag(),
            ),
            ("snapshots", "Snapshots built.", self.snapshotter.built()),
            ("snapshot_failures", "Snapshots that could not be built.", self.snapshotter.failures()),
        ]
    }
}
