//! From method and path to an endpoint: the path is split on `/`, and the collection is one hash lookup.

mod offered;
mod path;
mod routes;

use std::borrow::Cow;

use http::header::ALLOW;
use http::{HeaderValue, Method};
use lithair_model::{Catalog, ModelEntry, NamedAction};
use offered::Offered;
pub(crate) use path::normalize;
use percent_encoding::percent_decode_str;
pub use routes::routes;

use crate::Prefixes;
use crate::endpoint::{AuthAction, Endpoint, Tool, Verb, Verbs};
use crate::rejection::{Problem, Rejection};

/// Where a path leads, whatever the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Destination<'p> {
    /// `OPTIONS *`
    Server,
    Collection(usize),
    QueryOf(usize),
    ImportOf(usize),
    Record(usize, &'p str),
    Related(usize, &'p str, usize),
    Action(usize, &'p str, NamedAction),
    HistoryOf(usize, &'p str),
    RestoreOf(usize, &'p str),
    Batch,
    Auth(AuthAction),
    Tool(Tool),
}

/// Finds endpoints.
#[derive(Debug)]
pub(crate) struct Router {
    prefixes: Prefixes,
    /// Names of providers through which one may log in.
    providers: Vec<String>,
    /// What each model offers, in the order of the catalog.
    offered: Vec<Offered>,
    /// The most segments that the path of a collection has.
    segments_max: usize,
}

impl Router {
    pub(crate) fn new(prefixes: &Prefixes, catalog: &Catalog, providers: &[String]) -> Self {
        let segments = catalog.models.iter().map(|model| model.schema.path.split('/').count());
        let offered = catalog.models.iter().map(Offered::of).collect();
        Self {
            prefixes: prefixes.clone(),
            providers: providers.to_vec(),
            offered,
            segments_max: segments.max().unwrap_or(1),
        }
    }

    /// The endpoint of a method and a path that was [normalized](normalize).
    pub(crate) fn resolve<'p>(
        &self,
        method: &Method,
        path: &'p str,
        catalog: &Catalog,
    ) -> Result<Endpoint<'p>, Rejection> {
        let destination = self.destination(method, path, catalog)?;
        let verbs = self.verbs(destination);
        let refused = || {
            let allow = verbs.header();
            let detail = format!("`{method}` is not one of: {}", allow.to_str().unwrap_or_default());
            Problem::MethodNotAllowed.because(detail).header(ALLOW, allow)
        };
        let verb = Verb::of(method).ok_or_else(refused)?;
        if verb == Verb::Options {
            return Ok(Endpoint::Methods(verbs));
        }
        if let (Destination::Collection(_), Verb::Patch | Verb::Delete) = (destination, verb) {
            return Err(Problem::NotSupportedYet.because("changing many records by a filter"));
        }
        if !verbs.contains(verb) {
            return Err(refused());
        }
        Ok(endpoint(destination, verb))
    }

    /// The methods of the records of the model at this place, as the value of `Allow`.
    pub(crate) fn record_methods(&self, model: usize) -> HeaderValue {
        self.offered[model].record.header()
    }

    /// The methods that a destination has.
    fn verbs(&self, destination: Destination<'_>) -> Verbs {
        match destination {
            Destination::Server => Verbs::ALL,
            Destination::Auth(action) => {
                let verb = action.verb();
                let has_head = verb == Verb::Get && !action.is_navigation();
                Verbs::NONE.and(verb).and_if(Verb::Head, has_head).and(Verb::Options)
            }
            Destination::Tool(_) => Verbs::NONE.and(Verb::Get).and(Verb::Head).and(Verb::Options),
            Destination::Batch | Destination::Action(..) => Verbs::NONE.and(Verb::Post).and(Verb::Options),
            Destination::Collection(model) => self.offered[model].collection,
            Destination::QueryOf(model) => self.offered[model].query,
            Destination::ImportOf(model) => self.offered[model].import,
            Destination::Record(model, _) => self.offered[model].record,
            Destination::Related(model, _, link) => self.offered[model].related[link],
            Destination::HistoryOf(model, _) => self.offered[model].history,
            Destination::RestoreOf(model, _) => self.offered[model].restore,
        }
    }

    fn destination<'p>(&self, method: &Method, path: &'p str, catalog: &Catalog) -> Result<Destination<'p>, Rejection> {
        if path == "*" && method == Method::OPTIONS {
            return Ok(Destination::Server);
        }
        if let Some(rest) = below(path, &self.prefixes.api) {
            return self.in_api(method, rest, catalog);
        }
        let tools = below(path, &self.prefixes.tools);
        if let Some(action) = tools.and_then(|rest| AuthAction::at(rest, catalog, &self.providers)) {
            return Ok(Destination::Auth(action));
        }
        let tool = tools.map(Tool::document);
        let tool = tool.or_else(|| below(path, &self.prefixes.health).map(Tool::check));
        let tool = tool.or_else(|| (path == self.prefixes.metrics).then_some(Some(Tool::Metrics)));
        tool.flatten().map(Destination::Tool).ok_or_else(|| no_such_path(path))
    }

    /// `rest` is what follows `/api/`.
    fn in_api<'p>(&self, method: &Method, rest: &'p str, catalog: &Catalog) -> Result<Destination<'p>, Rejection> {
        match rest {
            "_batch" => return Ok(Destination::Batch),
            "_events" => return Err(Problem::NotSupportedYet.because("live streams")),
            _ => {}
        }
        let (model, rest) = self.collection(rest, catalog).ok_or_else(|| no_such_collection(rest, catalog))?;
        if let Some(action) = rest.strip_prefix(':') {
            return action_of(model, action);
        }
        let Some(rest) = rest.strip_prefix('/') else { return Ok(Destination::Collection(model)) };
        match rest.split_once('/') {
            None => record(method, model, rest, &catalog.models[model]),
            Some((key, "history")) if !key.is_empty() => Ok(Destination::HistoryOf(model, key)),
            Some((key, related)) => self.related(&catalog.models[model], key, related),
        }
    }

    /// What stands below a record.
    fn related<'p>(&self, model: &ModelEntry, key: &'p str, rest: &str) -> Result<Destination<'p>, Rejection> {
        let name = percent_decode_str(rest).decode_utf8().unwrap_or_default();
        let link = model.links.iter().position(|link| link.wire == name);
        let link = link.filter(|&link| self.offered[model.place].related[link].contains(Verb::Get));
        match link {
            Some(_) if key.is_empty() => Err(Problem::NoSuchPath.because("the key of a record is not empty")),
            Some(link) => Ok(Destination::Related(model.place, key, link)),
            None => Err(below_record(model, rest)),
        }
    }

    /// The collection at the beginning of a path, and what follows its name.
    fn collection<'p>(&self, rest: &'p str, catalog: &Catalog) -> Option<(usize, &'p str)> {
        let mut end = 0;
        for _ in 0..self.segments_max {
            end += rest[end..].find(['/', ':']).unwrap_or(rest.len() - end);
            if let Some(model) = catalog.by_path(&rest[..end]) {
                return Some((model, &rest[end..]));
            }
            if end == rest.len() {
                break;
            }
            end += 1;
        }
        None
    }
}

/// What follows a prefix and a `/`.
fn below<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    path.strip_prefix(prefix)?.strip_prefix('/')
}

fn action_of(model: usize, action: &str) -> Result<Destination<'static>, Rejection> {
    match action {
        "query" => Ok(Destination::QueryOf(model)),
        "import" => Ok(Destination::ImportOf(model)),
        "aggregate" => Err(Problem::NotSupportedYet.because("aggregates")),
        _ => Err(Problem::NoSuchPath.because("collections have `:query` and `:import`")),
    }
}

fn record<'p>(
    method: &Method,
    model: usize,
    segment: &'p str,
    entry: &ModelEntry,
) -> Result<Destination<'p>, Rejection> {
    match segment {
        "" => Err(Problem::NoSuchPath.because("the path of a collection has no trailing slash")),
        "events" => Err(Problem::NotSupportedYet.because("live streams")),
        // A colon is a letter like any other in a key: what stands behind the last one is an action if nothing else can be meant.
        _ => match segment.rsplit_once(':') {
            Some((key, name)) if is_for_actions(method) => match entry.action(name) {
                Some(action) => Ok(Destination::Action(model, key, action)),
                None if name == "restore" => Ok(Destination::RestoreOf(model, key)),
                None if method == Method::POST => Err(no_such_action(name, entry)),
                None => Ok(Destination::Record(model, segment)),
            },
            _ => Ok(Destination::Record(model, segment)),
        },
    }
}

/// Actions are posted; `OPTIONS` asks for the methods of the path.
fn is_for_actions(method: &Method) -> bool {
    [Method::POST, Method::OPTIONS].contains(method)
}

fn no_such_action(name: &str, entry: &ModelEntry) -> Rejection {
    let detail = match lithair_model::nearest(name, entry.actions()) {
        Some(near) => format!("records of this collection have no command `{name}`; is it `{near}`?"),
        None => format!("records of this collection have no command `{name}`"),
    };
    Problem::NoSuchPath.because(detail)
}

/// Why there is nothing below a record.
fn below_record(model: &ModelEntry, rest: &str) -> Rejection {
    let near = model.nearest_link(rest);
    match rest {
        _ if near.is_some_and(|near| near != rest) => {
            let near = near.unwrap_or_default();
            Problem::NoSuchPath.because(format!("there is nothing of this name below a record; is it `{near}`?"))
        }
        "" => Problem::NoSuchPath.because("the path of a record has no trailing slash"),
        _ => Problem::NoSuchPath.because("there is nothing of this name below a record"),
    }
}

/// The answer where there is nothing.
pub(crate) fn no_such_path(path: &str) -> Rejection {
    let has_slash = path.len() > 1 && path.ends_with('/');
    let hint = if has_slash { "paths have no trailing slash" } else { "`/_lithair/openapi.json` names every path" };
    Problem::NoSuchPath.because(hint)
}

fn no_such_collection(rest: &str, catalog: &Catalog) -> Rejection {
    let name = rest.split(['/', ':']).next().unwrap_or_default();
    match catalog.nearest_path(name) {
        Some(near) => Problem::NoSuchPath.because(format!("no collection of this name; is it `{near}`?")),
        None => Problem::NoSuchPath.because("no collection of this name"),
    }
}

fn endpoint(destination: Destination<'_>, verb: Verb) -> Endpoint<'_> {
    match (destination, verb) {
        (Destination::Collection(model), Verb::Post) => Endpoint::Create(model),
        (Destination::Collection(model), Verb::Query) | (Destination::QueryOf(model), _) => Endpoint::Query(model),
        (Destination::Collection(model), _) => Endpoint::List(model),
        (Destination::ImportOf(model), _) => Endpoint::Import(model),
        (Destination::Record(model, key), Verb::Put) => Endpoint::Replace(model, key),
        (Destination::Record(model, key), Verb::Patch) => Endpoint::Patch(model, key),
        (Destination::Record(model, key), Verb::Delete) => Endpoint::Delete(model, key),
        (Destination::Record(model, key), _) => Endpoint::Read(model, key),
        (Destination::Related(model, key, link), _) => Endpoint::Related(model, key, link),
        (Destination::Action(model, key, action), _) => Endpoint::Act(model, key, action),
        (Destination::HistoryOf(model, key), _) => Endpoint::History(model, key),
        (Destination::RestoreOf(model, key), _) => Endpoint::Restore(model, key),
        (Destination::Batch, _) => Endpoint::Batch,
        (Destination::Auth(action), _) => Endpoint::Auth(action),
        (Destination::Tool(tool), _) => Endpoint::Tool(tool),
        (Destination::Server, _) => Endpoint::Methods(Verbs::ALL),
    }
}

/// A path as it is looked up, or why it cannot be.
pub(crate) fn lookup_path(path: &str) -> Result<Cow<'_, str>, Rejection> {
    normalize(path).ok_or_else(|| Problem::MalformedPath.because("a `%` is not followed by two hexadecimal digits"))
}
