//! What a policy lets go is not to be had by any path, to the microsecond and to the version.

use std::sync::Arc;

use lithair_core::model::{
    AsOf, Backend as _, Command, HistoryQuery, Model as _, Operation, OperationResult, PastError, Position, Principal,
    Query, RevisionKind, Row, Selection, Start, Timestamp, Version, Visible, VisibleFields, project, project_fields,
};
use lithair_core::prelude::*;
use lithair_core::store::{MemoryMedia, SharedMedia};
use lithair_core::{Engine, EngineOptions};
use serde_json::{Value, json};

use crate::engine::{create, delete, key_of, patch};

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(3))]
struct Draft {
    #[db(primary_key)]
    id: i64,
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(retention = "1d")]
struct Lease {
    #[db(primary_key)]
    id: i64,
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(snapshot_only)]
struct Secret {
    #[db(primary_key)]
    id: i64,
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Person {
    #[db(primary_key)]
    id: i64,
    name: String,
    #[lifecycle(versions(2))]
    phone: String,
    #[lifecycle(retention = "2d")]
    salary: i64,
    #[lifecycle(snapshot_only)]
    pin: Option<String>,
}

const DRAFT: usize = 0;
const LEASE: usize = 1;
const SECRET: usize = 2;
const PERSON: usize = 3;
const HOUR: i64 = 3_600_000_000;
const DAY: i64 = 24 * HOUR;
const BEGIN: i64 = 1_900_000_000_000_000;

/// An engine at a simulated time.
struct Bench {
    media: SharedMedia,
    engine: Engine,
    now: i64,
}

fn open(media: &SharedMedia) -> Engine {
    let schemas = vec![Draft::SCHEMA, Lease::SCHEMA, Secret::SCHEMA, Person::SCHEMA];
    Engine::open(Arc::clone(media), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

impl Bench {
    fn new() -> Self {
        let media: SharedMedia = Arc::new(MemoryMedia::new());
        Self { engine: open(&media), media, now: BEGIN }
    }

    /// The same, with nothing in memory but the present.
    fn restarted(self) -> Self {
        self.engine.snapshot().expect("is built");
        let Self { media, engine, now } = self;
        drop(engine);
        Self { engine: open(&media), media, now }
    }

    /// Does this at the time that it is, and an hour passes. Where it stands.
    fn at(&mut self, operation: impl FnOnce(&Engine) -> Operation) -> Position {
        let operations = vec![operation(&self.engine)];
        let now = Timestamp::from_micros(self.now);
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let outcome = runtime
            .block_on(self.engine.submit(Command { now, principal: Principal::Anonymous, operations }))
            .expect("is taken");
        self.now += HOUR;
        assert!(!matches!(outcome.results[0], OperationResult::Unchanged(_)));
        outcome.position
    }

    /// (revision, kind, whether it is whole, fields) of each revision, newest first.
    fn history(&self, model: usize, now: i64) -> Result<Vec<(u64, char, bool, Value)>, PastError> {
        let key = key_of(&self.engine, model, "1");
        let (mut before, mut all) = (None, Vec::new());
        loop {
            let now = Timestamp::from_micros(now);
            let page = self.engine.history(&HistoryQuery { model, key: key.clone(), before, limit: 2, now })?;
            before = page.revisions.last().map(|last| last.position);
            all.extend(page.revisions);
            if !page.more {
                break;
            }
        }
        let entry = &self.engine.catalog().models[model];
        let show = |revision: lithair_core::model::Revision| {
            let kind = match revision.kind {
                RevisionKind::Created => 'c',
                RevisionKind::Updated => 'u',
                RevisionKind::Deleted => return (revision.number, 'd', false, Value::Null),
            };
            let mut out = Vec::new();
            project_fields(entry, &VisibleFields::to_system(&revision.fields), &Selection::all(), &mut out);
            (revision.number, kind, revision.is_whole, serde_json::from_slice(&out).expect("is JSON"))
        };
        Ok(all.into_iter().map(show).collect())
    }

    fn past(&self, model: usize, version: Version, now: i64) -> Result<Value, PastError> {
        let key = key_of(&self.engine, model, "1");
        let past = self.engine.past(model, &key, version, Timestamp::from_micros(now))?;
        let places =
            (0..self.engine.catalog().models[model].schema.fields.len()).filter(|place| !past.let_go.contains(place));
        Ok(self.show(model, &past.row, &Selection::of(places)))
    }

    fn show(&self, model: usize, row: &Arc<Row>, selection: &Selection) -> Value {
        let mut out = Vec::new();
        project(&self.engine.catalog().models[model], &Visible::to_system(row), selection, &mut out);
        serde_json::from_slice(&out).expect("is JSON")
    }

    fn revision(&self, model: usize, revision: u64) -> Result<Value, PastError> {
        self.past(model, Version::Revision(revision), self.now)
    }

    fn as_of(&self, model: usize, position: Position) -> Result<Value, PastError> {
        self.past(model, Version::AsOf(AsOf::Position(position)), self.now)
    }

    fn list(&self, model: usize, position: Position, now: i64) -> Result<Vec<Value>, PastError> {
        let query = Query {
            model,
            filter: None,
            search: None,
            order: Vec::new(),
            start: Start::First,
            limit: 100,
            count: false,
            at: Some(position),
            scan_rows_max: u64::MAX,
        };
        let page = self.engine.list_past(&query, &[], Timestamp::from_micros(now))?.0;
        Ok(page.rows.iter().map(|row| self.show(model, row, &Selection::all())).collect())
    }
}

fn text(text: &str) -> Value {
    json!({ "text": text })
}

fn whole(text: &str) -> Value {
    json!({ "id": 1, "text": text })
}

fn record(text: &str, revision: u64) -> Value {
    json!({ "id": 1, "text": text, "_rev": revision })
}

#[test]
fn so_many_versions_are_kept_and_not_one_more() {
    let mut bench = Bench::new();
    let mut positions = vec![bench.at(|engine| create(engine, DRAFT, &whole("v1")))];
    for number in 2..=5 {
        positions.push(bench.at(|engine| patch(engine, DRAFT, "1", &text(&format!("v{number}")))));
    }
    for restart in [false, true] {
        let bench_now = if restart {
            bench = bench.restarted();
            bench.now
        } else {
            bench.now
        };
        let history = bench.history(DRAFT, bench_now).expect("is kept");
        assert_eq!(
            history,
            [(5, 'u', false, text("v5")), (4, 'u', false, text("v4")), (3, 'u', true, whole("v3"))],
            "the oldest tells the whole record"
        );
        for (number, position) in (1..).zip(&positions) {
            let expected = match number {
                1 | 2 => Err(PastError::LetGo),
                _ => Ok(record(&format!("v{number}"), number)),
            };
            assert_eq!(bench.revision(DRAFT, number), expected);
            assert_eq!(bench.as_of(DRAFT, *position), expected);
            assert_eq!(bench.list(DRAFT, *position, bench_now), expected.map(|record| vec![record]));
        }
        assert_eq!(bench.revision(DRAFT, 6), Err(PastError::NoRevision));
        let before = Position::new(positions[0].get() - 1);
        assert_eq!(bench.as_of(DRAFT, before), Err(PastError::LetGo), "not even that it was not there");
    }
    bench.at(|engine| delete(engine, DRAFT, "1"));
    let history = bench.history(DRAFT, bench.now).expect("is kept");
    assert_eq!(
        history.iter().map(|(number, kind, ..)| (*number, *kind)).collect::<Vec<_>>(),
        [(6, 'd'), (5, 'u'), (4, 'u'), (3, 'u')]
    );
    // Made again, it does not remember more than so many versions of all its lives.
    bench.at(|engine| create(engine, DRAFT, &whole("w1")));
    bench.at(|engine| patch(engine, DRAFT, "1", &text("w2")));
    let history = bench.history(DRAFT, bench.now).expect("is kept");
    assert_eq!(
        history,
        [
            (2, 'u', false, text("w2")),
            (1, 'c', true, whole("w1")),
            (6, 'd', false, Value::Null),
            (5, 'u', true, whole("v5"))
        ]
    );
    assert_eq!(bench.as_of(DRAFT, positions[3]), Err(PastError::LetGo));
    assert_eq!(bench.list(DRAFT, positions[3], bench.now), Err(PastError::LetGo));
    assert_eq!(bench.list(DRAFT, positions[4], bench.now), Ok(vec![record("v5", 5)]));
}

#[test]
fn a_version_is_kept_so_long_and_not_a_microsecond_more() {
    let mut bench = Bench::new();
    let first = bench.at(|engine| create(engine, LEASE, &whole("v1")));
    let second = bench.at(|engine| patch(engine, LEASE, "1", &text("v2")));
    let third = bench.at(|engine| patch(engine, LEASE, "1", &text("v3")));
    let (second_at, third_at) = (BEGIN + HOUR, BEGIN + 2 * HOUR);
    for restart in [false, true] {
        if restart {
            bench = bench.restarted();
        }
        // v1 ended when v2 was written.
        let check = |now: i64, kept: u64| {
            let numbers: Vec<u64> =
                bench.history(LEASE, now).expect("the newest stays").iter().map(|item| item.0).collect();
            assert_eq!(numbers, (kept..=3).rev().collect::<Vec<_>>());
            for (number, position) in [(1, first), (2, second), (3, third)] {
                let expected =
                    if number < kept { Err(PastError::LetGo) } else { Ok(record(&format!("v{number}"), number)) };
                let written = BEGIN + HOUR * i64::try_from(number - 1).expect("few");
                assert_eq!(bench.past(LEASE, Version::Revision(number), now), expected);
                assert_eq!(bench.past(LEASE, Version::AsOf(AsOf::Position(position)), now), expected);
                let time = AsOf::Time(Timestamp::from_micros(written + HOUR - 1));
                assert_eq!(bench.past(LEASE, Version::AsOf(time), now), expected);
                assert_eq!(bench.list(LEASE, position, now), expected.map(|record| vec![record]));
            }
        };
        check(second_at + DAY, 1);
        check(second_at + DAY + 1, 2);
        check(third_at + DAY, 2);
        check(third_at + DAY + 1, 3);
        check(third_at + 1_000 * DAY, 3);
        let oldest = bench.history(LEASE, second_at + DAY + 1).expect("is kept").pop().expect("is there");
        assert_eq!(oldest, (2, 'u', true, whole("v2")));
    }
    bench.now = third_at + 10 * DAY;
    let deleted_at = bench.now;
    bench.at(|engine| delete(engine, LEASE, "1"));
    bench.at(|engine| create(engine, SECRET, &whole("an entry, so that the deletion is no longer the present")));
    let numbers = |now: i64| bench.history(LEASE, now).map(|items| items.iter().map(|item| item.0).collect::<Vec<_>>());
    assert_eq!(numbers(deleted_at + DAY), Ok(vec![4, 3]));
    assert_eq!(bench.past(LEASE, Version::AsOf(AsOf::Position(third)), deleted_at + DAY), Ok(record("v3", 3)));
    assert_eq!(numbers(deleted_at + DAY + 1), Err(PastError::NotFound), "nothing of it is left");
    assert_eq!(bench.past(LEASE, Version::Revision(3), deleted_at + DAY + 1), Err(PastError::NotFound));
    assert_eq!(bench.past(LEASE, Version::AsOf(AsOf::Position(third)), deleted_at + DAY + 1), Err(PastError::LetGo));
    assert_eq!(bench.list(LEASE, third, deleted_at + DAY + 1), Err(PastError::LetGo));
}

#[test]
fn of_some_models_only_the_present_is_kept() {
    let mut bench = Bench::new();
    let first = bench.at(|engine| create(engine, SECRET, &whole("v1")));
    let second = bench.at(|engine| patch(engine, SECRET, "1", &text("v2")));
    assert_eq!(bench.history(SECRET, bench.now), Ok(vec![(2, 'u', true, whole("v2"))]));
    assert_eq!(bench.revision(SECRET, 1), Err(PastError::LetGo));
    assert_eq!(bench.revision(SECRET, 2), Ok(record("v2", 2)));
    assert_eq!(bench.as_of(SECRET, first), Err(PastError::LetGo));
    assert_eq!(bench.as_of(SECRET, second), Ok(record("v2", 2)));
    assert_eq!(bench.list(SECRET, first, bench.now), Err(PastError::LetGo));
    assert_eq!(bench.list(SECRET, second, bench.now), Ok(vec![record("v2", 2)]));
    bench.at(|engine| delete(engine, SECRET, "1"));
    assert_eq!(bench.history(SECRET, bench.now), Err(PastError::NotFound));
    assert_eq!(bench.revision(SECRET, 2), Err(PastError::NotFound));
    assert_eq!(bench.as_of(SECRET, second), Err(PastError::LetGo));
}

#[test]
fn a_field_may_keep_less_than_its_model() {
    let mut bench = Bench::new();
    let body = json!({"id": 1, "name": "n1", "phone": "p1", "salary": 1, "pin": "s1"});
    let mut positions = vec![bench.at(|engine| create(engine, PERSON, &body))];
    for change in
        [json!({"phone": "p2", "salary": 2}), json!({"phone": "p3", "name": "n3", "pin": "s3"}), json!({"salary": 4})]
    {
        positions.push(bench.at(|engine| patch(engine, PERSON, "1", &change)));
    }
    let fields = |bench: &Bench, now: i64| {
        let items = bench.history(PERSON, now).expect("is kept");
        items.into_iter().map(|(.., fields)| fields).collect::<Vec<_>>()
    };
    // Of the phone two versions, of the pin the present one; the salary 1 ended with the second command, 2 with the fourth.
    let expected = [
        json!({"salary": 4}),
        json!({"phone": "p3", "name": "n3", "pin": "s3"}),
        json!({"phone": "p2", "salary": 2}),
        json!({"id": 1, "name": "n1", "salary": 1}),
    ];
    let (second_at, fourth_at) = (BEGIN + HOUR, BEGIN + 3 * HOUR);
    assert_eq!(fields(&bench, second_at + 2 * DAY), expected);
    let later = fields(&bench, second_at + 2 * DAY + 1);
    assert_eq!((&later[2], &later[3]), (&json!({"phone": "p2", "salary": 2}), &json!({"id": 1, "name": "n1"})));
    let last = fields(&bench, fourth_at + 2 * DAY + 1);
    assert_eq!((&last[0], &last[2]), (&json!({"salary": 4}), &json!({"phone": "p2"})));

    let then = bench.revision(PERSON, 2);
    assert_eq!(then, Ok(json!({"id": 1, "name": "n1", "phone": "p2", "salary": 2, "_rev": 2})), "the pin was another");
    let now = second_at + 2 * DAY + 1;
    for version in [Version::Revision(1), Version::AsOf(AsOf::Position(positions[0]))] {
        assert_eq!(bench.past(PERSON, version, now), Ok(json!({"id": 1, "name": "n1", "_rev": 1})));
    }
    let third = json!({"id": 1, "name": "n3", "phone": "p3", "salary": 2, "pin": "s3", "_rev": 3});
    assert_eq!(bench.past(PERSON, Version::Revision(3), now), Ok(third), "what is still so was so");

    // A list of a moment has none of them.
    for position in &positions[..3] {
        let rows = bench.list(PERSON, *position, bench.now).expect("is rebuilt");
        let shown: Vec<_> = ["phone", "salary", "pin"].iter().map(|field| rows[0][field].clone()).collect();
        assert!(shown.iter().all(Value::is_null), "{rows:?}");
    }
}
