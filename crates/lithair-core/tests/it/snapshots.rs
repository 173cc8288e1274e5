//! A state is the same however it came to be: by running, by replay, by snapshot and tail.

use std::sync::Arc;

use lithair_core::model::Backend as _;
use lithair_core::store::{Media as _, MemoryMedia};
use lithair_sim::Random;
use serde_json::json;

use crate::engine::{BADGE, MEMBER, TEAM, create, delete, everything, open, patch, submit};

/// Random commands, many of which are refused.
fn churn(engine: &lithair_core::Engine, seed: u64, count: u64) {
    let mut random = Random::new(seed);
    for _ in 0..count {
        let (id, other) = (random.below(30), random.below(30));
        let operation = match random.below(6) {
            0 => create(engine, TEAM, &json!({"id": id, "name": format!("team {other}")})),
            1 => patch(engine, TEAM, &id.to_string(), &json!({"name": format!("team {other}")})),
            2 => create(engine, MEMBER, &json!({"id": id, "team_id": other, "mentor_id": other})),
            3 => create(engine, BADGE, &json!({"member_id": id, "issuer_id": other})),
            4 => delete(engine, TEAM, &id.to_string()),
            _ => delete(engine, MEMBER, &id.to_string()),
        };
        // Refused commands change nothing, which is part of what is compared.
        drop(submit(engine, vec![operation]));
    }
}

#[test]
fn replay_and_snapshot_with_tail_lead_to_the_running_state() {
    let media = MemoryMedia::new();
    let engine = open(Arc::new(media.clone())).expect("opens");
    churn(&engine, 1, 400);
    let only_log = media.copy();
    let replayed = open(Arc::new(only_log)).expect("replays");
    assert_eq!((replayed.state().digest(), everything(&replayed)), (engine.state().digest(), everything(&engine)));
    assert!(replayed.replayed().entries > 50 && replayed.replayed().snapshot.is_none());

    for round in 0..3 {
        let info = engine.snapshot().expect("is built");
        assert_eq!(info.digest, engine.state().digest().get(), "the log leads to the running state");
        churn(&engine, 10 + round, 150);
        let loaded = open(Arc::new(media.copy())).expect("loads");
        assert_eq!(loaded.replayed().snapshot, Some(info.position));
        assert_eq!(loaded.position(), engine.position());
        assert_eq!((loaded.state().digest(), everything(&loaded)), (engine.state().digest(), everything(&engine)));
    }
}

#[test]
fn a_damaged_snapshot_is_passed_over() {
    let media = MemoryMedia::new();
    let engine = open(Arc::new(media.clone())).expect("opens");
    churn(&engine, 2, 100);
    let first = engine.snapshot().expect("is built");
    churn(&engine, 3, 100);
    engine.snapshot().expect("is built");
    let copy = media.copy();
    let names = copy.list().expect("lists");
    let newest = names.iter().rfind(|name| name.starts_with("snapshot-")).expect("there is one");
    copy.tamper(newest, |bytes| bytes[100] ^= 1);
    let loaded = open(Arc::new(copy.clone())).expect("the one before, and the log");
    assert_eq!(loaded.replayed().snapshot, Some(first.position));
    assert_eq!(loaded.replayed().damaged_snapshots.len(), 1);
    assert_eq!(everything(&loaded), everything(&engine));
}

#[test]
fn a_sequence_goes_on_behind_a_snapshot_whose_last_number_was_deleted() {
    let media = MemoryMedia::new();
    let engine = open(Arc::new(media.clone())).expect("opens");
    let setup = vec![
        create(&engine, TEAM, &json!({"id": 0, "name": "a"})),
        create(&engine, MEMBER, &json!({"id": 1, "team_id": 0})),
        create(&engine, BADGE, &json!({"member_id": 1})),
        create(&engine, BADGE, &json!({"member_id": 1})),
    ];
    submit(&engine, setup).expect("is created");
    submit(&engine, vec![delete(&engine, BADGE, "2")]).expect("is deleted");
    engine.snapshot().expect("is built");
    let loaded = open(Arc::new(media.copy())).expect("loads");
    submit(&loaded, vec![create(&loaded, BADGE, &json!({"member_id": 1}))]).expect("is created");
    assert!(everything(&loaded)[BADGE][1].contains(r#""number":3"#), "{:?}", everything(&loaded));
}
