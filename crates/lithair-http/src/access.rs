//! Whether the principal may do this at all, before anything is read; and records as the principal sees them.
//!
//! What depends on the record is decided where the record is: by the query, by the engine, by the [`Sight`](lithair_model::Sight) that every
//! record passes that is shown.

use std::net::IpAddr;
use std::sync::Arc;

use http::HeaderValue;
use http::header::WWW_AUTHENTICATE;
use http::request::Parts;
use lithair_auth::ADMIN;
use lithair_model::{
    Condition, Credential, ModelEntry, Moment, MomentFields, Principal, READ, Reader, Right, Row, Tally, Visible, WRITE,
};

use crate::app::App;
use crate::endpoint::{Endpoint, Tool, action_name};
use crate::refusal::{not_found, out_of_scope, too_expensive};
use crate::rejection::{Problem, Rejection};
use crate::router::no_such_path;

const CHALLENGE: HeaderValue = HeaderValue::from_static("Bearer realm=\"lithair\"");

/// Refuses what is not the principal's to do, whatever the record.
///
/// A batch names its collections in its body: each of its operations comes here with its own endpoint.
pub(crate) fn permit(reader: &Reader, endpoint: &Endpoint<'_>) -> Result<(), Rejection> {
    let catalog = reader.catalog();
    let Some(model) = endpoint.model() else { return Ok(()) };
    // No path leads to what is the server's own. If one did, this is what it would find.
    let is_internal = |model: usize| catalog.models[model].schema.access.is_internal();
    if is_internal(model) || endpoint.target(catalog).is_some_and(is_internal) {
        return Err(Problem::NoSuchPath.because("there is nothing at this path"));
    }
    in_scope(reader, endpoint)?;
    if catalog.models[model].access.is_open() && endpoint.target(catalog).is_none() {
        return Ok(());
    }
    let change = |right| changes(reader, model, right);
    match *endpoint {
        Endpoint::List(_) | Endpoint::Query(_) => collection(reader, model, Right::Read),
        Endpoint::Create(_) => collection(reader, model, Right::Create),
        Endpoint::Import(_) => collection(reader, model, Right::Create)
            .or_else(|refused| collection(reader, model, Right::Update).map_err(|_| refused)),
        Endpoint::Read(..) => record(reader, model),
        Endpoint::Related(_, _, link) => {
            record(reader, model)?;
            collection(reader, catalog.models[model].links[link].target, Right::Read)
        }
        Endpoint::History(..) => record(reader, model).and_then(|()| collection(reader, model, Right::History)),
        Endpoint::Replace(..) | Endpoint::Patch(..) => change(Right::Update),
        Endpoint::Restore(..) => known(reader, model),
        Endpoint::Delete(..) => change(Right::Delete),
        Endpoint::Act(_, _, action) => change(Right::Command(action_name(&catalog.models[model], action))),
        Endpoint::Batch | Endpoint::Auth(_) | Endpoint::Tool(_) | Endpoint::Methods(_) => Ok(()),
    }
}

/// Refuses the metrics to who is neither at a place that they are for nor an administrator: why credentials are refused, and how often each
/// path is asked for, is for whoever operates the server. To all others there is nothing at their path.
pub(crate) fn permit_metrics(
    app: &App,
    endpoint: &Endpoint<'_>,
    head: &Parts,
    (peer, client): (IpAddr, IpAddr),
    principal: &Principal,
) -> Result<(), Rejection> {
    let Endpoint::Tool(Tool::Metrics) = endpoint else { return Ok(()) };
    match app.firewall.shows_metrics(peer, client, &head.headers) || administers_everything(app, principal) {
        true => Ok(()),
        false => Err(no_such_path(&app.config.prefixes.metrics)),
    }
}

/// Whether somebody is an administrator, and not of a tenant alone.
fn administers_everything(app: &App, principal: &Principal) -> bool {
    let has_role = |role: &String| app.catalog.roles.has(principal, role);
    let is_key = principal.identity().is_some_and(|identity| identity.credential() == Credential::ApiKey);
    principal.tenant().is_none()
        && app.config.auth.admin_role.as_ref().is_some_and(has_role)
        && (!is_key || principal.has_scope(ADMIN))
}

/// Refuses somebody who has no right to any record of the model.
pub(crate) fn collection(reader: &Reader, model: usize, right: Right) -> Result<(), Rejection> {
    let has_right = match right {
        // What is read is found out once: the records are asked the same.
        Right::Read => reader.knows(model),
        right => reader.right(model, right) != Condition::Never,
    };
    if has_right { Ok(()) } else { Err(refused(reader)) }
}

/// A record that nobody may see who is like this is not there. Whom we do not know is told to say who it is, whatever the key.
fn record(reader: &Reader, model: usize) -> Result<(), Rejection> {
    match reader.knows(model) {
        true => Ok(()),
        false if reader.principal().is_anonymous() => Err(refused(reader)),
        false => Err(not_found()),
    }
}

/// Like [`record`], for whoever changes one: a key that is for changing alone knows of records that it is not shown.
fn known(reader: &Reader, model: usize) -> Result<(), Rejection> {
    let is_known = || reader.asker().known_to_change(model) != Condition::Never;
    record(reader, model).or_else(|refused| if is_known() { Ok(()) } else { Err(refused) })
}

/// What may be seen and not be changed is 403; which of the two it is, only the record says. Whom we do not know, and who may change
/// none, is told to say who it is.
fn changes(reader: &Reader, model: usize, right: Right) -> Result<(), Rejection> {
    known(reader, model)?;
    let hides = reader.catalog().models[model].access.hides;
    let is_stranger = reader.principal().is_anonymous() && !hides;
    if is_stranger { collection(reader, model, right) } else { Ok(()) }
}

/// The answer to somebody who may not: the unknown are asked who they are.
fn refused(reader: &Reader) -> Rejection {
    if reader.principal().is_anonymous() {
        let detail = "this is not for everybody: send a credential";
        return Problem::AuthenticationRequired.because(detail).header(WWW_AUTHENTICATE, CHALLENGE);
    }
    Problem::Forbidden.because("the principal has no right to this")
}

/// A record of a moment as the reader sees it.
///
/// # Errors
/// To find out costs more than a query may.
pub(crate) fn seen(
    app: &App,
    reader: &Reader,
    moment: &dyn Moment,
    model: &ModelEntry,
    row: &Arc<Row>,
) -> Result<Option<Visible>, Rejection> {
    let tally = Tally::new(app.config.limits.scan_rows_max);
    let fields = MomentFields { catalog: reader.catalog(), moment, model, row, tally: &tally };
    let seen = reader.sight(model.place).visible(row, &fields);
    if tally.is_spent() {
        return Err(too_expensive(model, &tally));
    }
    Ok(seen)
}

/// Whether a key may be used for this, whatever its roles may: `read` to look, `write` to change, of all collections or of this one. Asked here
/// so that the holder hears which scope is missing; where it is asked of every other model that a request comes to, it is out of sight.
fn in_scope(reader: &Reader, endpoint: &Endpoint<'_>) -> Result<(), Rejection> {
    let catalog = reader.catalog();
    let word = if endpoint.changes() { WRITE } else { READ };
    for model in endpoint.model().into_iter().chain(endpoint.target(catalog)) {
        let collection = catalog.models[model].schema.path;
        if !reader.principal().is_for(word, collection) {
            return Err(out_of_scope(word, Some(collection)));
        }
    }
    Ok(())
}
