//! What was deleted softly is removed for good when its time has come, and not before.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{Backend as _, Context, Model as _};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, EngineOptions};

const DAY: i64 = 86_400_000_000;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete(purge_after = "90d"))]
struct Sheet {
    #[db(primary_key)]
    number: i64,
    deleted_at: Option<Timestamp>,
}

/// Holds its sheet, also when it is deleted itself.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Pin {
    #[db(primary_key)]
    number: i64,
    #[relation(belongs_to = Sheet)]
    sheet_id: i64,
    deleted_at: Option<Timestamp>,
}

fn run(engine: &Engine, code: impl Fn(&Context<'_>) + Send + Sync + 'static) {
    let code = move |records: &Context<'_>| {
        code(records);
        Ok::<_, Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
}

fn no_page() -> i64 {
    panic!("a bug of the application")
}

/// Notes its sheet, as far as its author could.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Note {
    #[db(primary_key)]
    number: i64,
    #[relation(belongs_to = Sheet, on_delete = set_null)]
    sheet_id: Option<i64>,
    #[db(default = 1, on_update = fn(no_page))]
    page: i64,
}

/// The purger ended there, without a word, until the next start.
#[test]
fn a_record_over_which_code_panics_stays_and_keeps_no_other() {
    let schemas = vec![Sheet::SCHEMA, Note::SCHEMA];
    let media = Arc::new(MemoryMedia::new());
    let engine = Engine::open(media, schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens");
    run(&engine, |records| {
        for number in 0..3 {
            records.create(&Sheet { number, deleted_at: None });
        }
        records.create(&Note { number: 1, sheet_id: Some(0), page: 1 });
    });
    run(&engine, |records| (0..3).for_each(|number| records.delete::<Sheet>(&number)));
    for purged in [2, 0] {
        assert_eq!(engine.purge_expired(Timestamp::from_micros(i64::MAX)), purged);
    }
    assert_eq!(engine.state().view(None).expect("the present").count(0), 1);
}

#[test]
fn ninety_days_are_ninety_days() {
    let media = MemoryMedia::new();
    let open = || {
        let schemas = vec![Sheet::SCHEMA, Pin::SCHEMA];
        Engine::open(Arc::new(media.clone()), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
    };
    let engine = open();
    run(&engine, |records| {
        for number in 0..1_203 {
            records.create(&Sheet { number, deleted_at: None });
        }
        records.create(&Pin { number: 1, sheet_id: 7, deleted_at: None });
    });
    run(&engine, |records| records.delete::<Pin>(&1));
    run(&engine, |records| (0..1_201).for_each(|number| records.delete::<Sheet>(&number)));
    let key = |number: i64| engine.catalog().models[0].parse_key(&number.to_string()).expect("a key");
    let row = |number: i64| engine.read(0, &key(number), None).expect("the present").row;
    let deleted = match engine.catalog().models[0].field(&row(0).expect("is kept"), 1) {
        lithair_core::model::Value::Timestamp(deleted) => deleted,
        other => panic!("{other:?}"),
    };
    assert_eq!(engine.purge_expired(deleted.plus_micros(90 * DAY)), 0, "to the microsecond");
    assert_eq!(engine.purge_expired(deleted.plus_micros(90 * DAY + 1)), 1_200, "but for one that a pin refers to");
    assert_eq!(engine.purge_expired(deleted.plus_micros(90 * DAY + 1)), 0);
    assert!(row(0).is_none() && row(7).is_some() && row(1_202).is_some());
    drop(engine);
    let engine = open();
    assert_eq!(engine.state().view(None).expect("the present").count(0), 3);
}
