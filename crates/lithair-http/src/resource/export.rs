use std::sync::Arc;

use bytes::Bytes;
use lithair_model::{Backend, Catalog, Key, Page, Position, Query, Start, project};

use super::refusal;
use crate::app::App;
use crate::body::{Body, Cut, Pieces};
use crate::extract::media::NDJSON;
use crate::operation::ExportPlan;
use crate::rejection::Rejection;
use crate::respond::Answer;

/// Records a piece: large enough that the cost of finding the place is small, small enough to hold in memory.
const PIECE_RECORDS: usize = 500;

/// `GET /{collection}` as NDJSON: all records of one moment, one a line, made as fast as the client takes them.
pub(crate) fn run(app: &App, plan: ExportPlan) -> Result<Answer, Rejection> {
    let mut lines = Lines {
        backend: Arc::clone(&app.backend),
        catalog: Arc::clone(&app.catalog),
        plan,
        at: app.backend.position(),
        last: None,
        first: None,
        is_done: false,
    };
    // The first piece is made before the status is sent, so that what is wrong from the beginning is a problem.
    let model = &app.catalog.models[lines.plan.model];
    let page = lines.page().map_err(|error| refusal::of_query(model, &error))?;
    lines.first = Some(page);
    let at = lines.at;
    Ok(Answer::new(200, NDJSON, Body::stream(Box::new(lines), &app.metrics.panics)).at(at))
}

struct Lines {
    backend: Arc<dyn Backend>,
    catalog: Arc<Catalog>,
    plan: ExportPlan,
    at: Position,
    /// The last record that was looked at.
    last: Option<Key>,
    first: Option<Page>,
    is_done: bool,
}

impl Lines {
    fn page(&self) -> Result<Page, lithair_model::QueryError> {
        self.backend.list(&Query {
            model: self.plan.model,
            // Judged here instead, so that a rare match costs many small pieces and never a long one.
            filter: None,
            order: Vec::new(),
            start: self.last.clone().map_or(Start::First, |key| Start::After(Vec::new(), key)),
            limit: PIECE_RECORDS,
            count: false,
            at: Some(self.at),
            scan_rows_max: u64::MAX,
        })
    }

    fn lines(&mut self, page: &Page) -> Bytes {
        let model = &self.catalog.models[self.plan.model];
        let stored: usize = page.rows.iter().map(|row| row.bytes.len()).sum();
        let mut lines = Vec::with_capacity(stored * 2 + page.rows.len() * 64);
        for row in &page.rows {
            if self.plan.filter.as_ref().is_none_or(|filter| super::draft::matches(filter, model, row)) {
                project(model, row, &self.plan.selection, &mut lines);
                lines.push(b'\n');
            }
        }
        self.last = page.rows.last().map(|row| model.row_key(row));
        self.is_done = !page.more || page.rows.is_empty();
        lines.into()
    }
}

impl Pieces for Lines {
    /// May be empty where no record of a piece matches.
    fn next(&mut self) -> Result<Option<Bytes>, Cut> {
        if self.is_done {
            return Ok(None);
        }
        let page = match self.first.take() {
            Some(page) => page,
            None => self.page().map_err(|error| Cut(format!("{error:?}")))?,
        };
        Ok(Some(self.lines(&page)))
    }
}
