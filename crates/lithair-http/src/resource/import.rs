//! `POST /{collection}:import`: records that come one a line.
//!
//! Lines become commands of many operations each, so that a sync is shared. A command is all or nothing: where the store
//! refuses an operation, its line is reported and the command is tried again without it.

mod lines;
mod pending;
mod report;

use std::net::IpAddr;

use lithair_model::{Command, DraftMode, ModelEntry, Reader, Refusal, RefusalReason, Timestamp, Unavailable};

use self::lines::{Line, Lines};
use self::pending::{Numbered, Pending};
use self::report::Report;
use crate::answer::Answer;
use crate::app::App;
use crate::auth::{self, Held};
use crate::limits;
use crate::operation::ImportPlan;
use crate::refusal;
use crate::rejection::Rejection;
use crate::validation::draft;

/// How often a command is tried that others were in the way of, and how long it waits for them.
const TRIES_MAX: u32 = 100;
const PAUSE: std::time::Duration = std::time::Duration::from_millis(10);

pub(crate) async fn run(
    app: &App,
    plan: ImportPlan,
    reader: &Reader,
    (held, now): (Held, Timestamp),
) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.model];
    let mut import = Import { app, model, client: plan.client, held, reader, now, report: Report::default() };
    match import.lines(Lines::new(plan.reader, model.schema.body_bytes_max as usize)).await {
        Ok(()) => Ok(import.report.answer()),
        // What was imported stays, so what is known of it is told.
        Err(rejection) => Err(import.report.with(rejection)),
    }
}

struct Import<'a> {
    app: &'a App,
    model: &'a ModelEntry,
    client: IpAddr,
    /// Whose import it is, as long as it is theirs.
    held: Held,
    reader: &'a Reader,
    now: Timestamp,
    report: Report,
}

impl Import<'_> {
    async fn lines(&mut self, mut lines: Lines) -> Result<(), Rejection> {
        let mut pending = Pending::default();
        while let Some(line) = lines.next().await? {
            let number = line.number;
            let Some((draft, bytes)) = self.decoded(line) else { continue };
            let key = draft::key(self.model, &draft);
            if !pending.has_room(key.as_ref(), bytes) {
                self.submit(std::mem::take(&mut pending)).await?;
            }
            pending.push(number, self.model.place, draft, key, bytes);
        }
        self.submit(pending).await
    }

    /// The record of a line and the line's bytes; a line that is none is reported.
    fn decoded(&mut self, line: Line) -> Option<(lithair_model::Draft, usize)> {
        let decoded = line.text.and_then(|text| {
            limits::admit_line(self.app, self.model.place, (self.client, self.reader.principal()), self.now)?;
            draft::decode(self.model, &text, DraftMode::Import).map(|draft| (draft, text.len()))
        });
        decoded.inspect_err(|rejection| self.report.fail(line.number, rejection)).ok()
    }

    /// Submits all of it but the lines that the store refuses.
    async fn submit(&mut self, pending: Pending) -> Result<(), Rejection> {
        if !self.held.is_good(App::now()) {
            return Err(auth::taken_back());
        }
        let mut waiting = vec![pending.operations];
        let mut tries = 0;
        while let Some(mut operations) = waiting.pop() {
            if operations.is_empty() {
                continue;
            }
            let Err(refused) = self.attempt(&operations).await else { continue };
            let rejection = refusal::of_write(self.reader, &refused);
            match refused.reason {
                RefusalReason::Contended | RefusalReason::Unavailable(Unavailable::Overloaded) if tries < TRIES_MAX => {
                    tries += 1;
                    tokio::time::sleep(PAUSE).await;
                }
                RefusalReason::Contended | RefusalReason::Unavailable(_) => return Err(rejection),
                RefusalReason::TooLarge { .. } if operations.len() > 1 => {
                    waiting.push(operations.split_off(operations.len() / 2));
                }
                _ => {
                    for refused in refused.all() {
                        let (line, _) = operations.remove(refused.operation);
                        self.report.fail(line, &refusal::of_write(self.reader, &refused));
                    }
                    // A refusal waits for no disk: many in a row would keep all other connections of the thread waiting.
                    tokio::task::yield_now().await;
                }
            }
            waiting.push(operations);
        }
        Ok(())
    }

    async fn attempt(&mut self, operations: &[Numbered]) -> Result<(), Refusal> {
        let operations = operations.iter().map(|(_, operation)| operation.clone()).collect();
        let command = Command { now: self.now, principal: self.reader.principal().clone(), operations };
        let outcome = self.app.backend.submit(command).await?;
        self.report.count(&outcome);
        Ok(())
    }
}
