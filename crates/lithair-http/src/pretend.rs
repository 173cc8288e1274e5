//! For tests: a request that says who sends it. Compiled with the feature `testing` only, which no program that serves has.

use http::request::Parts;
use lithair_model::{Credential, Identity, Principal, Scopes};
use serde_json::{Map, Value};

/// The header: `{"sub":"alice","roles":["Editor"],"tenant":"acme","scopes":["read"],"claims":{"team":7},"key":true}`.
const HEADER: &str = "lithair-test-principal";

/// Who the request says it is from; none if it does not say.
pub(crate) fn principal(head: &Parts) -> Option<Principal> {
    let text = head.headers.get(HEADER)?.to_str().ok()?;
    let said: Map<String, Value> = serde_json::from_str(text).expect("a test says who it is in JSON");
    let texts = |name: &str| -> Option<Vec<String>> {
        let values = said.get(name)?.as_array()?;
        Some(values.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect())
    };
    let text = |name: &str| said.get(name).and_then(Value::as_str);
    let is_key = said.get("key") == Some(&Value::Bool(true));
    let credential = if is_key { Credential::ApiKey } else { Credential::Token };
    let mut identity = Identity::new(credential, text("sub").unwrap_or("somebody"));
    identity = identity.with_roles(texts("roles").unwrap_or_default());
    identity =
        identity.with_scopes(texts("scopes").map_or(Scopes::All, |scopes| Scopes::Only(scopes.into_iter().collect())));
    if let Some(tenant) = text("tenant") {
        identity = identity.of_tenant(tenant);
    }
    if let Some(Value::Object(claims)) = said.get("claims") {
        identity = identity.with_claims(claims.clone());
    }
    Some(identity.into())
}
