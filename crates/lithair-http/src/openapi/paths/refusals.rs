//! What the firewall may answer.

use lithair_model::{Catalog, ModelEntry, SecuritySchema};
use serde_json::{Map, Value, json};

use crate::FirewallConfig;

/// What requests about a model may be refused with, whatever they ask: its own firewall, and those of the models that its relations lead to.
pub(super) fn of(catalog: &Catalog, model: &ModelEntry) -> Vec<u16> {
    let targets = model.links.iter().map(|link| catalog.models[link.target].schema.security);
    let mut statuses = of_security(&model.schema.security);
    targets.for_each(|security| statuses.extend(of_security(&security)));
    statuses
}

fn of_security(security: &SecuritySchema) -> Vec<u16> {
    let shut = (!security.allow.is_empty() || !security.deny.is_empty()).then_some(403);
    let limited = (!security.rate_limits.is_empty()).then_some(429);
    shut.into_iter().chain(limited).collect()
}

/// What any request may be refused with.
pub(super) fn of_server(firewall: &FirewallConfig) -> Vec<u16> {
    // Whoever is refused as a peer reads no document: this is about those whom proxies bring.
    let shut = (!firewall.allow.is_empty() || !firewall.deny.is_empty()).then_some(403);
    shut.into_iter().chain(firewall.rate.map(|_| 429)).collect()
}

/// Adds the statuses to every operation of these paths.
pub(super) fn add(statuses: &[u16], paths: &mut Map<String, Value>) {
    let operations = paths.values_mut().filter_map(Value::as_object_mut).flat_map(Map::values_mut);
    for responses in operations.filter_map(|operation| operation.get_mut("responses")) {
        for status in statuses {
            responses[status.to_string()] = json!({ "$ref": format!("#/components/responses/Problem{status}") });
        }
    }
}
