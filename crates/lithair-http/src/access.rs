use lithair_model::{AccessSchema, Catalog, Credential, Principal};

use crate::auth::out_of_scope;
use crate::rejection::{Problem, Rejection};
use crate::router::Endpoint;

/// Whether the principal may do this. The only place that decides it.
///
/// A batch names its collections in its body: each of its operations comes here with its own endpoint.
pub(crate) fn permit(principal: &Principal, endpoint: &Endpoint<'_>, catalog: &Catalog) -> Result<(), Rejection> {
    // What a relation leads to is the other model's.
    for model in endpoint.model().into_iter().chain(endpoint.target(catalog)) {
        match (catalog.models[model].schema.access, principal) {
            (AccessSchema::Public, _) => {}
            // No path leads here. If one did, this is what it would find.
            (AccessSchema::Internal, _) => return Err(Problem::NoSuchPath.because("there is nothing at this path")),
        }
    }
    in_scope(principal, endpoint)
}

/// Whether a key may be used for this, whatever its roles may: `read` to look, `write` to change. Tokens and sessions are not held to these
/// two words; their scopes are for policies.
fn in_scope(principal: &Principal, endpoint: &Endpoint<'_>) -> Result<(), Rejection> {
    let is_key = principal.identity().is_some_and(|identity| identity.credential() == Credential::ApiKey);
    if !is_key || endpoint.model().is_none() {
        return Ok(());
    }
    let scope = if endpoint.changes() { "write" } else { "read" };
    if principal.has_scope(scope) { Ok(()) } else { Err(out_of_scope(scope)) }
}
