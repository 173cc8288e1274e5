//! A small application on any disk, and commands in short.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{
    Action, Backend as _, Command, DraftMode, Expected, Key, ModelSchema, Operation, OperationResult, Principal, Query,
    Refusal, RefusalReason, Selection, Start, Target, Timestamp, decode_draft, project,
};
use lithair_core::prelude::*;
use lithair_core::store::SharedMedia;
use lithair_core::{Engine, EngineOptions, StartError};
use serde_json::Value;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Team {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[db(unique)]
    pub(crate) name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Member {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Team, on_delete = cascade)]
    pub(crate) team_id: Id<Team>,
    #[relation(belongs_to = Member, on_delete = set_null)]
    pub(crate) mentor_id: Option<Id<Member>>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Badge {
    #[db(primary_key, auto = sequence)]
    pub(crate) number: i64,
    #[relation(belongs_to = Member, on_delete = cascade)]
    pub(crate) member_id: Id<Member>,
    #[db(default = 0)]
    #[relation(belongs_to = Team, on_delete = set_default)]
    pub(crate) issuer_id: Id<Team>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Debt {
    #[db(primary_key, auto = uuid7)]
    pub(crate) id: Uuid,
    #[relation(belongs_to = Member, on_delete = restrict)]
    pub(crate) member_id: Id<Member>,
}

/// Goes out of sight with the page that it is below, and comes back with it.
#[derive(DeclarativeModel)]
#[lifecycle(soft_delete)]
#[permission(all = public)]
pub(crate) struct Page {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Page, on_delete = soft)]
    pub(crate) parent_id: Option<Id<Page>>,
    pub(crate) deleted_at: Option<Timestamp>,
}

#[derive(DomainEvent)]
struct Swapped {
    name: String,
}

#[commands]
impl Team {
    /// Takes another name, and what it says of its members.
    #[command]
    fn swap(&mut self, cx: &Context, name: String) -> Result<Swapped, Infallible> {
        self.name.clone_from(&name);
        for member in cx.referring::<Member>("team", &self.id) {
            cx.update::<Member, _>(&member.id, |member| member.mentor_id = None);
        }
        Ok(Swapped { name })
    }
}

pub(crate) const TEAM: usize = 0;
pub(crate) const MEMBER: usize = 1;
pub(crate) const BADGE: usize = 2;
pub(crate) const DEBT: usize = 3;
pub(crate) const PAGE: usize = 4;

pub(crate) fn schemas() -> Vec<&'static ModelSchema> {
    vec![Team::SCHEMA, Member::SCHEMA, Badge::SCHEMA, Debt::SCHEMA, Page::SCHEMA]
}

/// Small segments, so that a test sees many of them.
pub(crate) fn options() -> EngineOptions {
    let mut options = EngineOptions::default();
    options.store.segment_bytes_min = 16 * 1024;
    options.store.segment_bytes_max = 32 * 1024;
    options.snapshot_bytes = u64::MAX;
    options
}

pub(crate) fn open(media: SharedMedia) -> Result<Engine, StartError> {
    Engine::open(media, schemas(), options(), Box::new(|_| {}))
}

/// An operation in short: what, on which model, with which JSON.
pub(crate) fn create(engine: &Engine, model: usize, json: &Value) -> Operation {
    Operation {
        model,
        action: Action::Create(draft(engine, model, json, DraftMode::Create)),
        expected: Expected::Anything,
    }
}

pub(crate) fn patch(engine: &Engine, model: usize, key: &str, json: &Value) -> Operation {
    let draft = draft(engine, model, json, DraftMode::Patch);
    Operation {
        model,
        action: Action::Patch(Target::Key(key_of(engine, model, key)), draft),
        expected: Expected::Anything,
    }
}

pub(crate) fn delete(engine: &Engine, model: usize, key: &str) -> Operation {
    let action = Action::Delete(Target::Key(key_of(engine, model, key)));
    Operation { model, action, expected: Expected::Anything }
}

/// The fields become what they were.
pub(crate) fn restore(engine: &Engine, model: usize, key: &str, json: &Value) -> Operation {
    let draft = draft(engine, model, json, DraftMode::Patch);
    let action = Action::Restore(Target::Key(key_of(engine, model, key)), draft);
    Operation { model, action, expected: Expected::Anything }
}

/// A record comes back from the trash.
pub(crate) fn undelete(engine: &Engine, model: usize, key: &str) -> Operation {
    let action = Action::Undelete(Target::Key(key_of(engine, model, key)));
    Operation { model, action, expected: Expected::Anything }
}

/// The only command of a model.
pub(crate) fn run(engine: &Engine, model: usize, key: &str, json: &Value) -> Operation {
    let form = &engine.catalog().models[model].inputs[0];
    let draft =
        decode_draft(form, json.to_string().as_bytes(), DraftMode::Create, &|_| None).expect("it has parameters");
    let action = Action::Run(Target::Key(key_of(engine, model, key)), 0, draft);
    Operation { model, action, expected: Expected::Anything }
}

fn draft(engine: &Engine, model: usize, json: &Value, mode: DraftMode) -> lithair_core::model::Draft {
    let entry = &engine.catalog().models[model];
    decode_draft(entry, json.to_string().as_bytes(), mode, &|_| None).expect("the test's body is right")
}

pub(crate) fn key_of(engine: &Engine, model: usize, key: &str) -> Key {
    engine.catalog().models[model].parse_key(key).expect("the test's key is right")
}

/// Carries out operations as one command.
pub(crate) fn submit(engine: &Engine, operations: Vec<Operation>) -> Result<Vec<OperationResult>, RefusalReason> {
    outcome(engine, operations).map_err(|refusal| refusal.reason)
}

/// The same, with all that a refusal says.
pub(crate) fn outcome(engine: &Engine, operations: Vec<Operation>) -> Result<Vec<OperationResult>, Refusal> {
    outcome_at(engine, Timestamp::from_micros(1_800_000_000_000_000), operations)
}

/// The same, at a time.
pub(crate) fn outcome_at(
    engine: &Engine,
    now: Timestamp,
    operations: Vec<Operation>,
) -> Result<Vec<OperationResult>, Refusal> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let outcome = runtime.block_on(engine.submit(Command { now, principal: Principal::Anonymous, operations }));
    outcome.map(|outcome| outcome.results)
}

/// All records of a model as JSON, by key.
pub(crate) fn all(engine: &Engine, model: usize) -> Vec<String> {
    let query = Query {
        model,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 100_000,
        count: false,
        at: None,
        scan_rows_max: u64::MAX,
    };
    let page = engine.list(&query).expect("is listed");
    let show = |row: &Arc<lithair_core::model::Row>| {
        let mut out = Vec::new();
        project(
            &engine.catalog().models[model],
            &lithair_core::model::Visible::to_system(row),
            &Selection::all(),
            &mut out,
        );
        String::from_utf8(out).expect("JSON is Unicode")
    };
    page.rows.iter().map(show).collect()
}

/// Everything, for comparing engines.
pub(crate) fn everything(engine: &Engine) -> Vec<Vec<String>> {
    (0..=PAGE).map(|model| all(engine, model)).collect()
}
