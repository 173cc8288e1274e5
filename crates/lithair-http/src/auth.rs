use http::request::Parts;
use lithair_model::Principal;

/// Who sent the request.
pub(crate) const fn identify(_head: &Parts) -> Principal {
    Principal::Anonymous
}

/// What binds a cursor to whom it was given.
pub(crate) fn binding(principal: &Principal) -> &[u8] {
    principal.actor().unwrap_or_default().as_bytes()
}
