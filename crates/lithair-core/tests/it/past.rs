//! The past is what the present was: every answer about it is compared with a copy that was made at the time.
//!
//! `LITHAIR_PAST_OPERATIONS` says how many operations the copies are made of (100,000 when it is tried in full, fewer by default); one sample is
//! asked for every ten.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem::{Discriminant, discriminant};
use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::{
    Action, AsOf, Backend as _, Command, Context, Credential, Expected, HistoryQuery, Identity, Key, Operation,
    Outcome, PastError, Position, Principal, Procedure, Query, QueryError, RefusalReason, RevisionKind, Row, SortTerm,
    Start, Timestamp, Value, Version, merge_rows,
};
use lithair_core::store::{MemoryMedia, SharedMedia};
use serde_json::json;

use crate::engine::{
    BADGE, Badge, MEMBER, Member, PAGE, TEAM, create, delete, key_of, open, patch, restore, run, undelete,
};
use lithair_core::prelude::Id;

const BEGIN: i64 = 1_900_000_000_000_000;
const STEP: i64 = 1_000_000;
const MODELS: [usize; 4] = [TEAM, MEMBER, BADGE, PAGE];

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

/// A record's versions and where each was made; none where it was gone.
type Versions = Vec<(Position, Option<Arc<Row>>)>;

/// Every version of every record, copied from the running state right after it was made.
#[derive(Default)]
struct Shadow {
    versions: HashMap<(usize, Key), Versions>,
    /// The records that are there.
    live: HashSet<(usize, Key)>,
    /// Where each command stands, by its time.
    positions: Vec<Position>,
}

impl Shadow {
    fn at(&self, model: usize, key: &Key, position: Position) -> Option<&Arc<Row>> {
        let versions = self.versions.get(&(model, key.clone()))?;
        versions.iter().rev().find(|(at, _)| *at <= position)?.1.as_ref()
    }

    /// The records of a model at a moment, by key.
    fn list(&self, model: usize, position: Position) -> Vec<Arc<Row>> {
        let keys = self.versions.keys().filter(|(of, _)| *of == model);
        let rows: BTreeMap<&Key, &Arc<Row>> =
            keys.filter_map(|(_, key)| Some((key, self.at(model, key, position)?))).collect();
        rows.into_values().cloned().collect()
    }

    fn saw(&mut self, model: usize, key: Key, position: Position, row: Option<Arc<Row>>) {
        match &row {
            Some(_) => self.live.insert((model, key.clone())),
            None => self.live.remove(&(model, key.clone())),
        };
        let versions = self.versions.entry((model, key)).or_default();
        if versions.last().and_then(|(_, last)| last.as_ref()) != row.as_ref() {
            versions.push((position, row));
        }
    }
}

struct Bench {
    media: SharedMedia,
    engine: Option<Engine>,
    runtime: tokio::runtime::Runtime,
    shadow: Shadow,
    random: Random,
    /// The kinds of operations that were not refused each time.
    carried_out: HashSet<Discriminant<Action>>,
}

impl Bench {
    fn new(seed: u64) -> Self {
        let media: SharedMedia = Arc::new(MemoryMedia::new());
        let engine = Some(open(Arc::clone(&media)).expect("opens"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        Self { media, engine, runtime, shadow: Shadow::default(), random: Random(seed), carried_out: HashSet::new() }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("it is open")
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(BEGIN + STEP * i64::try_from(self.shadow.positions.len()).expect("few"))
    }

    fn restart(&mut self) {
        drop(self.engine.take());
        self.engine = Some(open(Arc::clone(&self.media)).expect("opens again"));
    }

    fn submit(&mut self, operations: Vec<Operation>) -> Option<Outcome> {
        let command =
            Command { now: self.now(), principal: Identity::new(Credential::Session, "tester").into(), operations };
        self.runtime.block_on(self.engine().submit(command)).ok()
    }

    /// One random command, and a copy of what it did.
    fn step(&mut self) {
        let operations: Vec<Operation> =
            (0..=self.random.below(4) / 3 * self.random.below(4)).map(|_| self.operation()).collect();
        let touched: Vec<usize> = operations.iter().map(|operation| operation.model).collect();
        let is_here = |operation: &Operation| {
            matches!(operation.action, Action::Create(_) | Action::Patch(..) | Action::Restore(..))
        };
        let is_all_here = operations.iter().all(is_here);
        let kinds: Vec<_> = operations.iter().map(|operation| discriminant(&operation.action)).collect();
        if self.submit(operations).is_some() {
            self.carried_out.extend(kinds);
        }
        let position = self.engine().position();
        self.shadow.positions.push(position);
        // Deletes, commands and transactions may go anywhere; everything else is where it says.
        let models: Vec<usize> = if is_all_here { touched } else { MODELS.to_vec() };
        for model in models {
            self.copy(model, position);
        }
    }

    fn operation(&mut self) -> Operation {
        let (team, member) = (self.random.below(12), self.random.below(30));
        let (kind, number) = (self.random.below(123), self.random.below(1_000_000));
        let engine = self.engine.as_ref().expect("it is open");
        match kind {
            0..12 => create(engine, TEAM, &json!({"id": team, "name": format!("t{number}")})),
            12..40 => patch(engine, TEAM, &team.to_string(), &json!({"name": format!("t{number}")})),
            40..55 => create(engine, MEMBER, &json!({"id": member, "team_id": team})),
            55..80 => patch(engine, MEMBER, &member.to_string(), &json!({"team_id": team, "mentor_id": number % 30})),
            80..93 => create(engine, BADGE, &json!({"member_id": member, "issuer_id": team})),
            93..96 => delete(engine, TEAM, &team.to_string()),
            96..99 => delete(engine, MEMBER, &member.to_string()),
            99..102 => patch(engine, MEMBER, &member.to_string(), &json!({"mentor_id": null})),
            102..106 => run(engine, TEAM, &team.to_string(), &json!({"name": format!("t{number}")})),
            106..109 => restore(engine, TEAM, &team.to_string(), &json!({"name": self.former_name(team, number)})),
            109..112 => create(engine, PAGE, &json!({"id": member})),
            112..117 => patch(engine, PAGE, &member.to_string(), &json!({"parent_id": number % 30})),
            117..119 => delete(engine, PAGE, &member.to_string()),
            119..121 => undelete(engine, PAGE, &member.to_string()),
            _ => transaction(i64::try_from(member).expect("few"), i64::try_from(team).expect("few")),
        }
    }

    /// What a team was called once.
    fn former_name(&self, team: u64, number: u64) -> String {
        let key = key_of(self.engine(), TEAM, &team.to_string());
        let versions = self.shadow.versions.get(&(TEAM, key));
        let rows: Vec<&Arc<Row>> = versions.into_iter().flatten().filter_map(|(_, row)| row.as_ref()).collect();
        let Some(row) = rows.get(usize::try_from(number).expect("few") % rows.len().max(1)) else {
            return format!("t{number}");
        };
        let values = self.engine().catalog().models[TEAM].decode_row(&row.bytes).expect("is a row");
        let Value::Text(name) = &values[1] else { panic!("a name is a text") };
        name.to_string()
    }

    fn copy(&mut self, model: usize, position: Position) {
        let entry = &self.engine().catalog().models[model];
        let rows = self.engine().list(&list(model, None)).expect("is listed").rows;
        let mut now: HashMap<Key, Arc<Row>> = rows.into_iter().map(|row| (entry.row_key(&row), row)).collect();
        let known: Vec<Key> =
            self.shadow.live.iter().filter(|(of, _)| *of == model).map(|(_, key)| key.clone()).collect();
        for key in known {
            let row = now.remove(&key);
            self.shadow.saw(model, key, position, row);
        }
        for (key, row) in now {
            self.shadow.saw(model, key, position, Some(row));
        }
    }

    /// A record that was once there.
    fn any(&mut self) -> (usize, Key) {
        let model = MODELS[usize::try_from(self.random.below(4)).expect("few")];
        let id = match model {
            TEAM => self.random.below(12),
            MEMBER | PAGE => self.random.below(30),
            // The newest are the least uniform part of the log.
            _ => 1 + self.random.below(self.shadow.positions.len() as u64 / 8),
        };
        (model, key_of(self.engine(), model, &id.to_string()))
    }

    fn moment(&mut self) -> (AsOf, Position) {
        let place = usize::try_from(self.random.below(self.shadow.positions.len() as u64)).expect("few");
        let position = self.shadow.positions[place];
        match self.random.below(2) {
            0 => (AsOf::Position(position), position),
            _ => {
                let late = i64::try_from(self.random.below(STEP as u64)).expect("few");
                let time = BEGIN + STEP * i64::try_from(place).expect("few") + late;
                (AsOf::Time(Timestamp::from_micros(time)), position)
            }
        }
    }

    fn sample(&mut self) {
        let ((model, key), (as_of, position)) = (self.any(), self.moment());
        let now = self.now();
        let past = self.engine().past(model, &key, Version::AsOf(as_of), now);
        match (past, self.shadow.at(model, &key, position)) {
            (Ok(past), Some(row)) => assert_eq!((&past.row, past.position), (row, position), "{as_of:?}"),
            (Err(PastError::NotFound), None) => {}
            (past, then) => panic!("{model} {key:?} {as_of:?}: {past:?} instead of {then:?}"),
        }
    }

    fn sample_list(&mut self) {
        let (_, position) = self.moment();
        let model = MODELS[usize::try_from(self.random.below(4)).expect("few")];
        let expected = self.shadow.list(model, position);
        let page = self.engine().list_past(&list(model, Some(position)), &[], self.now()).expect("is rebuilt").0;
        assert_eq!((page.rows, page.position), (expected.clone(), position));
        // By another order, through an index of the moment, from behind.
        let field = self.engine().catalog().models[model].schema.fields.len() - 1;
        let order = vec![SortTerm { field, descending: true }];
        let ordered = Query { order, count: true, limit: 5, ..list(model, Some(position)) };
        let page = self.engine().list_past(&ordered, &[], self.now()).expect("is kept").0;
        assert_eq!((page.total, page.rows.len()), (Some(expected.len() as u64), expected.len().min(5)));
    }

    /// All revisions of a record, folded, are all its versions.
    fn check_history(&self, model: usize, key: &Key) -> usize {
        let versions = &self.shadow.versions[&(model, key.clone())];
        let mut revisions = Vec::new();
        let mut before = None;
        loop {
            let query = HistoryQuery { model, key: key.clone(), before, limit: 13, now: self.now() };
            let page = self.engine().history(&query).expect("is read");
            before = page.revisions.last().map(|last| last.position);
            revisions.extend(page.revisions);
            if !page.more {
                break;
            }
        }
        revisions.reverse();
        let mut row: Option<Row> = None;
        assert_eq!(revisions.len(), versions.len(), "of {model} {key:?}");
        for (revision, (position, then)) in revisions.iter().zip(versions) {
            assert_eq!(revision.actor.as_deref(), Some("user:tester"));
            assert_eq!(revision.position, *position);
            let bytes = match (revision.kind, &row) {
                (RevisionKind::Created, _) => Some(revision.fields.clone()),
                (RevisionKind::Updated, Some(row)) => {
                    Some(merge_rows(&row.bytes, &revision.fields).expect("is a patch").into())
                }
                (RevisionKind::Updated, None) => panic!("nothing to update"),
                (RevisionKind::Deleted, row) => {
                    assert_eq!(revision.number, row.as_ref().map_or(0, |row| row.revision) + 1);
                    None
                }
            };
            row = bytes.map(|bytes| Row { revision: revision.number, position: revision.position, bytes });
            assert_eq!(row.as_ref(), then.as_deref(), "{model} {key:?} {revision:?}");
        }
        // Each revision of the newest life is read by its number.
        let begin = revisions.iter().rposition(|revision| revision.kind == RevisionKind::Created).expect("it began");
        for (_, then) in versions[begin..].iter().step_by(11) {
            let Some(then) = then else { continue };
            let past = self.engine().past(model, key, Version::Revision(then.revision), self.now()).expect("is kept");
            assert_eq!(past.row, *then);
        }
        revisions.len()
    }
}

/// Moves a member, gives it a badge, and removes another one, or does nothing.
fn transaction(member: i64, team: i64) -> Operation {
    let code = move |records: &Context<'_>| {
        if records.update::<Member, _>(&member, |member| member.team_id = Id::new(team)).is_none() {
            return Ok(());
        }
        records.create(&Badge { number: 0, member_id: Id::new(member), issuer_id: Id::new(team) });
        records.delete::<Member>(&((member + 1) % 30));
        Ok(())
    };
    Operation { model: TEAM, action: Action::Transaction(Procedure(Arc::new(code))), expected: Expected::Anything }
}

fn list(model: usize, at: Option<Position>) -> Query {
    Query {
        model,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1_000_000,
        count: false,
        at,
        scan_rows_max: u64::MAX,
    }
}

#[test]
fn every_moment_is_what_it_was() {
    let operations: usize =
        std::env::var("LITHAIR_PAST_OPERATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(30_000);
    let mut bench = Bench::new(0x5EED);
    for number in 1..=operations {
        bench.step();
        if number % (operations / 7) == 0 {
            bench.engine().snapshot().expect("is built");
        }
        if number % (operations / 5) == 0 {
            bench.restart();
        }
        if number % 20 == 0 {
            bench.sample();
        }
        if number % (operations / 30) == 0 {
            bench.sample_list();
        }
    }
    for _ in 0..operations / 20 {
        bench.sample();
    }
    let keys: Vec<(usize, Key)> = bench.shadow.versions.keys().cloned().collect();
    let often = keys.iter().filter(|(model, _)| *model != BADGE);
    let revisions: usize = often.map(|(model, key)| bench.check_history(*model, key)).sum();
    let seldom = keys.iter().filter(|(model, _)| *model == BADGE).step_by(7);
    let few: usize = seldom.map(|(model, key)| bench.check_history(*model, key)).sum();
    println!("{operations} operations, {} samples, {} revisions folded", operations / 10, revisions + few);
    assert_eq!(bench.carried_out.len(), 7, "create, patch, restore, delete, undelete, command, transaction");
    assert!(revisions > operations / 5, "the operations changed something: {revisions}");
}

#[test]
fn what_was_refused_is_in_no_history() {
    let media: SharedMedia = Arc::new(MemoryMedia::new());
    let engine = Arc::new(open(Arc::clone(&media)).expect("opens"));
    let submit = |engine: &Engine, operation: Operation| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let now = Timestamp::from_micros(BEGIN);
        runtime
            .block_on(engine.submit(Command { now, principal: Principal::Anonymous, operations: vec![operation] }))
            .map_err(|refusal| refusal.reason)
    };
    for id in 0..4 {
        submit(&engine, create(&engine, TEAM, &json!({"id": id, "name": format!("n{id}")}))).expect("is new");
    }
    // Several take the same names at once: what the log holds of the losers changed nothing.
    for round in 0..200 {
        std::thread::scope(|scope| {
            for id in 0..4_u64 {
                let engine = &engine;
                scope.spawn(move || {
                    let mut random = Random(round * 4 + id);
                    for _ in 0..20 {
                        let name = json!({"name": format!("n{}", random.below(6))});
                        match submit(engine, patch(engine, TEAM, &id.to_string(), &name)) {
                            Ok(_) | Err(RefusalReason::UniqueTaken { .. } | RefusalReason::Contended) => {}
                            Err(other) => panic!("{other:?}"),
                        }
                    }
                });
            }
        });
        if engine.state().refused(Position::ZERO).len() >= 3 {
            break;
        }
    }
    let refused = engine.state().refused(Position::ZERO);
    assert!(!refused.is_empty(), "nobody was in another's way");
    engine.snapshot().expect("is built");
    drop(engine);
    let engine = open(media).expect("opens again");
    assert_eq!(engine.state().refused(Position::ZERO), refused, "a snapshot remembers them");
    for id in 0..4 {
        let key = key_of(&engine, TEAM, &id.to_string());
        let now = Timestamp::from_micros(BEGIN);
        let page = engine.history(&HistoryQuery { model: TEAM, key: key.clone(), before: None, limit: 100_000, now });
        let revisions = page.expect("is read").revisions;
        let present = engine.read(TEAM, &key, None).expect("is read").row.expect("is there");
        assert_eq!(revisions.len() as u64, present.revision);
        for (number, revision) in (1..).zip(revisions.iter().rev()) {
            assert_eq!(revision.number, number);
            assert!(!refused.contains(&revision.position));
        }
        let whole = revisions.iter().rev().map(|revision| revision.fields.clone());
        let folded = whole.reduce(|row, patch| merge_rows(&row, &patch).expect("is a patch").into());
        assert_eq!(folded, Some(present.bytes.clone()));
    }
}

#[test]
fn a_moment_that_costs_too_much_is_refused() {
    let mut options = crate::engine::options();
    options.past_entries_max = 50;
    let media: SharedMedia = Arc::new(MemoryMedia::new());
    let schemas = crate::engine::schemas;
    let engine = Engine::open(Arc::clone(&media), schemas(), options.clone(), Box::new(|_| {})).expect("opens");
    for id in 0..100 {
        crate::engine::submit(&engine, vec![create(&engine, TEAM, &json!({"id": id, "name": format!("n{id}")}))])
            .expect("is new");
    }
    // What a start loads from a snapshot has no earlier moments.
    engine.snapshot().expect("is built");
    drop(engine);
    let engine = Engine::open(Arc::clone(&media), schemas(), options.clone(), Box::new(|_| {})).expect("opens");
    let now = Timestamp::from_micros(BEGIN);
    let at = |engine: &Engine, position: u64| {
        engine.list_past(&list(TEAM, Some(Position::new(position))), &[], now).map(|(page, _)| page.rows.len())
    };
    assert_eq!(at(&engine, 51), Err(PastError::TooFar { entries: 51, limit: 50 }));
    assert_eq!(at(&engine, 50), Ok(49), "the first entry is the schema's");
    assert_eq!(at(&engine, 500), Err(PastError::Query(QueryError::NotYet(Position::new(500)))));
    let small = lithair_core::EngineOptions { past_bytes_max: 500, ..options };
    drop(engine);
    let engine = Engine::open(media, schemas(), small, Box::new(|_| {})).expect("opens");
    assert_eq!(at(&engine, 50), Err(PastError::TooLarge { limit: 500 }));
    assert_eq!(at(&engine, 11), Ok(10));
}
