use lithair_model::{AccessSchema, Catalog, Principal};

use crate::rejection::Rejection;
use crate::router::Endpoint;

/// Whether the principal may do this. The only place that decides it.
///
/// A batch names its collections in its body: each of its operations comes here with its own endpoint.
pub(crate) fn permit(principal: &Principal, endpoint: &Endpoint<'_>, catalog: &Catalog) -> Result<(), Rejection> {
    // What a relation leads to is the other model's.
    for model in endpoint.model().into_iter().chain(endpoint.target(catalog)) {
        match (catalog.models[model].schema.access, principal) {
            (AccessSchema::Public, _) => {}
        }
    }
    Ok(())
}
