//! Decisions that contradict themselves.
//!
//! A guard says what a decision relied on. Where no other entry lies between the state that was looked at and the entry, that state is the one
//! that the guards are held against: then a guard that does not hold was false from the beginning. To decide again would say the same, or,
//! where code answers differently each time, something else that nobody can rely on; and each try is an entry of the log.

use lithair_model::{Command, Refusal, RefusalReason};
use lithair_state::Conflict;

/// The refusal of a command whose own entry contradicts it. Whoever operates the server is told in full.
#[expect(clippy::print_stderr, reason = "a bug is told to whoever operates the server, whatever else is set")]
pub(super) fn misjudged(command: &Command, conflict: &Conflict) -> Refusal {
    let actor = command.principal.actor().unwrap_or("nobody");
    let what = format!("a change by {actor} was decided against the state that it was then refused by: {conflict}");
    eprintln!("BUG: {what}");
    Refusal::new(0, RefusalReason::Misjudged(what))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use lithair_model::{
        Action, Backend as _, Draft, Expected, Guard, Key, Model as _, Operation, Principal, Supplied, Value,
    };
    use lithair_store::MemoryMedia;

    use super::*;
    use crate::block_on::block_on;
    use crate::clock::now;
    use crate::prelude::*;
    use crate::{Engine, EngineOptions};

    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    struct Note {
        #[db(primary_key)]
        number: i64,
    }

    fn engine() -> Engine {
        let media = Arc::new(MemoryMedia::new());
        Engine::open(media, vec![Note::SCHEMA], EngineOptions::default(), Box::new(|_| {})).expect("opens")
    }

    fn note(number: i64) -> Command {
        let draft = Draft { fields: vec![(0, Supplied::Value(Value::Int(number.into())))], revision: None };
        let create = Operation { model: 0, action: Action::Create(draft), expected: Expected::Anything };
        Command { now: now(), principal: Principal::Anonymous, operations: vec![create] }
    }

    /// Decides as ever, and guards what is not so, the first `times` times; before each, `meanwhile` is done.
    fn carried_out(engine: &Engine, times: usize, meanwhile: impl Fn() + Sync) -> (Result<(), Refusal>, usize) {
        let tries = AtomicUsize::new(0);
        let outcome = block_on(engine.decided(&note(1), &|command| {
            let (position, mut decision) = engine.decide(command)?;
            if tries.fetch_add(1, Ordering::SeqCst) < times {
                let (model, key) = (engine.state().catalog().models[0].id, Key::from_bytes(*b"nobody"));
                decision.entry.guards.push(Guard::Revision { model, key, revision: 7 });
                meanwhile();
            }
            Ok((position, decision))
        }));
        (outcome.map(drop), tries.into_inner())
    }

    /// It was decided again 32 times, each an entry of the log, and then blamed on others.
    #[test]
    fn a_decision_that_contradicts_itself_costs_one_entry_and_is_told() {
        let engine = engine();
        let before = engine.position();
        let (refused, tries) = carried_out(&engine, usize::MAX, || {});
        let RefusalReason::Misjudged(what) = refused.expect_err("is refused").reason else { panic!("another reason") };
        assert!(what.contains("nobody") && what.contains("guard 1 does not hold: Revision"), "{what}");
        assert_eq!((tries, engine.position()), (1, before.next()));
    }

    #[test]
    fn what_others_write_in_between_is_no_contradiction() {
        let engine = engine();
        let number = AtomicUsize::new(2);
        let other = || {
            let number = i64::try_from(number.fetch_add(1, Ordering::SeqCst)).expect("small");
            block_on(engine.submit(note(number))).map(drop).expect("another record");
        };
        assert_eq!(carried_out(&engine, 3, other), (Ok(()), 4), "decided until it fits");
    }
}
