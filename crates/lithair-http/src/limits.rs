//! What a model says of who may come and how often: the firewall, once it is known what the request is about.

use std::net::IpAddr;

use http::header::IF_NONE_MATCH;
use http::request::Parts;
use lithair_model::{Expand, ModelEntry, NamedAction, Predicate, Principal, Timestamp, Way};

use crate::app::App;
use crate::endpoint::{Endpoint, action_name};
use crate::firewall::{Caller, Refusal, Standing};
use crate::operation::Operation;
use crate::rejection::{Problem, Rejection};

/// Every request about a model counts under this word, beside its own.
const ALL: &str = "all";

/// Whether the client may come to the models of the endpoint, and comes not too often. Where it stands with the limit that is nearest.
///
/// Of a batch and of an import this is asked for each operation.
pub(crate) fn admit(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    client: IpAddr,
    now: Timestamp,
) -> Result<Option<Standing>, Rejection> {
    for model in endpoint.model().into_iter().chain(endpoint.target(&app.catalog)) {
        may_come(app, model, client)?;
    }
    let Some((model, word)) = counted(app, endpoint, head) else { return Ok(None) };
    let counted = app.firewall.count(model, &[word, ALL], Caller::Address(client), now);
    counted.map_err(|denied| denied.rejection())
}

/// The same for limits of principals, once there is one.
pub(crate) fn admit_principal(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    (client, principal): (IpAddr, &Principal),
    now: Timestamp,
) -> Result<Option<Standing>, Rejection> {
    let Some((model, word)) = counted(app, endpoint, head) else { return Ok(None) };
    let words = [word, ALL];
    app.firewall.count(model, &words, Caller::Principal(client, principal.actor()), now).map_err(|denied| {
        app.firewall.give_back(model, &words, Caller::Address(client));
        denied.rejection()
    })
}

/// The model that counts a request, and as what. What a relation leads to is the other model's, and counted there.
fn counted(app: &App, endpoint: &Endpoint<'_>, head: &Parts) -> Option<(usize, &'static str)> {
    let model = endpoint.target(&app.catalog).or_else(|| endpoint.model())?;
    Some((model, word(app, endpoint, head.headers.contains_key(IF_NONE_MATCH))))
}

/// Counts one operation of a batch, as the same request alone would be counted.
pub(crate) fn admit_operation(
    app: &App,
    endpoint: &Endpoint<'_>,
    (client, principal): (IpAddr, &Principal),
    now: Timestamp,
) -> Result<(), Rejection> {
    let Some(model) = endpoint.model() else { return Ok(()) };
    may_come(app, model, client)?;
    let words = [word(app, endpoint, false), ALL];
    let counted = app.firewall.count(model, &words, Caller::Known(client, principal.actor()), now);
    counted.map(drop).map_err(|denied| denied.rejection())
}

/// Counts one line of an import as a create: a limit on these holds however they come.
pub(crate) fn admit_line(
    app: &App,
    model: usize,
    (client, principal): (IpAddr, &Principal),
    now: Timestamp,
) -> Result<(), Rejection> {
    let counted = app.firewall.count(model, &["create"], Caller::Known(client, principal.actor()), now);
    counted.map(drop).map_err(|denied| denied.rejection())
}

/// Whether the client may come to the models that a read looks into besides: what it expands, and what its filter asks about.
pub(crate) fn admit_related(app: &App, operation: &Operation, client: IpAddr) -> Result<(), Rejection> {
    if !app.firewall.guards_models() {
        return Ok(());
    }
    let mut models = Vec::new();
    let (model, expands, filter) = match operation {
        Operation::List(plan) => (plan.query.model, &plan.expands[..], plan.query.filter.as_ref()),
        Operation::Export(plan) => (plan.model, &[][..], plan.filter.as_ref()),
        Operation::Read(plan) => (plan.model, &plan.expands[..], None),
        Operation::Related(plan) => {
            let link = &app.catalog.models[plan.parent.model].links[plan.parent.link];
            (link.target, &plan.expands[..], None)
        }
        _ => return Ok(()),
    };
    expanded(app, &app.catalog.models[model], expands, &mut models);
    filter.into_iter().for_each(|filter| asked_about(app, filter, &mut models));
    models.into_iter().try_for_each(|model| may_come(app, model, client))
}

fn may_come(app: &App, model: usize, client: IpAddr) -> Result<(), Rejection> {
    if app.firewall.admits(model, client) { Ok(()) } else { Err(Refusal::Address.into()) }
}

impl From<Refusal> for Rejection {
    fn from(refusal: Refusal) -> Self {
        match &refusal {
            Refusal::Rate(denied) => denied.rejection(),
            Refusal::Address => Problem::AddressRefused.because(refusal.to_string()),
            Refusal::Forwarding(_) => Problem::BadForwarding.because(refusal.to_string()),
        }
    }
}

fn expanded(app: &App, model: &ModelEntry, expands: &[Expand], models: &mut Vec<usize>) {
    for expand in expands {
        let target = model.links[expand.link].target;
        models.push(target);
        expanded(app, &app.catalog.models[target], &expand.inner, models);
    }
}

fn asked_about(app: &App, filter: &Predicate, models: &mut Vec<usize>) {
    filter.steps(&mut |way| match way {
        Way::Out { model, relation } => models.push(app.catalog.models[model].targets[relation]),
        Way::In { model, .. } => models.push(model),
    });
}

/// What a request is counted as.
fn word(app: &App, endpoint: &Endpoint<'_>, is_conditional: bool) -> &'static str {
    let links = |model: usize, link: usize| &app.catalog.models[model].links[link];
    match *endpoint {
        Endpoint::List(_) | Endpoint::Query(_) => "list",
        Endpoint::Related(model, _, link) if links(model, link).is_many => "list",
        Endpoint::Read(..) | Endpoint::Related(..) => "get",
        Endpoint::History(..) => "history",
        Endpoint::Import(_) => "bulk",
        Endpoint::Create(_) => "create",
        // `If-None-Match: *` creates.
        Endpoint::Replace(..) if is_conditional => "create",
        Endpoint::Replace(..) | Endpoint::Patch(..) | Endpoint::Restore(..) => "update",
        Endpoint::Act(model, _, action) => action_word(&app.catalog.models[model], action),
        Endpoint::Delete(..) => "delete",
        Endpoint::Batch | Endpoint::Auth(_) | Endpoint::Tool(_) | Endpoint::Methods(_) => ALL,
    }
}

fn action_word(model: &ModelEntry, action: NamedAction) -> &'static str {
    match action {
        NamedAction::Purge => "delete",
        named => action_name(model, named),
    }
}
