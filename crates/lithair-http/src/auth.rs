use http::request::Parts;
use lithair_model::Principal;

use crate::app::App;

/// Who sent the request.
pub(crate) fn identify(app: &App, head: &Parts) -> Principal {
    #[cfg(feature = "testing")]
    if let Some(principal) = app.config.requests_say_who.then(|| crate::pretend::principal(head)).flatten() {
        return principal;
    }
    let _ = (app, head);
    Principal::Anonymous
}

/// What binds a cursor to whom it was given.
pub(crate) fn binding(principal: &Principal) -> &[u8] {
    principal.actor().unwrap_or_default().as_bytes()
}
