//! Random models and policies: what the engine lets somebody see and do, against an interpreter written apart from it.

mod say;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lithair_model::{
    AccessSchema, Action, Auto, Bindings, Catalog, Change, Command, Comparison, Credential, DenySchema, Draft, Entry,
    Expected, FieldAccess, FieldSchema, Identity, Key, ModelSchema, MomentFields, Numbers, Operand, Operation, Policy,
    PolicySchema, Position, Predicate, Principal, Query, Reader, RefusalReason, RelationSchema, Right, Scopes, Start,
    Supplied, Tally, Target, Timestamp, Uuid, Value,
};
use lithair_model::{AfterRuleSchema, Kind, OnDelete};
use lithair_state::{Ids, State, decide};
use proptest::collection::vec;
use proptest::option::of as maybe;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, json};

use lithair_model::oracle::{self, World};
use say::{Caller, Doc, ROLES, SCOPES, Say, Team, TeamSay, leak};

const TEAM: usize = 0;
const DOC: usize = 1;
/// Places of the fields of a document.
const ID: usize = 0;
const ORG: usize = 1;
const OWNER: usize = 2;
const TEAM_ID: usize = 3;
const OPEN: usize = 4;
const RANK: usize = 5;
const SECRET: usize = 6;

/// What documents belong to, whoever sees it.
static TEAMS: ModelSchema = TEAMS_SCHEMA;

const TEAMS_SCHEMA: ModelSchema = ModelSchema {
    name: "Team",
    table: "teams",
    path: "teams",
    fields: &[FieldSchema::of::<i64>("id"), FieldSchema::of::<i64>("level")],
    key: &[0],
    ..ModelSchema::PLAIN
};

/// What a program declares.
#[derive(Clone, Debug)]
struct Declared {
    read: Say,
    create: Option<Say>,
    update: Option<Say>,
    delete: Option<Say>,
    deny_read: Option<Say>,
    deny_update: Option<Say>,
    after: Option<Say>,
    secret_read: Option<Say>,
    secret_write: Option<Say>,
    has_tenants: bool,
    hides: bool,
    team_read: TeamSay,
}

fn say(may_ask_before: bool) -> impl Strategy<Value = Say> {
    let mut leaves = vec![
        Just(Say::Everybody).boxed(),
        Just(Say::Known).boxed(),
        Just(Say::Unknown).boxed(),
        Just(Say::Owner).boxed(),
        (0..ROLES.len()).prop_map(Say::Role).boxed(),
        (0..SCOPES.len()).prop_map(Say::Scope).boxed(),
        Just(Say::Open).boxed(),
        (0..4_i64).prop_map(Say::RankBelow).boxed(),
        Just(Say::OwnTeam).boxed(),
        Just(Say::NotOwnTeam).boxed(),
        Just(Say::AmongTeams).boxed(),
        Just(Say::HasClaim).boxed(),
        Just(Say::Member).boxed(),
        (0..4_i64).prop_map(Say::TeamLevelBelow).boxed(),
        Just(Say::SeesTeam).boxed(),
    ];
    if may_ask_before {
        leaves.push(Just(Say::RankSame).boxed());
    }
    proptest::strategy::Union::new(leaves).prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|say| Say::Not(Box::new(say))),
            vec(inner.clone(), 1..4).prop_map(Say::All),
            vec(inner, 1..4).prop_map(Say::Any),
        ]
    })
}

prop_compose! {
    fn declared()(
        read in say(false), create in maybe(say(false)), update in maybe(say(true)), delete in maybe(say(false)),
        (deny_read, deny_update, after) in (maybe(say(false)), maybe(say(true)), maybe(say(true))),
        (secret_read, secret_write) in (maybe(say(false)), maybe(say(false))),
        (has_tenants, hides) in (any::<bool>(), any::<bool>()),
        team_read in prop_oneof![
            Just(TeamSay::Everybody), Just(TeamSay::Known), (0..4_i64).prop_map(TeamSay::LevelBelow),
            (0..ROLES.len()).prop_map(TeamSay::Role),
        ],
    ) -> Declared {
        Declared {
            read, create, update, delete, deny_read, deny_update, after, secret_read, secret_write, has_tenants, hides,
            team_read,
        }
    }
}

/// Subjects; some are the keys of teams.
const SUBJECTS: [&str; 4] = ["ann", "bob", "1", "2"];
const ORGS: [&str; 2] = ["acme", "other"];

prop_compose! {
    fn caller()(
        subject in maybe(select(&SUBJECTS[..])), org in maybe(select(&ORGS[..])), roles in vec(select(&ROLES[..]), 0..2),
        scopes in vec(select(&SCOPES[..]), 0..2), team in maybe(0..4_i64), teams in vec(0..4_i64, 0..3),
    ) -> Caller {
        let Some(subject) = subject else {
            return Caller { subject: None, org: None, roles: vec![], scopes: vec![], team: None, teams: vec![] };
        };
        Caller { subject: Some(subject.to_owned()), org: org.map(str::to_owned), roles, scopes, team, teams }
    }
}

prop_compose! {
    fn doc()(
        org in select(&ORGS[..]), owner in select(&SUBJECTS[..]), team in maybe(0..3_i64), open in any::<bool>(), rank in 0..4_i64,
        has_secret in any::<bool>(),
    ) -> Doc {
        let secret = has_secret.then(|| "canary".to_owned());
        Doc { id: 0, org: org.to_owned(), owner: owner.to_owned(), team, open, rank, secret }
    }
}

/// What the oracle says, which knows every word of these policies.
fn known(holds: Option<bool>) -> bool {
    holds.expect("the oracle knows every word")
}

fn sees(caller: &Caller, doc: &Doc, world: World<'_>) -> bool {
    known(world.sees(&caller.described(), DOC, &doc.values()))
}

fn sees_secret(caller: &Caller, doc: &Doc, world: World<'_>) -> bool {
    known(world.sees_field(&caller.described(), DOC, &doc.values(), SECRET))
}

/// The verdict on a change of these fields.
fn update(caller: &Caller, before: &Doc, after: &Doc, places: &[usize], world: World<'_>) -> Verdict {
    let (before, after) = (before.values(), after.values());
    let input: Vec<(usize, Value)> = places.iter().map(|place| (*place, after[*place].clone())).collect();
    world.update(&caller.described(), DOC, &before, &after, &input).into()
}

fn delete(caller: &Caller, doc: &Doc, world: World<'_>) -> Verdict {
    world.act(&caller.described(), Right::Delete, DOC, &doc.values()).into()
}

fn create(caller: &Caller, doc: &Doc, has_tenants: bool, world: World<'_>) -> Verdict {
    // Nobody's record would be anybody's.
    let Some(subject) = &caller.subject else { return Verdict::Forbidden };
    let org = match &caller.org {
        Some(org) => org.clone(),
        None if has_tenants => return Verdict::Forbidden,
        None => String::new(),
    };
    let values = Doc { owner: subject.clone(), org, ..doc.clone() }.values();
    let sent = [TEAM_ID, OPEN, RANK, SECRET].into_iter().filter(|place| values[*place] != Value::Null);
    let input: Vec<(usize, Value)> = sent.map(|place| (place, values[place].clone())).collect();
    let verdict = world.create(&caller.described(), DOC, &values, &input).into();
    let sees = |team: &Vec<Value>| known(world.sees(&caller.described(), TEAM, team));
    let team = doc.team.map(|id| world.rows[TEAM].iter().find(|team| team[ID] == Value::Int(id.into())));
    match (verdict, team) {
        (Verdict::Done, Some(team)) if !team.is_some_and(sees) => Verdict::NoSuchReference,
        (verdict, _) => verdict,
    }
}

impl From<oracle::Verdict> for Verdict {
    fn from(verdict: oracle::Verdict) -> Self {
        match verdict {
            oracle::Verdict::Done => Self::Done,
            oracle::Verdict::NotFound => Self::NotFound,
            oracle::Verdict::Forbidden => Self::Forbidden,
            oracle::Verdict::Invalid => Self::Invalid,
            oracle::Verdict::KeyTaken => panic!("nothing is imported here"),
            oracle::Verdict::Unknown => panic!("the oracle knows every word"),
        }
    }
}

impl Declared {
    fn catalog(&self) -> Arc<Catalog> {
        let teams = ModelSchema {
            access: AccessSchema::Rules(leak(PolicySchema {
                rules: leak([(Right::Read, self.team_read.policy())]),
                ..PolicySchema::CLOSED
            })),
            ..TEAMS_SCHEMA
        };
        let schemas: [&'static ModelSchema; 2] = [leak(teams), leak(self.docs())];
        let catalog = Catalog::bound(schemas.to_vec(), &Numbers::of(&schemas), &Bindings::default());
        Arc::new(catalog.unwrap_or_else(|error| panic!("{error}")))
    }

    fn docs(&self) -> ModelSchema {
        let field = |say: &Option<Say>| say.as_ref().map(|say| leak(say.policy()));
        let secret = FieldAccess {
            read: field(&self.secret_read),
            create: field(&self.secret_write),
            update: field(&self.secret_write),
            guarded: true,
            ..FieldAccess::OPEN
        };
        let owner = FieldAccess { owner: true, ..FieldAccess::OPEN };
        let fields = [
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("id") },
            FieldSchema::of::<String>("org"),
            FieldSchema { access: owner, ..FieldSchema::of::<String>("owner") },
            FieldSchema::of::<Option<i64>>("team_id"),
            FieldSchema::of::<bool>("open"),
            FieldSchema { filter: true, ..FieldSchema::of::<i64>("rank") },
            FieldSchema { access: secret, filter: true, ..FieldSchema::of::<Option<String>>("secret") },
        ];
        let rights = [(Right::Read, Some(&self.read)), (Right::Create, self.create.as_ref())];
        let rights =
            rights.into_iter().chain([(Right::Update, self.update.as_ref()), (Right::Delete, self.delete.as_ref())]);
        let rules: Vec<(Right, Policy)> = rights.filter_map(|(right, say)| Some((right, say?.policy()))).collect();
        let deny = |right: &'static [Right], say: &Option<Say>| {
            say.as_ref().map(|say| DenySchema { rights: right, when: say.policy(), message: None })
        };
        let denies = [deny(&[Right::Read], &self.deny_read), deny(&[Right::Update], &self.deny_update)];
        let denies: Vec<DenySchema> = denies.into_iter().flatten().collect();
        let after = |say: &Say| AfterRuleSchema { right: Right::Update, holds: say.policy(), message: None };
        let afters: Vec<AfterRuleSchema> = self.after.iter().map(after).collect();
        let roles: &'static [&'static [&'static str]] = &[&ROLES];
        ModelSchema {
            name: "Doc",
            table: "docs",
            path: "docs",
            fields: leak(fields),
            key: &[ID],
            relations: &[RelationSchema {
                name: "team",
                fields: &[TEAM_ID],
                target: || &TEAMS,
                on_delete: OnDelete::Restrict,
            }],
            access: AccessSchema::Rules(leak(PolicySchema {
                roles,
                rules: rules.leak(),
                denies: denies.leak(),
                afters: afters.leak(),
                hides: self.hides,
            })),
            tenant: self.has_tenants.then_some(ORG),
            ..ModelSchema::PLAIN
        }
    }
}

/// What becomes of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Done,
    NotFound,
    Forbidden,
    Invalid,
    NoSuchReference,
}

impl Caller {
    /// The same as the oracle knows it.
    fn described(&self) -> oracle::Caller {
        let mut claims = Map::new();
        if let Some(team) = self.team {
            claims.insert("team".to_owned(), json!(team));
        }
        claims.insert("teams".to_owned(), json!(self.teams));
        let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let (subject, tenant, is_key) = (self.subject.clone(), self.org.clone(), false);
        oracle::Caller { subject, tenant, roles: texts(&self.roles), scopes: Some(texts(&self.scopes)), claims, is_key }
    }

    fn principal(&self) -> Principal {
        let Some(subject) = &self.subject else { return Principal::Anonymous };
        let mut identity = Identity::new(Credential::Token, subject);
        identity = identity.with_roles(self.roles.iter().map(|role| (*role).to_owned()));
        let scopes = self.scopes.iter().map(|scope| (*scope).to_owned()).collect();
        identity = identity.with_scopes(Scopes::Only(scopes));
        if let Some(org) = &self.org {
            identity = identity.of_tenant(org);
        }
        let mut claims = Map::new();
        if let Some(team) = self.team {
            claims.insert("team".to_owned(), json!(team));
        }
        claims.insert("teams".to_owned(), json!(self.teams));
        identity.with_claims(claims).into()
    }
}

impl Team {
    fn values(&self) -> Vec<Value> {
        vec![Value::Int(self.id.into()), Value::Int(self.level.into())]
    }
}

impl Doc {
    fn values(&self) -> Vec<Value> {
        let text = |text: &String| Value::Text(text.clone());
        vec![
            Value::Int(self.id.into()),
            text(&self.org),
            text(&self.owner),
            self.team.map_or(Value::Null, |team| Value::Int(team.into())),
            Value::Bool(self.open),
            Value::Int(self.rank.into()),
            self.secret.as_ref().map_or(Value::Null, text),
        ]
    }
}

struct Numbered(u64);

impl Ids for Numbered {
    fn uuid7(&mut self) -> Uuid {
        Uuid::nil()
    }

    fn sequence(&mut self, _: usize) -> u64 {
        self.0 += 1;
        self.0
    }

    fn saw(&mut self, _: usize, _: u64) {}
}

fn state(catalog: &Arc<Catalog>, teams: &[Team], docs: &[Doc]) -> State {
    let state = State::new(Arc::clone(catalog));
    let records = teams.iter().map(|team| (TEAM, team.values()));
    let records = records.chain(docs.iter().map(|doc| (DOC, doc.values())));
    let change = |(model, values): (usize, Vec<Value>)| {
        let model = &catalog.models[model];
        Change::Put { model: model.id, key: model.key_of(&values), revision: 1, row: model.encode_row(&values) }
    };
    let changes = records.map(change).collect();
    let (at, guards, events, refused) = (Timestamp::from_micros(0), Vec::new(), Vec::new(), Vec::new());
    let entry = Entry { at, actor: None, guards, changes, events, refused };
    state.apply(Position::new(1), &entry).expect("there are no guards");
    state.publish(Position::new(1));
    state
}

fn key(catalog: &Catalog, id: i64) -> Key {
    catalog.models[DOC].parse_key(&id.to_string()).expect("a number is a key")
}

/// How many decisions were compared.
static DECISIONS: AtomicU64 = AtomicU64::new(0);

/// What the engine does with one operation.
fn verdict(state: &State, caller: &Caller, action: Action) -> Verdict {
    DECISIONS.fetch_add(1, Ordering::Relaxed);
    let operations = vec![Operation { model: DOC, action, expected: Expected::Anything }];
    let command = Command { now: Timestamp::from_micros(0), principal: caller.principal(), operations };
    let view = state.view(None).expect("the present is kept");
    match decide(&view, &command, &mut Numbered(1_000)) {
        Ok(_) => Verdict::Done,
        Err(refusal) => match refusal.reason {
            RefusalReason::NotFound => Verdict::NotFound,
            RefusalReason::Forbidden(_) => Verdict::Forbidden,
            RefusalReason::Invalid(_) => Verdict::Invalid,
            RefusalReason::ReferenceMissing { .. } => Verdict::NoSuchReference,
            other => panic!("{other:?}"),
        },
    }
}

fn compare(field: usize, comparison: Comparison, value: Value, kind: Kind) -> Predicate {
    Predicate::Compare { left: Operand::Field(field), comparison, right: Operand::Value(value), kind }
}

/// The documents that a caller finds, with whether it sees the secret of each; and how many it is told that there are.
fn found(state: &State, reader: &Reader, filter: Option<Predicate>) -> (Vec<(i64, bool)>, u64) {
    let view = state.view(None).expect("the present is kept");
    let query = Query {
        model: DOC,
        filter: reader.among(DOC, filter),
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 100,
        count: true,
        at: None,
        scan_rows_max: 10_000,
    };
    let page = view.list(&query).expect("is cheap");
    let model = &state.catalog().models[DOC];
    let tally = Tally::new(10_000);
    let seen = page.rows.iter().map(|row| {
        let fields = MomentFields { catalog: state.catalog(), moment: &view, model, row, tally: &tally };
        let record = reader.sight(DOC).visible(row, &fields).expect("what a query finds is seen");
        let Value::Int(id) = model.field(row, ID) else { unreachable!("keys are numbers") };
        (i64::try_from(id).expect("keys are small"), !record.redacts(SECRET))
    });
    (seen.collect(), page.total.expect("a count was asked for"))
}

#[test]
fn the_engine_and_the_oracle_agree_on_what_is_seen_and_done() {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) };
    proptest!(config, |(
        declared in declared(), callers in vec(caller(), 3..6), levels in vec(0..4_i64, 0..3), docs in vec(doc(), 1..6),
        made in doc(), rank in 0..4_i64,
    )| {
        let teams: Vec<Team> = levels.into_iter().zip(0..).map(|(level, id)| Team { id, level }).collect();
        let known = |team: i64| teams.iter().any(|known| known.id == team);
        let docs: Vec<Doc> = docs.into_iter().zip(1..).map(|(doc, id)| {
            // What is stored refers to what is there.
            Doc { id, team: doc.team.filter(|team| known(*team)), ..doc }
        }).collect();
        let catalog = declared.catalog();
        let state = state(&catalog, &teams, &docs);
        let schemas: Vec<_> = catalog.models.iter().map(|model| model.schema).collect();
        let rows = [teams.iter().map(Team::values).collect(), docs.iter().map(Doc::values).collect::<Vec<_>>()];
        let (now, bindings) = (Timestamp::from_micros(0), Bindings::default());
        let world = World { schemas: &schemas, bindings: &bindings, rows: &rows, now };
        for caller in &callers {
            let reader = Reader::new(&catalog, caller.principal(), Timestamp::from_micros(0));
            let expected = |asks: &dyn Fn(&Doc) -> bool| {
                let seen = docs.iter().filter(|doc| sees(caller, doc, world) && asks(doc));
                seen.map(|doc| (doc.id, sees_secret(caller, doc, world))).collect::<Vec<_>>()
            };
            let is_canary = compare(SECRET, Comparison::Equal, Value::Text("canary".into()), Kind::Text);
            let knows = |doc: &Doc| sees_secret(caller, doc, world) && doc.secret.is_some();
            let all = expected(&|_| true);
            let low = expected(&|doc| doc.rank < rank);
            let canaries = expected(&knows);
            let others = expected(&|doc| !knows(doc));
            let low_rank = compare(RANK, Comparison::Less, Value::Int(rank.into()), Kind::Int { min: 0, max: 9 });
            let questions = [
                (None, all), (Some(low_rank), low), (Some(is_canary.clone()), canaries),
                (Some(Predicate::Not(Box::new(is_canary))), others),
            ];
            for (filter, expected) in questions {
                DECISIONS.fetch_add(docs.len() as u64, Ordering::Relaxed);
                let count = expected.len() as u64;
                prop_assert_eq!(found(&state, &reader, filter), (expected, count), "{:?}", caller);
            }
            for doc in &docs {
                let target = || Target::Key(key(&catalog, doc.id));
                for secret in [None, Some("new")] {
                    let mut after = Doc { rank, ..doc.clone() };
                    let mut fields = vec![(RANK, Supplied::Value(Value::Int(rank.into())))];
                    if let Some(secret) = secret {
                        after.secret = Some(secret.to_owned());
                        fields.push((SECRET, Supplied::Value(Value::Text(secret.to_owned()))));
                    }
                    let places: Vec<usize> = fields.iter().map(|(place, _)| *place).collect();
                    let action = Action::Patch(target(), Draft { fields, revision: None });
                    let expected = update(caller, doc, &after, &places, world);
                    prop_assert_eq!(verdict(&state, caller, action), expected, "update {:?} by {:?}", doc, caller);
                }
                let expected = delete(caller, doc, world);
                prop_assert_eq!(verdict(&state, caller, Action::Delete(target())), expected, "delete {:?} by {:?}", doc, caller);
            }
            let values = made.values();
            let sent = [TEAM_ID, OPEN, RANK, SECRET].into_iter().filter(|place| values[*place] != Value::Null);
            let mut fields: Vec<_> = sent.map(|place| (place, Supplied::Value(values[place].clone()))).collect();
            if !declared.has_tenants {
                // Without tenants it is a field like any other.
                let org = caller.org.clone().unwrap_or_default();
                fields.insert(0, (ORG, Supplied::Value(Value::Text(org))));
            }
            let action = Action::Create(Draft { fields, revision: None });
            let expected = create(caller, &made, declared.has_tenants, world);
            prop_assert_eq!(verdict(&state, caller, action), expected, "create by {:?}", caller);
            // Whose it is, is not the caller's to say.
            let forged = Draft { fields: vec![(OWNER, Supplied::Value(Value::Text("ann".into())))], revision: None };
            prop_assert_ne!(verdict(&state, caller, Action::Create(forged)), Verdict::Done);
        }
    });
    let decisions = DECISIONS.load(Ordering::Relaxed);
    eprintln!("{decisions} decisions were compared");
    assert!(decisions >= 50_000, "{decisions}");
}
