//! From method and path to an endpoint: the path is split on `/`, and the collection is one hash lookup.

mod offered;
mod path;
mod verbs;

use std::borrow::Cow;

use http::header::ALLOW;
use http::{HeaderValue, Method};
use lithair_model::{Catalog, ModelEntry, NamedAction};
use offered::Offered;
pub(crate) use path::normalize;
use percent_encoding::percent_decode_str;
pub(crate) use verbs::{Verb, Verbs};

use crate::Prefixes;
use crate::auth::AuthAction;
use crate::rejection::{Problem, Rejection};

/// What a request asks for. Models are places in the catalog; keys are segments of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint<'p> {
    List(usize),
    Query(usize),
    Create(usize),
    Import(usize),
    Read(usize, &'p str),
    /// What a relation (a place in the model's links) of a record leads to.
    Related(usize, &'p str, usize),
    Replace(usize, &'p str),
    Patch(usize, &'p str),
    Delete(usize, &'p str),
    /// A command or a transition.
    Act(usize, &'p str, NamedAction),
    History(usize, &'p str),
    Restore(usize, &'p str),
    Batch,
    Auth(AuthAction),
    Tool(Tool),
    /// `OPTIONS`: the methods of the path.
    Methods(Verbs),
}

/// What is not about records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    OpenApi,
    Schema,
    Problems,
    Problem(Problem),
    Live,
    Ready,
    Startup,
    Metrics,
}

/// What a path names, whatever the method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place<'p> {
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

impl Endpoint<'_> {
    /// The model it is about, as a place in the catalog.
    pub(crate) const fn model(&self) -> Option<usize> {
        match *self {
            Self::List(model)
            | Self::Query(model)
            | Self::Create(model)
            | Self::Import(model)
            | Self::Read(model, _)
            | Self::Related(model, _, _)
            | Self::Replace(model, _)
            | Self::Patch(model, _)
            | Self::Delete(model, _)
            | Self::Act(model, ..)
            | Self::History(model, _)
            | Self::Restore(model, _) => Some(model),
            Self::Batch | Self::Auth(_) | Self::Tool(_) | Self::Methods(_) => None,
        }
    }

    /// Whether it may change records.
    pub(crate) const fn changes(&self) -> bool {
        use Endpoint::{History, List, Methods, Query, Read, Related, Tool};
        !matches!(self, List(_) | Query(_) | Read(..) | Related(..) | History(..) | Tool(_) | Methods(_))
    }

    /// The model whose records a relation leads to, as a place in the catalog.
    pub(crate) fn target(&self, catalog: &Catalog) -> Option<usize> {
        match *self {
            Self::Related(model, _, link) => Some(catalog.models[model].links[link].target),
            _ => None,
        }
    }
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
        let place = self.place(method, path, catalog)?;
        let verbs = self.verbs(place);
        let refused = || {
            let allow = verbs.header();
            let detail = format!("`{method}` is not one of: {}", allow.to_str().unwrap_or_default());
            Problem::MethodNotAllowed.because(detail).header(ALLOW, allow)
        };
        let verb = Verb::of(method).ok_or_else(refused)?;
        if verb == Verb::Options {
            return Ok(Endpoint::Methods(verbs));
        }
        if let (Place::Collection(_), Verb::Patch | Verb::Delete) = (place, verb) {
            return Err(Problem::NotSupportedYet.because("changing many records by a filter"));
        }
        if !verbs.contains(verb) {
            return Err(refused());
        }
        Ok(endpoint(place, verb))
    }

    /// The methods of the records of the model at this place, as the value of `Allow`.
    pub(crate) fn record_methods(&self, model: usize) -> HeaderValue {
        self.offered[model].record.header()
    }

    /// The methods that a place has.
    fn verbs(&self, place: Place<'_>) -> Verbs {
        match place {
            Place::Server => Verbs::ALL,
            Place::Auth(action) => {
                let verb = action.verb();
                let has_head = verb == Verb::Get && !action.is_navigation();
                Verbs::NONE.and(verb).and_if(Verb::Head, has_head).and(Verb::Options)
            }
            Place::Tool(_) => Verbs::NONE.and(Verb::Get).and(Verb::Head).and(Verb::Options),
            Place::Batch | Place::Action(..) => Verbs::NONE.and(Verb::Post).and(Verb::Options),
            Place::Collection(model) => self.offered[model].collection,
            Place::QueryOf(model) => self.offered[model].query,
            Place::ImportOf(model) => self.offered[model].import,
            Place::Record(model, _) => self.offered[model].record,
            Place::Related(model, _, link) => self.offered[model].related[link],
            Place::HistoryOf(model, _) => self.offered[model].history,
            Place::RestoreOf(model, _) => self.offered[model].restore,
        }
    }

    fn place<'p>(&self, method: &Method, path: &'p str, catalog: &Catalog) -> Result<Place<'p>, Rejection> {
        if path == "*" && method == Method::OPTIONS {
            return Ok(Place::Server);
        }
        if let Some(rest) = below(path, &self.prefixes.api) {
            return self.in_api(method, rest, catalog);
        }
        let tools = below(path, &self.prefixes.tools);
        if let Some(action) = tools.and_then(|rest| AuthAction::at(rest, catalog, &self.providers)) {
            return Ok(Place::Auth(action));
        }
        let tool = tools.map(document);
        let tool = tool.or_else(|| below(path, &self.prefixes.health).map(check));
        let tool = tool.or_else(|| (path == self.prefixes.metrics).then_some(Some(Tool::Metrics)));
        tool.flatten().map(Place::Tool).ok_or_else(|| no_such_path(path))
    }

    /// `rest` is what follows `/api/`.
    fn in_api<'p>(&self, method: &Method, rest: &'p str, catalog: &Catalog) -> Result<Place<'p>, Rejection> {
        match rest {
            "_batch" => return Ok(Place::Batch),
            "_events" => return Err(Problem::NotSupportedYet.because("live streams")),
            _ => {}
        }
        let (model, rest) = self.collection(rest, catalog).ok_or_else(|| no_such_collection(rest, catalog))?;
        if let Some(action) = rest.strip_prefix(':') {
            return action_of(model, action);
        }
        let Some(rest) = rest.strip_prefix('/') else { return Ok(Place::Collection(model)) };
        match rest.split_once('/') {
            None => record(method, model, rest, &catalog.models[model]),
            Some((key, "history")) if !key.is_empty() => Ok(Place::HistoryOf(model, key)),
            Some((key, related)) => self.related(&catalog.models[model], key, related),
        }
    }

    /// What stands below a record.
    fn related<'p>(&self, model: &ModelEntry, key: &'p str, rest: &str) -> Result<Place<'p>, Rejection> {
        let name = percent_decode_str(rest).decode_utf8().unwrap_or_default();
        let link = model.links.iter().position(|link| link.wire == name);
        let link = link.filter(|&link| self.offered[model.place].related[link].contains(Verb::Get));
        match link {
            Some(_) if key.is_empty() => Err(Problem::NoSuchPath.because("the key of a record is not empty")),
            Some(link) => Ok(Place::Related(model.place, key, link)),
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

fn document(rest: &str) -> Option<Tool> {
    match rest {
        "openapi.json" => Some(Tool::OpenApi),
        "schema.json" => Some(Tool::Schema),
        "problems" => Some(Tool::Problems),
        _ => rest.strip_prefix("problems/").and_then(Problem::by_code).map(Tool::Problem),
    }
}

fn check(rest: &str) -> Option<Tool> {
    match rest {
        "live" => Some(Tool::Live),
        "ready" => Some(Tool::Ready),
        "startup" => Some(Tool::Startup),
        _ => None,
    }
}

fn action_of(model: usize, action: &str) -> Result<Place<'static>, Rejection> {
    match action {
        "query" => Ok(Place::QueryOf(model)),
        "import" => Ok(Place::ImportOf(model)),
        "aggregate" => Err(Problem::NotSupportedYet.because("aggregates")),
        _ => Err(Problem::NoSuchPath.because("collections have `:query` and `:import`")),
    }
}

fn record<'p>(method: &Method, model: usize, segment: &'p str, entry: &ModelEntry) -> Result<Place<'p>, Rejection> {
    match segment {
        "" => Err(Problem::NoSuchPath.because("the path of a collection has no trailing slash")),
        "events" => Err(Problem::NotSupportedYet.because("live streams")),
        // A colon is a letter like any other in a key: what stands behind the last one is an action if nothing else can be meant.
        _ => match segment.rsplit_once(':') {
            Some((key, name)) if is_for_actions(method) => match entry.action(name) {
                Some(action) => Ok(Place::Action(model, key, action)),
                None if name == "restore" => Ok(Place::RestoreOf(model, key)),
                None if method == Method::POST => Err(no_such_action(name, entry)),
                None => Ok(Place::Record(model, segment)),
            },
            _ => Ok(Place::Record(model, segment)),
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

fn no_such_path(path: &str) -> Rejection {
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

fn endpoint(place: Place<'_>, verb: Verb) -> Endpoint<'_> {
    match (place, verb) {
        (Place::Collection(model), Verb::Post) => Endpoint::Create(model),
        (Place::Collection(model), Verb::Query) | (Place::QueryOf(model), _) => Endpoint::Query(model),
        (Place::Collection(model), _) => Endpoint::List(model),
        (Place::ImportOf(model), _) => Endpoint::Import(model),
        (Place::Record(model, key), Verb::Put) => Endpoint::Replace(model, key),
        (Place::Record(model, key), Verb::Patch) => Endpoint::Patch(model, key),
        (Place::Record(model, key), Verb::Delete) => Endpoint::Delete(model, key),
        (Place::Record(model, key), _) => Endpoint::Read(model, key),
        (Place::Related(model, key, link), _) => Endpoint::Related(model, key, link),
        (Place::Action(model, key, action), _) => Endpoint::Act(model, key, action),
        (Place::HistoryOf(model, key), _) => Endpoint::History(model, key),
        (Place::RestoreOf(model, key), _) => Endpoint::Restore(model, key),
        (Place::Batch, _) => Endpoint::Batch,
        (Place::Auth(action), _) => Endpoint::Auth(action),
        (Place::Tool(tool), _) => Endpoint::Tool(tool),
        (Place::Server, _) => Endpoint::Methods(Verbs::ALL),
    }
}

/// Every path of a catalog, and of providers with these names, with the methods it has, for `routes` and for people.
pub fn routes(catalog: &Catalog, prefixes: &Prefixes, providers: &[String]) -> Vec<(String, String)> {
    let Prefixes { api, tools, health, metrics } = prefixes;
    let router = Router::new(prefixes, catalog, providers);
    let mut routes = Vec::new();
    let mut add = |path: String, place: Place<'_>| {
        let verbs = router.verbs(place);
        if verbs != Verbs::NONE.and(Verb::Options) {
            routes.push((verbs.to_string(), path));
        }
    };
    for entry in catalog.shown() {
        let model = entry.place;
        let path = entry.schema.path;
        let key: Vec<_> =
            entry.schema.key.iter().map(|&place| format!("{{{}}}", entry.schema.fields[place].wire)).collect();
        add(format!("{api}/{path}"), Place::Collection(model));
        add(format!("{api}/{path}:query"), Place::QueryOf(model));
        add(format!("{api}/{path}:import"), Place::ImportOf(model));
        let record = format!("{api}/{path}/{}", key.join(","));
        for (link, to) in entry.links.iter().enumerate() {
            add(format!("{record}/{}", to.wire), Place::Related(model, "", link));
        }
        for name in entry.actions() {
            let action = entry.action(name).expect("the model names its actions");
            add(format!("{record}:{name}"), Place::Action(model, "", action));
        }
        add(format!("{record}/history"), Place::HistoryOf(model, ""));
        add(format!("{record}:restore"), Place::RestoreOf(model, ""));
        add(record, Place::Record(model, ""));
    }
    add(format!("{api}/_batch"), Place::Batch);
    for document in ["openapi.json", "schema.json", "problems", "problems/{code}"] {
        add(format!("{tools}/{document}"), Place::Tool(Tool::Problems));
    }
    for (action, path, _) in AuthAction::of(catalog) {
        add(format!("{tools}/{path}"), Place::Auth(action));
    }
    for (action, path) in AuthAction::of_providers(providers) {
        add(format!("{tools}/{path}"), Place::Auth(action));
    }
    for check in ["live", "ready", "startup"] {
        add(format!("{health}/{check}"), Place::Tool(Tool::Live));
    }
    add(metrics.clone(), Place::Tool(Tool::Metrics));
    routes
}

/// A path as it is looked up, or why it cannot be.
pub(crate) fn lookup_path(path: &str) -> Result<Cow<'_, str>, Rejection> {
    normalize(path).ok_or_else(|| Problem::MalformedPath.because("a `%` is not followed by two hexadecimal digits"))
}
