//! Carries out `POST /_batch`, in one entry of the log.

use std::sync::Arc;

use lithair_model::{Action, Command, ModelEntry, OperationResult, Outcome, Reader, Row, Selection, project};

use super::write;
use crate::answer::Answer;
use crate::app::App;
use crate::rejection::Rejection;
use crate::{access, refusal};

/// Carries out a batch.
pub(crate) async fn run(app: &App, command: Command, reader: &Reader) -> Result<Answer, Rejection> {
    let asked: Vec<(usize, Asked)> = command.operations.iter().map(|it| (it.model, Asked::of(&it.action))).collect();
    let outcome = app.backend.submit(command).await;
    let outcome =
        outcome.map_err(|refused| refusal::of_operation(refused.operation, refusal::of_write(reader, &refused)))?;
    Ok(Answer::json(200, body(app, &asked, &outcome, reader)?).at(outcome.position))
}

/// What an operation was to do. It is answered so whatever others of the batch did to the same record: of a record that is made and
/// then changed, the log has one change alone, and what the batch came to would say "made" of both.
#[derive(Clone, Copy)]
enum Asked {
    Create,
    Change,
    Delete,
}

impl Asked {
    const fn of(action: &Action) -> Self {
        match action {
            Action::Create(_) => Self::Create,
            Action::Delete(_) => Self::Delete,
            _ => Self::Change,
        }
    }

    const fn status(self) -> u16 {
        match self {
            Self::Create => 201,
            Self::Change => 200,
            Self::Delete => 204,
        }
    }
}

/// `{"results":[{"status":201,"location":"..","data":{..}},{"status":204}],"as_of":7}`
/// Records are shown as the batch left them: what they were between two of its operations, they never were. One that the batch took
/// away again is not shown at all.
fn body(app: &App, asked: &[(usize, Asked)], outcome: &Outcome, reader: &Reader) -> Result<Vec<u8>, Rejection> {
    let moment = app.backend.view(None).map_err(|error| refusal::of_query(&app.catalog.models[0], &error))?;
    let mut json = b"{\"results\":[".to_vec();
    for (index, (&(model, asked), result)) in asked.iter().zip(&outcome.results).enumerate() {
        if index > 0 {
            json.push(b',');
        }
        let model = &app.catalog.models[model];
        json.extend_from_slice(format!("{{\"status\":{}", asked.status()).as_bytes());
        if let Some(row) = left(asked, model, result) {
            if let Asked::Create = asked {
                let location = write::path(app, model, row);
                json.extend_from_slice(format!(",\"location\":\"{location}\"").as_bytes());
            }
            // Who may change what it does not see is told that it is done.
            if let Some(record) = access::seen(app, reader, &*moment, model, row)? {
                json.extend_from_slice(b",\"data\":");
                project(model, &record, &Selection::all(), &mut json);
            }
        }
        json.push(b'}');
    }
    json.extend_from_slice(format!("],\"as_of\":{}}}", outcome.position).as_bytes());
    Ok(json)
}

/// The record that the batch left where an operation made or changed one; none if another operation deleted it, softly or not.
fn left<'r>(asked: Asked, model: &ModelEntry, result: &'r OperationResult) -> Option<&'r Arc<Row>> {
    let (OperationResult::Created(row) | OperationResult::Updated(row) | OperationResult::Unchanged(row)) = result
    else {
        return None;
    };
    (!matches!(asked, Asked::Delete) && !model.is_trash(row)).then_some(row)
}
