//! Every path that there is, for people and for those who write it down.

use lithair_model::{Catalog, ModelEntry};

use super::{Destination, Router};
use crate::Prefixes;
use crate::endpoint::below_collection::{HISTORY, IMPORT, QUERY, RECORD, RESTORE};
use crate::endpoint::{AuthAction, Tool, Verb, Verbs};

/// Every path of a catalog, and of providers with these names, with the methods it has, for `routes` and for people.
pub fn routes(catalog: &Catalog, prefixes: &Prefixes, providers: &[String]) -> Vec<(String, String)> {
    let router = Router::new(prefixes, catalog, providers);
    let all = destinations(catalog, prefixes, providers).into_iter();
    let all = all.map(|(path, destination)| (router.verbs(destination), path));
    // Where there is nothing but `OPTIONS`, the model offers nothing.
    let offered = all.filter(|(verbs, _)| *verbs != Verbs::NONE.and(Verb::Options));
    offered.map(|(verbs, path)| (verbs.to_string(), path)).collect()
}

/// Where each path leads that some server with such a catalog has.
fn destinations(
    catalog: &Catalog,
    Prefixes { api, tools, health, metrics }: &Prefixes,
    providers: &[String],
) -> Vec<(String, Destination<'static>)> {
    let of_models = catalog.shown().flat_map(|model| of_model(model, api));
    let batch = [(format!("{api}/_batch"), Destination::Batch)];
    let tool = |prefix: &str, (tool, path): (Tool, &str)| (format!("{prefix}/{path}"), Destination::Tool(tool));
    let documents = Tool::DOCUMENTS.into_iter().map(|document| tool(tools, document));
    let actions = AuthAction::of(catalog).map(|(action, path, _)| (format!("{tools}/{path}"), action));
    let of_providers = AuthAction::of_providers(providers).map(|(action, path)| (format!("{tools}/{path}"), action));
    let actions = actions.chain(of_providers).map(|(path, action)| (path, Destination::Auth(action)));
    let checks = Tool::CHECKS.into_iter().map(|check| tool(health, check));
    let metrics = [(metrics.clone(), Destination::Tool(Tool::Metrics))];
    of_models.chain(batch).chain(documents).chain(actions).chain(checks).chain(metrics).collect()
}

/// The paths of a model, with the names of the key's parts.
fn of_model(entry: &ModelEntry, api: &str) -> Vec<(String, Destination<'static>)> {
    let model = entry.place;
    let key: Vec<_> =
        entry.schema.key.iter().map(|&place| format!("{{{}}}", entry.schema.fields[place].wire)).collect();
    let at = |rest: &str| format!("{api}/{}{}", entry.schema.path, rest.replace("{key}", &key.join(",")));
    let links = entry.links.iter().enumerate();
    let related = links.map(|(link, to)| (at(&format!("{RECORD}/{}", to.wire)), Destination::Related(model, "", link)));
    let actions = entry.actions().map(|name| {
        let action = entry.action(name).expect("the model names its actions");
        (at(&format!("{RECORD}:{name}")), Destination::Action(model, "", action))
    });
    let collection = [
        (at(""), Destination::Collection(model)),
        (at(QUERY), Destination::QueryOf(model)),
        (at(IMPORT), Destination::ImportOf(model)),
    ];
    let record = [
        (at(HISTORY), Destination::HistoryOf(model, "")),
        (at(RESTORE), Destination::RestoreOf(model, "")),
        (at(RECORD), Destination::Record(model, "")),
    ];
    collection.into_iter().chain(related).chain(actions).chain(record).collect()
}
