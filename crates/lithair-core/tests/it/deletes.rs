//! Deleting a record: what refers to it goes, lets go, or stands in the way, three levels deep, in one entry.

use std::sync::Arc;

use lithair_core::model::{Backend as _, OperationResult, RefusalReason};
use lithair_core::store::MemoryMedia;
use serde_json::json;

use crate::engine::{BADGE, DEBT, MEMBER, TEAM, all, create, delete, everything, open, patch, submit};

fn filled() -> lithair_core::Engine {
    let engine = open(Arc::new(MemoryMedia::new())).expect("opens");
    let operations = vec![
        create(&engine, TEAM, &json!({"id": 0, "name": "nobody"})),
        create(&engine, TEAM, &json!({"id": 1, "name": "red"})),
        create(&engine, TEAM, &json!({"id": 2, "name": "blue"})),
        create(&engine, MEMBER, &json!({"id": 10, "team_id": 1})),
        create(&engine, MEMBER, &json!({"id": 11, "team_id": 2, "mentor_id": 10})),
        create(&engine, BADGE, &json!({"member_id": 10, "issuer_id": 2})),
        create(&engine, BADGE, &json!({"member_id": 11, "issuer_id": 1})),
    ];
    assert_eq!(submit(&engine, operations).map(|results| results.len()), Ok(7));
    engine
}

#[test]
fn cascades_set_null_and_set_default_happen_in_one_entry() {
    let engine = filled();
    let before = engine.position();
    let done = submit(&engine, vec![delete(&engine, TEAM, "1")]).expect("nothing restricts");
    assert!(matches!(done[..], [OperationResult::Deleted]));
    assert_eq!(engine.position(), before.next(), "one entry");
    assert_eq!(all(&engine, MEMBER), [r#"{"id":11,"team_id":2,"mentor_id":null,"_rev":2}"#]);
    assert_eq!(all(&engine, BADGE), [r#"{"number":2,"member_id":11,"issuer_id":0,"_rev":2}"#]);
}

#[test]
fn a_restriction_three_levels_down_stops_everything() {
    let engine = filled();
    submit(&engine, vec![create(&engine, DEBT, &json!({"member_id": 10}))]).expect("is created");
    let before = everything(&engine);
    let refused = submit(&engine, vec![delete(&engine, TEAM, "1")]).expect_err("a debt restricts");
    assert_eq!(refused, RefusalReason::StillReferenced { model: DEBT, relation: 0 });
    assert_eq!(everything(&engine), before, "and nothing happened");
}

#[test]
fn a_restriction_that_the_same_command_lifts_is_none() {
    let engine = filled();
    let made = submit(&engine, vec![create(&engine, DEBT, &json!({"member_id": 10}))]).expect("is created");
    let OperationResult::Created(row) = &made[0] else { panic!("{made:?}") };
    let debt = engine.catalog().models[DEBT].key_text(row);
    submit(&engine, vec![delete(&engine, TEAM, "1"), delete(&engine, DEBT, &debt)]).expect("the debt goes too");
    assert_eq!(all(&engine, DEBT), [""; 0]);
}

#[test]
fn records_exchange_a_unique_value_and_children_come_before_parents() {
    let engine = filled();
    let exchange =
        vec![patch(&engine, TEAM, "1", &json!({"name": "blue"})), patch(&engine, TEAM, "2", &json!({"name": "red"}))];
    submit(&engine, exchange).expect("at the end each name is there once");
    let family = vec![
        create(&engine, MEMBER, &json!({"id": 20, "team_id": 3})),
        create(&engine, TEAM, &json!({"id": 3, "name": "green"})),
    ];
    submit(&engine, family).expect("at the end the parent is there");
    let taken = submit(&engine, vec![create(&engine, TEAM, &json!({"id": 4, "name": "green"}))]);
    assert_eq!(
        taken.expect_err("is taken"),
        RefusalReason::UniqueTaken { model: TEAM, constraints: vec![0], missing: vec![] }
    );
    let orphan = submit(&engine, vec![create(&engine, MEMBER, &json!({"id": 21, "team_id": 99}))]);
    assert_eq!(
        orphan.expect_err("is an orphan"),
        RefusalReason::ReferenceMissing { model: MEMBER, relations: vec![0] }
    );
}

#[test]
fn a_command_that_changes_nothing_writes_nothing() {
    let engine = filled();
    let before = engine.position();
    let same = submit(&engine, vec![patch(&engine, TEAM, "1", &json!({"name": "red"}))]).expect("is as it was");
    assert!(matches!(same[..], [OperationResult::Unchanged(_)]));
    assert_eq!(engine.position(), before);
}
