use std::sync::Arc;

use lithair_core::model::{
    Action, Command, Draft, DraftError, DraftMode, Entry, Expected, Operation, Position, Principal, Row, Selection,
    Timestamp, Uuid, decode_draft, project,
};
use lithair_state::{Answer, Ids, State, decide};

use super::models::CATALOG;

/// Any bytes are a body, or an error that says where. What a body makes of a record survives the log, is shown as JSON, and that
/// JSON, imported, changes nothing.
///
/// The first byte chooses how the body is read.
///
/// # Panics
/// If not.
pub fn json_body(bytes: &[u8]) {
    let Some((choice, body)) = bytes.split_first() else { return };
    let modes = [DraftMode::Create, DraftMode::Replace, DraftMode::Patch, DraftMode::Import];
    let mode = modes[usize::from(*choice) % modes.len()];
    let draft = match decode_draft(&CATALOG.models[0], body, mode, &|_| None) {
        Ok(draft) => draft,
        Err(DraftError::Malformed { position, .. }) => {
            return assert!(position <= body.len(), "it points into the body");
        }
        Err(DraftError::Invalid(violations)) => return assert!(!violations.is_empty(), "something is wrong"),
    };
    match mode {
        DraftMode::Create => stored(Action::Create(draft)),
        DraftMode::Import => stored(Action::Import(draft)),
        DraftMode::Replace | DraftMode::Patch => {}
    }
}

fn stored(action: Action) {
    let state = State::new(Arc::clone(&CATALOG));
    let view = state.view(None).expect("the present is kept");
    // Rules of the whole record may refuse it.
    let Ok(decision) = decide(&view, &command(action), &mut Numbers) else { return };
    let mut bytes = Vec::new();
    decision.entry.encode(&mut bytes);
    let entry = Entry::decode(&bytes).expect("an entry that was encoded is one");
    assert_eq!(entry, decision.entry);
    let first = Position::new(1);
    let applied = state.apply(first, &entry).expect("nobody else changed anything");
    state.publish(first);
    let row = applied.rows[0].as_ref().expect("a record was put");
    shown_and_imported(&state, row);
}

fn shown_and_imported(state: &State, row: &Row) {
    let model = &CATALOG.models[0];
    let mut json = Vec::new();
    project(
        model,
        &lithair_core::model::Visible::to_system(&std::sync::Arc::new(row.clone())),
        &Selection::all(),
        &mut json,
    );
    serde_json::from_slice::<serde::de::IgnoredAny>(&json).expect("a record is shown as JSON");
    let again: Draft = decode_draft(model, &json, DraftMode::Import, &|_| None).expect("what is shown can be imported");
    let view = state.view(None).expect("the present is kept");
    let decision = decide(&view, &command(Action::Import(again)), &mut Numbers).expect("a record keeps its own rules");
    let text = String::from_utf8_lossy(&json);
    assert!(matches!(decision.answers[..], [Answer::Unchanged(_)]), "an import of what is there changes it: {text}");
}

fn command(action: Action) -> Command {
    let now = Timestamp::from_micros(1_769_860_800_000_000);
    Command {
        now,
        principal: Principal::Anonymous,
        operations: vec![Operation { model: 0, action, expected: Expected::Anything }],
    }
}

/// The model gives no keys.
struct Numbers;

impl Ids for Numbers {
    fn uuid7(&mut self) -> Uuid {
        Uuid::nil()
    }

    fn sequence(&mut self, _: usize) -> u64 {
        1
    }

    fn saw(&mut self, _: usize, _: u64) {}
}
