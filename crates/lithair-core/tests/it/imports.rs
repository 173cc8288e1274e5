//! An import is a way in like others: it changes what it says and nothing else.

use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::{
    Action, Backend as _, DraftMode, Expected, Operation, OperationResult, RefusalReason, decode_draft,
};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use serde_json::{Value, json};

use crate::engine::{create, options, outcome, submit};

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Account {
    #[db(primary_key, auto = sequence)]
    pub(crate) number: i64,
    #[db(unique)]
    pub(crate) name: String,
    #[http(write_only)]
    pub(crate) password: Option<String>,
    #[db(default = "none")]
    #[http(hidden)]
    pub(crate) token: String,
    #[http(read_only)]
    pub(crate) seen: Option<i64>,
    #[lifecycle(immutable)]
    pub(crate) origin: Option<String>,
    #[relation(belongs_to = Account, on_delete = restrict)]
    pub(crate) parent: Option<Id<Account>>,
}

fn start() -> Engine {
    let media = Arc::new(MemoryMedia::default());
    Engine::open(media, vec![Account::SCHEMA], options(), Box::new(|_| {})).expect("starts")
}

fn import(engine: &Engine, json: &Value) -> Result<OperationResult, RefusalReason> {
    submit(engine, vec![operation(engine, json)]).map(|mut results| results.remove(0))
}

fn operation(engine: &Engine, json: &Value) -> Operation {
    let entry = &engine.catalog().models[0];
    let draft = decode_draft(entry, json.to_string().as_bytes(), DraftMode::Import, &|_| None).expect("is right");
    Operation { model: 0, action: Action::Import(draft), expected: Expected::Anything }
}

/// An import of an export took every password away, for an export has none.
#[test]
fn what_an_export_does_not_show_stays_when_it_is_imported_again() {
    let engine = start();
    submit(&engine, vec![create(&engine, 0, &json!({ "name": "a", "password": "secret", "origin": "here" }))])
        .expect("is created");
    let exported = json!({ "number": 1, "name": "a", "seen": null, "origin": "here", "_rev": 1 });
    assert!(matches!(import(&engine, &exported), Ok(OperationResult::Unchanged(_))));
    let renamed = json!({ "number": 1, "name": "b", "seen": 3, "origin": "here" });
    let Ok(OperationResult::Updated(row)) = import(&engine, &renamed) else { panic!("is updated") };
    let model = &engine.catalog().models[0];
    let values = model.decode_row(&row.bytes).expect("rows are ours");
    let text = |text: &str| lithair_core::model::Value::Text(text.to_owned());
    assert_eq!(values[1..4], [text("b"), text("secret"), text("none")]);
}

#[test]
fn what_is_set_once_is_not_changed_by_an_import() {
    let engine = start();
    assert!(matches!(
        import(&engine, &json!({ "number": 7, "name": "a", "origin": "here" })),
        Ok(OperationResult::Created(_))
    ));
    let Err(RefusalReason::Invalid(violations)) =
        import(&engine, &json!({ "number": 7, "name": "a", "origin": "there" }))
    else {
        panic!("is refused")
    };
    assert_eq!((violations[0].pointer.as_str(), violations[0].code, violations.len()), ("/origin", "immutable", 1));
    assert!(matches!(import(&engine, &json!({ "number": 7, "name": "a" })), Ok(OperationResult::Unchanged(_))));
}

/// A refused line with the highest number there is left no number for anybody.
#[test]
fn a_refused_import_uses_up_no_numbers() {
    let engine = start();
    assert!(import(&engine, &json!({ "number": 5, "name": "a" })).is_ok());
    let taken = import(&engine, &json!({ "number": i64::MAX - 1, "name": "a" }));
    assert!(matches!(taken, Err(RefusalReason::UniqueTaken { .. })), "{taken:?}");
    let created = submit(&engine, vec![create(&engine, 0, &json!({ "name": "b" }))]).expect("there are numbers left");
    let OperationResult::Created(row) = &created[0] else { panic!("is created") };
    assert_eq!(engine.catalog().models[0].key_text(row), "6");
}

/// It was taken, and every create after it was 422 for a number that the caller had not given.
#[test]
fn an_import_of_the_last_number_is_refused() {
    let engine = start();
    let Err(RefusalReason::Invalid(violations)) = import(&engine, &json!({ "number": i64::MAX, "name": "a" })) else {
        panic!("is refused")
    };
    assert_eq!((violations[0].pointer.as_str(), violations[0].code), ("/number", "sequence"));
    assert!(submit(&engine, vec![create(&engine, 0, &json!({ "name": "b" }))]).is_ok(), "there are numbers left");
}

/// Each refused line cost another try of all the others: an import of 8,000 bad lines took as long as one of 300,000 good ones.
#[test]
fn an_import_is_told_of_all_lines_that_are_sure_to_fail() {
    let engine = start();
    assert!(import(&engine, &json!({ "number": 1, "name": "a", "origin": "here" })).is_ok());
    let refused = |lines: &[Value]| {
        let operations = lines.iter().map(|line| operation(&engine, line)).collect();
        let refusal = outcome(&engine, operations).expect_err("is refused");
        refusal.all().iter().map(|refusal| refusal.operation).collect::<Vec<_>>()
    };
    let changed = |number: i64| json!({ "number": number, "name": format!("n{number}"), "origin": "there" });
    let taken = |number: i64| json!({ "number": number, "name": "a" });
    let good = |number: i64| json!({ "number": number, "name": format!("g{number}") });
    // Rules are broken whatever the other lines are.
    assert_eq!(refused(&[changed(1), good(2), changed(1)]), [2, 0]);
    // A value that is stored is taken whatever the other lines are.
    assert_eq!(refused(&[good(2), taken(3), taken(4), good(5), taken(6)]), [4, 2, 1]);
    // Of lines that want the same value, the first has it.
    let same = |number: i64| json!({ "number": number, "name": "same" });
    assert_eq!(refused(&[same(7), same(8), good(2), same(9)]), [3, 1]);
    let all: Vec<Value> = (100..600).map(same).collect();
    assert_eq!(refused(&all), (1..500).rev().collect::<Vec<_>>());
    // Unless it does not come: then the next try shows which.
    let orphan = json!({ "number": 6, "name": "same", "parent": 99 });
    assert_eq!(refused(&[orphan.clone(), same(7), same(8)]), [0]);
    // Nor does one that hangs on another beat anybody before it is known to come.
    let hanging = json!({ "number": 5, "name": "same", "parent": 6 });
    assert_eq!(refused(&[hanging, json!({ "number": 6, "name": "b" }), same(7), same(8)]), [2]);
    assert!(outcome(&engine, vec![operation(&engine, &good(2)), operation(&engine, &same(7))]).is_ok());
}

#[test]
fn what_refers_to_a_line_that_fails_fails_with_it() {
    let engine = start();
    assert!(import(&engine, &json!({ "number": 1, "name": "a", "origin": "here" })).is_ok());
    let line = |number: i64, parent: i64| json!({ "number": number, "name": format!("n{number}"), "parent": parent });
    let refused = |lines: &[Value]| {
        let operations = lines.iter().map(|line| operation(&engine, line)).collect();
        let refusal = outcome(&engine, operations).expect_err("is refused");
        refusal.all().iter().map(|refusal| refusal.operation).collect::<Vec<_>>()
    };
    // 5 is nowhere; 2, 3 and 4 hang on it, 6 does not.
    assert_eq!(refused(&[line(2, 3), line(3, 4), line(6, 6), line(4, 5)]), [3, 1, 0]);
    // The name is taken, so 2 does not come, but 1 is there as it was.
    assert_eq!(refused(&[json!({ "number": 2, "name": "a" }), line(3, 2), line(4, 1)]), [1, 0]);
    let chain: Vec<Value> = (10..400).map(|number| line(number, number + 1)).collect();
    assert_eq!(refused(&chain).len(), chain.len());
}
