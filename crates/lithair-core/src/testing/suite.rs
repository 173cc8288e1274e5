//! What every attribute of a model owes, asked of a running server through its HTTP contract.
//!
//! ```text
//! model_tests!(Article)  names one #[test] a concern
//!   -> run(program, models, concern)      panics with the finding
//!     -> find(.., concern)                one server, the concern asked of each model in turn
//! ```
//! What is expected comes from the schemas that the tests are made for, and never from the server, which may have others: that is how
//! the tests are tested (`mutants`).

mod abuse;
pub(super) mod access;
mod commands;
mod computed;
mod create;
mod defaults;
mod deletes;
mod documents;
mod edits;
mod hooks;
mod locks;
mod mutability;
pub(super) mod opened;
mod projections;
mod rules;
mod states;
mod trash;
mod uniques;
mod visibility;

use lithair_model::{ModelEntry, ModelSchema, OperationKind, Value};
use serde_json::Value as Document;

use super::{Factory, Random, TestServer};
use crate::DeclarativeServer;
use crate::client::{Client, Response};

/// A thing that attributes owe, and a test that `model_tests!` makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concern {
    /// A value below, at and above each bound is taken or refused as the rule says, with the field's pointer.
    Rules,
    /// A condition over the whole record holds for new and changed records.
    Checks,
    /// A unique value has one winner, and is free again when that one goes.
    Uniques,
    /// Deleting the target of a reference does what `on_delete` says.
    Deletes,
    /// Records walk the declared ways from state to state and no other.
    States,
    /// What is immutable, written once, only growing, or the server's, is so by every way in.
    Mutability,
    /// A change names its revision, and a closed record neither changes nor goes.
    Locks,
    /// Defaults, normalizers, and what the server fills.
    Defaults,
    /// What is hidden or only written is shown nowhere.
    Visibility,
    /// Deleted softly: out of sight, back as it was, gone for good.
    Trash,
    /// After random edits and restarts, history folds to the record and every moment is what it was.
    History,
    /// Commands are refused and answered as they declare, and leave their events.
    Commands,
    /// Hooks have their say before a change, and hear of it afterwards.
    Hooks,
    /// The rows of projections are what folding the log makes of them.
    Projections,
    /// Stored computed fields are what computing them again gives.
    Computed,
    /// `schema.json` and OpenAPI say what is declared.
    Documents,
    /// Networks are let in or not, and limits hold.
    Abuse,
    /// Everybody sees and does what the rules say, and nothing else.
    Access,
}

impl Concern {
    /// All of them.
    pub const ALL: [Self; 18] = [
        Self::Rules,
        Self::Checks,
        Self::Uniques,
        Self::Deletes,
        Self::States,
        Self::Mutability,
        Self::Locks,
        Self::Defaults,
        Self::Visibility,
        Self::Trash,
        Self::History,
        Self::Commands,
        Self::Hooks,
        Self::Projections,
        Self::Computed,
        Self::Documents,
        Self::Abuse,
        Self::Access,
    ];

    const fn test(self) -> fn(&mut Suite, usize) -> Result<(), String> {
        match self {
            Self::Rules => rules::test,
            Self::Checks => rules::checks,
            Self::Uniques => uniques::test,
            Self::Deletes => deletes::test,
            Self::States => states::test,
            Self::Mutability => mutability::test,
            Self::Locks => locks::test,
            Self::Defaults => defaults::test,
            Self::Visibility => visibility::test,
            Self::Trash => trash::test,
            Self::History => edits::test,
            Self::Commands => commands::test,
            Self::Hooks => hooks::test,
            Self::Projections => projections::test,
            Self::Computed => computed::test,
            Self::Documents => documents::test,
            Self::Abuse => abuse::test,
            Self::Access => access::test,
        }
    }
}

/// Asks a concern of these models in a server of the program. For `model_tests!`.
///
/// # Panics
/// With what was found, and the seed that finds it again.
pub fn run(program: &DeclarativeServer, models: &[&'static ModelSchema], concern: Concern) {
    let seed = seed();
    if let Err(finding) = find(program, program.schemas(), models, concern, seed) {
        panic!("{finding}\nthe same again: MODEL_TESTS_SEED={seed}");
    }
}

/// The seed that the environment asks for; one that is always the same where it asks for none.
fn seed() -> u64 {
    let asked = std::env::var("MODEL_TESTS_SEED").ok();
    asked.map_or(1, |text| text.parse().unwrap_or_else(|_| panic!("MODEL_TESTS_SEED={text}: expected a number")))
}

/// Asks a concern of these models, as `truth` declares them, in a server of the program, which may declare them otherwise.
///
/// # Errors
/// What was found, in words.
pub(crate) fn find(
    program: &DeclarativeServer,
    truth: &[&'static ModelSchema],
    models: &[&'static ModelSchema],
    concern: Concern,
    seed: u64,
) -> Result<(), String> {
    let (program, truth) = match concern {
        Concern::Access => (program.clone(), truth.to_vec()),
        // Who may is asked by itself.
        _ => (program.clone().with_schemas(opened::opened(program.schemas())), opened::opened(truth)),
    };
    let mut suite = Suite::start(&program, &truth, seed)?;
    for schema in models {
        let place = truth.iter().position(|other| other.table == schema.table);
        let place = place.ok_or_else(|| format!("{}: the server has no such model", schema.name))?;
        concern.test()(&mut suite, place).map_err(|finding| format!("{}: {finding}", schema.name))?;
    }
    if suite.decisions > 0 {
        eprintln!("{} decisions about access were compared", suite.decisions);
    }
    Ok(())
}

/// A server and what is expected of it.
pub(crate) struct Suite {
    /// The program as it is; the server has no limits.
    guarded: DeclarativeServer,
    server: TestServer,
    client: Client,
    factory: Factory,
    random: Random,
    /// OpenAPI's document, once it was asked for.
    openapi: Document,
    /// Records and callers, once they were made.
    scene: Option<Box<access::Scene>>,
    /// Decisions about access that were compared.
    decisions: u64,
}

/// A record that the suite made.
#[derive(Clone, Debug)]
struct Made {
    /// Below the server's address: `/api/articles/7`.
    path: String,
    /// As the answer showed it; null where the model does not show records.
    shown: Document,
    /// The values that were sent.
    values: Vec<Value>,
}

impl Suite {
    fn start(program: &DeclarativeServer, truth: &[&'static ModelSchema], seed: u64) -> Result<Self, String> {
        let factory = Factory::new(truth).map_err(|error| error.to_string())?;
        let server = TestServer::try_start(program.clone().unguarded())
            .map_err(|error| format!("the server does not start: {error}"))?;
        let client = server.client();
        Ok(Self {
            guarded: program.clone(),
            server,
            client,
            factory,
            random: Random::new(seed),
            openapi: Document::Null,
            scene: None,
            decisions: 0,
        })
    }

    /// A server of the program with its networks and limits, whose counts are new, behind a proxy that says who asks.
    fn guarded(&self) -> Result<TestServer, String> {
        let program = self.guarded.clone().behind_loopback();
        TestServer::try_start(program).map_err(|error| format!("the server does not start: {error}"))
    }

    fn model(&self, model: usize) -> &ModelEntry {
        self.factory.model(model)
    }

    fn schema(&self, model: usize) -> &'static ModelSchema {
        self.model(model).schema
    }

    /// Whether nobody follows the log: entries are those of requests then. Who follows it for one model may be at work while another is asked.
    fn is_quiet(&self) -> bool {
        let catalog = lithair_model::Backend::catalog(&**self.server.engine());
        catalog.models.iter().all(|model| model.schema.hooks_after.is_empty() && model.schema.projection.is_none())
    }

    fn offers(&self, model: usize, operations: &[OperationKind]) -> bool {
        operations.iter().all(|operation| self.schema(model).operations.contains(operation))
    }

    /// The path of a model's records.
    fn collection(&self, model: usize) -> String {
        format!("/api/{}", self.schema(model).path)
    }

    fn restart(&mut self) {
        self.server.restart();
        self.client = self.server.client();
    }

    /// Sends a request; bodies are JSON.
    fn send(&mut self, method: &str, path: &str, body: Option<&Document>) -> Result<Response, String> {
        self.send_if(method, path, None, body)
    }

    fn send_if(
        &mut self,
        method: &str,
        path: &str,
        revision: Option<&str>,
        body: Option<&Document>,
    ) -> Result<Response, String> {
        let mut headers: Vec<(&str, &str)> = revision.map(|revision| ("if-match", revision)).into_iter().collect();
        headers.extend(body.map(|_| ("content-type", "application/json")));
        let body = body.map(Document::to_string).unwrap_or_default();
        self.client.request(method, path, &headers, body).map_err(|error| error.to_string())
    }

    /// A request on a record at whatever revision it is, so that models with `optimistic_lock` take it.
    fn change(&mut self, method: &str, path: &str, body: Option<&Document>) -> Result<Response, String> {
        let read = self.send("GET", path, None)?;
        let revision = read.header("etag").map(str::to_owned);
        self.send_if(method, path, revision.as_deref(), body)
    }

    /// A command on a record that is deleted softly, at whatever revision it is.
    fn change_deleted(&mut self, path: &str, name: &str) -> Result<Response, String> {
        let read = self.send("GET", &format!("{path}?include_deleted=true"), None)?;
        let revision = read.header("etag").map(str::to_owned);
        self.send_if("POST", &format!("{path}:{name}"), revision.as_deref(), None)
    }

    /// A JSON body to a path below a record, about the record at whatever revision it is.
    fn change_at(&mut self, record: &str, method: &str, path: &str, body: &Document) -> Result<Response, String> {
        let read = self.send("GET", record, None)?;
        let revision = read.header("etag").map(str::to_owned);
        self.send_if(method, path, revision.as_deref(), Some(body))
    }

    /// The record, if it is there.
    fn get(&mut self, path: &str) -> Result<Document, String> {
        let answer = self.send("GET", path, None)?;
        expect(&answer, 200, || format!("GET {path}"))?;
        Ok(json(&answer))
    }

    /// One line of an import of this record.
    fn import(&mut self, model: usize, record: &Document) -> Result<Document, String> {
        let path = format!("{}:import", self.collection(model));
        let headers = [("content-type", "application/x-ndjson")];
        let answer = self.client.request("POST", &path, &headers, record.to_string());
        Ok(json(&answer.map_err(|error| error.to_string())?))
    }

    /// The newest position that the server shows.
    fn position(&mut self) -> u64 {
        use lithair_model::Backend as _;
        self.server.engine().position().get()
    }
}

/// The body; null where it is no JSON.
fn json(answer: &Response) -> Document {
    answer.json().unwrap_or_default()
}

/// The problem's code; empty where there is none.
fn code(answer: &Response) -> String {
    json(answer)["code"].as_str().unwrap_or_default().to_owned()
}

/// Whether a validation failure points at this field or below it.
fn points_at(answer: &Response, wire: &str) -> bool {
    let pointer = format!("/{wire}");
    let errors = json(answer);
    let errors = errors["errors"].as_array().into_iter().flatten();
    let mut pointers = errors.filter_map(|error| error["pointer"].as_str());
    pointers.any(|found| found == pointer || found.strip_prefix(&pointer).is_some_and(|rest| rest.starts_with('/')))
}

/// That an answer has a status.
fn expect(answer: &Response, status: u16, what: impl FnOnce() -> String) -> Result<(), String> {
    if answer.status == status {
        return Ok(());
    }
    Err(format!("{}: expected {status}, found {}: {}", what(), answer.status, json(answer)))
}

/// That something is as it should be.
fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what()) }
}
