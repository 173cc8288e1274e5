//! Exports: every record of a moment, one a line, made while they are sent.

use std::sync::Arc;

use bytes::Bytes;
use lithair_model::{
    Backend, Catalog, Key, MomentFields, Position, Query, QueryError, Row, Start, Tally, Timestamp, project,
    project_csv, project_csv_head,
};

use crate::answer::Answer;
use crate::app::App;
use crate::auth::Held;
use crate::body::{Body, Cut, Pieces};
use crate::media::CSV;
use crate::operation::ExportPlan;
use crate::refusal;
use crate::rejection::Rejection;

/// Records that are fetched at a time, so that the cost of finding the place is small.
const PAGE_RECORDS: usize = 500;
/// A piece ends with the record that makes it this large: all the memory that a client who reads slowly can take.
const PIECE_BYTES: usize = 64 * 1024;
/// A piece ends with the record whose filter makes it this many related records, so that no piece is long in the making.
const PIECE_RECORDS: u64 = 20_000;

/// `GET /{collection}` as NDJSON or CSV: all records of one moment, one a line, made as fast as the client takes them.
pub(crate) fn run(app: &App, plan: ExportPlan, held: Held) -> Result<Answer, Rejection> {
    let (model, media) = (&app.catalog.models[plan.model], plan.media);
    let mut head = Vec::new();
    if media == CSV {
        project_csv_head(model, &plan.selection, &mut head);
    }
    let mut lines = Lines {
        head: Some(head.into()).filter(|head: &Bytes| !head.is_empty()),
        backend: Arc::clone(&app.backend),
        catalog: Arc::clone(&app.catalog),
        plan,
        held,
        at: app.backend.position(),
        scan_rows_max: app.config.limits.scan_rows_max,
        last: None,
        rows: Vec::new().into_iter(),
        more: true,
    };
    // The first page is fetched before the status is sent, so that what is wrong from the beginning is a problem.
    lines.fetch().map_err(|error| refusal::of_query(model, &error))?;
    let at = lines.at;
    Ok(Answer::new(200, media, Body::stream(Box::new(lines), &app.metrics.panics)).at(at))
}

struct Lines {
    /// What comes before the first record.
    head: Option<Bytes>,
    backend: Arc<dyn Backend>,
    catalog: Arc<Catalog>,
    plan: ExportPlan,
    /// Whose export it is, as long as it is theirs.
    held: Held,
    at: Position,
    /// Related records that a filter may look at for one record.
    scan_rows_max: u64,
    /// The last record that was looked at.
    last: Option<Key>,
    /// Records that were fetched and not yet written.
    rows: std::vec::IntoIter<Arc<Row>>,
    /// Whether others follow them.
    more: bool,
}

impl Lines {
    fn fetch(&mut self) -> Result<(), QueryError> {
        let page = self.backend.list(&Query {
            model: self.plan.model,
            // Judged here instead, so that a rare match costs many small pages and never a long one.
            filter: None,
            search: None,
            order: Vec::new(),
            start: self.last.take().map_or(Start::First, |key| Start::After(Vec::new(), key)),
            limit: PAGE_RECORDS,
            count: false,
            at: Some(self.at),
            scan_rows_max: u64::MAX,
        })?;
        let model = &self.catalog.models[self.plan.model];
        self.last = page.rows.last().map(|row| model.row_key(row));
        self.more = page.more && self.last.is_some();
        self.rows = page.rows.into_iter();
        Ok(())
    }

    fn piece(&mut self) -> Result<Bytes, QueryError> {
        let moment = self.backend.view(Some(self.at))?;
        let catalog = &*self.catalog;
        let mut looked_at = 0;
        let model = &self.catalog.models[self.plan.model];
        let mut lines = Vec::with_capacity(PIECE_BYTES + PIECE_BYTES / 4);
        for row in self.rows.by_ref() {
            let tally = Tally::new(self.scan_rows_max);
            let fields = MomentFields { catalog, moment: &*moment, model, row: &row, tally: &tally };
            let matches = self.plan.filter.as_ref().is_none_or(|filter| filter.matches(&fields, Timestamp::MIN));
            let record = matches.then(|| self.plan.sight.visible(&row, &fields)).flatten();
            if tally.is_spent() {
                return Err(tally.too_expensive());
            }
            if let Some(record) = record {
                let record = record.computed(catalog, &*moment, model, &tally)?;
                match self.plan.media {
                    CSV => project_csv(model, &record, &self.plan.selection, &mut lines),
                    _ => {
                        project(model, &record, &self.plan.selection, &mut lines);
                        lines.push(b'\n');
                    }
                }
            }
            looked_at += tally.looked_at();
            if lines.len() >= PIECE_BYTES || looked_at >= PIECE_RECORDS {
                break;
            }
        }
        Ok(lines.into())
    }
}

impl Pieces for Lines {
    /// May be empty where no record of a page matches.
    fn next(&mut self) -> Result<Option<Bytes>, Cut> {
        if !self.held.is_good(App::now()) {
            return Err(Cut("its credential was taken back".to_owned()));
        }
        if let Some(head) = self.head.take() {
            return Ok(Some(head));
        }
        if self.rows.len() == 0 {
            if !self.more {
                return Ok(None);
            }
            self.fetch().map_err(|error| Cut(format!("{error:?}")))?;
        }
        self.piece().map(Some).map_err(|error| Cut(format!("{error:?}")))
    }
}
