//! What code of the application makes of records is held to what their models declare.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{Action, Draft, Expected, Failure, ModelSchema, Operation, RefusalReason, Supplied, Value};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Db, Engine, EngineOptions};
use serde_json::json;

use crate::engine::{all, create, delete, outcome_at, patch, run, submit, undelete};

fn open(schemas: Vec<&'static ModelSchema>) -> Engine {
    let media = Arc::new(MemoryMedia::new());
    Engine::open(media, schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

fn transact(engine: &Engine, code: impl Fn(&Context<'_>) + Send + Sync + 'static) {
    let code = move |records: &Context<'_>| {
        code(records);
        Ok::<_, Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
}

/// The broken rules of a refusal, as code and pointer.
fn broken<T: std::fmt::Debug>(done: Result<T, RefusalReason>) -> Vec<String> {
    match done {
        Err(RefusalReason::Invalid(violations)) => {
            violations.into_iter().map(|violation| format!("{}{}", violation.code, violation.pointer)).collect()
        }
        other => panic!("{other:?}"),
    }
}

/// Its hook does what the record wishes.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps, soft_delete)]
struct Lamp {
    #[db(primary_key)]
    id: i64,
    #[db(auto = ulid)]
    code: String,
    #[lifecycle(immutable)]
    origin: Option<String>,
    #[lifecycle(write_once)]
    signature: Option<String>,
    #[db(default = 0)]
    #[lifecycle(monotonic)]
    hours: i64,
    #[db(default = "")]
    wish: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

#[hooks]
impl Lamp {
    #[hook(before(create, update))]
    fn grant(&mut self, cx: &Context) {
        match self.wish.as_str() {
            "code" => self.code = "00000000000000000000000000".to_owned(),
            "origin" => self.origin = Some("the hook".to_owned()),
            "signature" => self.signature = Some("the hook".to_owned()),
            "hours" => self.hours -= 1,
            "created_at" => self.created_at = Timestamp::from_micros(1),
            "updated_at" => self.updated_at = Timestamp::from_micros(1),
            "deleted_at" => self.deleted_at = Some(cx.now()),
            _ => {}
        }
    }
}

/// Changes were judged as they came, and what hooks made of them was not: a hook set what is set once, and sent records to the trash.
#[test]
fn a_hook_changes_nothing_that_a_command_may_not_change() {
    let engine = open(vec![Lamp::SCHEMA]);
    let lamp = json!({"id": 1, "origin": "the caller", "signature": "the caller", "hours": 5});
    submit(&engine, vec![create(&engine, 0, &lamp)]).expect("no wish");
    let wished = |wish: &str| submit(&engine, vec![patch(&engine, 0, "1", &json!({"wish": wish}))]);
    let refused = [
        ("code", "read_only/code"),
        ("origin", "immutable/origin"),
        ("signature", "write_once/signature"),
        ("hours", "monotonic/hours"),
        ("created_at", "read_only/created_at"),
        ("updated_at", "read_only/updated_at"),
        ("deleted_at", "read_only/deleted_at"),
    ];
    for (wish, told) in refused {
        assert_eq!(broken(wished(wish)), [told], "{wish}");
    }
    // What the hook makes is no less than what is there, though less than what was sent.
    let grown = json!({"wish": "hours", "hours": 7});
    submit(&engine, vec![patch(&engine, 0, "1", &grown)]).expect("6 hours are no less than 5");
}

#[test]
fn a_hook_gives_a_new_record_nothing_that_the_server_gives() {
    let engine = open(vec![Lamp::SCHEMA]);
    let wished = |wish: &str| submit(&engine, vec![create(&engine, 0, &json!({"id": 1, "wish": wish}))]);
    for wish in ["code", "created_at", "updated_at", "deleted_at"] {
        assert_eq!(broken(wished(wish)), [format!("read_only/{wish}")]);
    }
    wished("origin").expect("what is set at creation is the hook's to set then");
}

/// A change makes it unchecked, if it does not check it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Sheet {
    #[db(primary_key)]
    id: i64,
    #[db(default = "")]
    text: String,
    #[db(default = true, on_update = false)]
    checked: bool,
    #[db(default = 0, on_update = 7)]
    #[relation(belongs_to = Sheet, on_delete = set_null)]
    cover: Option<i64>,
}

#[commands]
impl Sheet {
    #[command]
    fn check(&mut self, _cx: &Context) -> Result<(), Infallible> {
        self.checked = true;
        Ok(())
    }
}

#[hooks]
impl Sheet {
    #[hook(before(update))]
    fn trust(&mut self, _cx: &Context) {
        if self.text == "known" {
            self.checked = true;
        }
    }
}

/// Only what callers sent counted as said, so what code had set was set again.
#[test]
fn what_code_gives_a_value_is_not_left_alone() {
    let engine = open(vec![Sheet::SCHEMA]);
    let sheets = [0, 1, 7].map(|id| create(&engine, 0, &json!({"id": id})));
    submit(&engine, sheets.into()).expect("are created");
    let sheet = || all(&engine, 0).swap_remove(1);
    submit(&engine, vec![patch(&engine, 0, "1", &json!({"text": "new"}))]).expect("is changed");
    assert_eq!(sheet(), r#"{"id":1,"text":"new","checked":false,"cover":7,"_rev":2}"#, "it was left alone");
    submit(&engine, vec![run(&engine, 0, "1", &json!({}))]).expect("is carried out");
    assert_eq!(sheet(), r#"{"id":1,"text":"new","checked":true,"cover":7,"_rev":3}"#, "a command");
    transact(&engine, |records| records.update(&1, |sheet: &mut Sheet| sheet.text.push('!')).expect("is there"));
    assert_eq!(sheet(), r#"{"id":1,"text":"new!","checked":false,"cover":7,"_rev":4}"#, "code that leaves it alone");
    transact(&engine, |records| records.update(&1, |sheet: &mut Sheet| sheet.checked = true).expect("is there"));
    assert_eq!(sheet(), r#"{"id":1,"text":"new!","checked":true,"cover":7,"_rev":5}"#, "code that does not");
    submit(&engine, vec![patch(&engine, 0, "1", &json!({"text": "news", "checked": false}))]).expect("is changed");
    submit(&engine, vec![patch(&engine, 0, "1", &json!({"text": "known"}))]).expect("is changed");
    assert_eq!(sheet(), r#"{"id":1,"text":"known","checked":true,"cover":7,"_rev":7}"#, "a hook");
    submit(&engine, vec![delete(&engine, 0, "7")]).expect("is deleted");
    assert_eq!(
        sheet(),
        r#"{"id":1,"text":"known","checked":false,"cover":null,"_rev":8}"#,
        "a relation, which leaves the rest alone"
    );
}

/// Whoever is inside has a bed, or has paid; none goes out of sight that has not paid, and none comes back that owes.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(bed.is_some() || paid, "neither a bed nor paid", on = bed))]
#[db(check(deleted_at.is_none() || paid, "nobody goes who has not paid", on = paid))]
#[lifecycle(soft_delete)]
struct Guest {
    #[db(primary_key)]
    id: i64,
    #[relation(belongs_to = Bed, on_delete = set_null)]
    bed: Option<i64>,
    #[db(default = 1)]
    #[relation(belongs_to = Bed, on_delete = set_default)]
    other: i64,
    #[http(validate(required(when = !paid)))]
    #[relation(belongs_to = Bed, on_delete = set_null)]
    third: Option<i64>,
    #[relation(belongs_to = Guest, on_delete = soft)]
    host: Option<i64>,
    #[db(default = false)]
    paid: bool,
    #[http(validate(future))]
    until: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Bed {
    #[db(primary_key)]
    id: i64,
}

const GUEST: usize = 0;
const BED: usize = 1;

fn inn() -> Engine {
    let engine = open(vec![Guest::SCHEMA, Bed::SCHEMA]);
    let beds = (1..=5).map(|id| create(&engine, BED, &json!({"id": id}))).collect();
    submit(&engine, beds).expect("are created");
    engine
}

fn told(refused: RefusalReason) -> String {
    let RefusalReason::Invalid(violations) = refused else { panic!("{refused:?}") };
    violations.into_iter().map(|violation| violation.detail).collect::<Vec<_>>().join("; ")
}

/// What a relation set to null was never judged, and stored records broke their checks.
#[test]
fn a_reference_is_not_taken_away_against_a_rule() {
    let engine = inn();
    submit(&engine, vec![create(&engine, GUEST, &json!({"id": 1, "bed": 2, "other": 3, "third": 4}))]).expect("fits");
    let before = all(&engine, GUEST);
    let gone = |bed: &str| submit(&engine, vec![delete(&engine, BED, bed)]);
    assert_eq!(told(gone("2").expect_err("a check")), "Guest/bed: neither a bed nor paid");
    assert_eq!(told(gone("4").expect_err("a rule with a condition")), "Guest/third: a value is required");
    assert_eq!(all(&engine, GUEST), before);
    gone("3").expect("the default is as good");
    let mended = vec![delete(&engine, BED, "2"), patch(&engine, GUEST, "1", &json!({"paid": true}))];
    submit(&engine, mended).expect("judged when all is known");
    submit(&engine, vec![patch(&engine, GUEST, "1", &json!({"bed": 5}))]).expect("fits");
    submit(&engine, vec![create(&engine, GUEST, &json!({"id": 2, "bed": 5, "third": 4}))]).expect("fits");
    let emptied = vec![delete(&engine, BED, "5"), patch(&engine, GUEST, "2", &json!({"paid": true}))];
    submit(&engine, emptied).expect("judged when all is known");
}

#[test]
fn nobody_goes_to_the_trash_or_comes_back_against_a_rule() {
    let engine = inn();
    let guests = [
        json!({"id": 1, "bed": 2, "third": 4, "paid": true}),
        json!({"id": 2, "bed": 2, "third": 4, "host": 1}),
        json!({"id": 3, "bed": 3, "third": 4, "paid": true}),
    ];
    submit(&engine, guests.iter().map(|guest| create(&engine, GUEST, guest)).collect()).expect("fit");
    let gone = |guest: &str| submit(&engine, vec![delete(&engine, GUEST, guest)]);
    assert!(told(gone("2").expect_err("has not paid")).ends_with("nobody goes who has not paid"));
    assert_eq!(told(gone("1").expect_err("takes the other along")), "Guest/paid: nobody goes who has not paid");
    assert_eq!(all(&engine, GUEST).len(), 3);
    gone("3").expect("has paid");
    submit(&engine, vec![undelete(&engine, GUEST, "3")]).expect("is as it was");
}

/// What is over by now is no reason to keep a record for ever.
#[test]
fn what_a_record_breaks_anyway_does_not_keep_it_from_going() {
    let engine = inn();
    let guest = json!({"id": 1, "bed": 2, "third": 4, "paid": true, "until": "2026-12-31T12:00:00Z"});
    let earlier = Timestamp::from_micros(1_700_000_000_000_000);
    outcome_at(&engine, earlier, vec![create(&engine, GUEST, &guest)]).expect("fits then");
    assert_eq!(broken(submit(&engine, vec![patch(&engine, GUEST, "1", &json!({"bed": 3}))])), ["future/until"]);
    submit(&engine, vec![delete(&engine, BED, "2")]).expect("lets go");
    submit(&engine, vec![delete(&engine, GUEST, "1")]).expect("goes");
    submit(&engine, vec![undelete(&engine, GUEST, "1")]).expect("comes back");
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps, soft_delete)]
struct Letter {
    #[db(primary_key)]
    id: i64,
    #[db(default = true, on_update = false)]
    sealed: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
    deleted_at: Option<Timestamp>,
}

/// Going and coming back counted as a change that leaves fields alone, and what came back was not what went.
#[test]
fn what_comes_back_from_the_trash_is_what_went() {
    let engine = open(vec![Letter::SCHEMA]);
    let at = |seconds: i64, operation| {
        outcome_at(&engine, Timestamp::from_micros(seconds * 1_000_000), vec![operation]).expect("is carried out");
    };
    let letter = || serde_json::from_str::<serde_json::Value>(&all(&engine, 0)[0]).expect("is JSON");
    at(1, create(&engine, 0, &json!({"id": 1})));
    at(2, delete(&engine, 0, "1"));
    assert_eq!((&letter()["sealed"], &letter()["updated_at"]), (&json!(true), &json!("1970-01-01T00:00:02Z")));
    at(3, undelete(&engine, 0, "1"));
    assert_eq!((&letter()["sealed"], &letter()["updated_at"]), (&json!(true), &json!("1970-01-01T00:00:03Z")));
    at(4, patch(&engine, 0, "1", &json!({"sealed": true})));
    assert_eq!(letter()["_rev"], 3, "nothing changed");
}

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Stage {
    Draft,
    Signed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(optimistic_lock, soft_delete(purge_after = "90d"))]
struct Deed {
    #[db(primary_key)]
    id: i64,
    #[db(default = 0)]
    pages: i64,
    #[lifecycle(states(initial = Draft, sign: Draft -> Signed))]
    stage: Stage,
    deleted_at: Option<Timestamp>,
}

#[commands]
impl Deed {
    #[command]
    fn add(&mut self, _cx: &Context) -> Result<(), Infallible> {
        self.pages += 1;
        Ok(())
    }
}

/// Rust has no way to name a revision, so that commands of such a model could not be run at all.
#[test]
fn a_lock_asks_no_revision_of_what_decides_on_the_record_as_it_is() {
    let engine = Arc::new(open(vec![Deed::SCHEMA]));
    submit(&engine, vec![create(&engine, 0, &json!({"id": 1}))]).expect("is created");
    let deeds = Db::new(Arc::clone(&engine)).repo::<Deed>();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert_eq!(runtime.block_on(deeds.run(&1, "add", "{}")).expect("a command").pages, 1);
    assert!(runtime.block_on(deeds.run(&1, "sign", "{}")).expect("a transition").stage == Stage::Signed);
    assert!(runtime.block_on(deeds.delete(1)).expect("is deleted"));
    assert_eq!(
        submit(&engine, vec![undelete(&engine, 0, "1")]).expect_err("as PATCH"),
        RefusalReason::RevisionRequired
    );
    assert_eq!(engine.purge_expired(Timestamp::from_micros(i64::MAX)), 1, "the purger knows the revision");
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Ticket {
    #[db(primary_key, auto = sequence)]
    number: i32,
}

/// It was said to be of another type than the field, to callers who may not send the field.
#[test]
fn a_sequence_that_is_used_up_is_no_callers_fault() {
    let engine = open(vec![Ticket::SCHEMA]);
    let last_but_one = Supplied::Value(Value::Int(i128::from(i32::MAX - 1)));
    let action = Action::Import(Draft { fields: vec![(0, last_but_one)], revision: None });
    submit(&engine, vec![Operation { model: 0, action, expected: Expected::Anything }]).expect("is imported");
    submit(&engine, vec![create(&engine, 0, &json!({}))]).expect("the last one");
    let detail = "the sequence `number` of `tickets` has no number left".to_owned();
    let refused = submit(&engine, vec![create(&engine, 0, &json!({}))]).expect_err("there is none behind it");
    assert_eq!(refused, RefusalReason::Failed(Failure { status: 500, code: "internal-error", detail }));
}
