//! Requests that take long are held to their credential: what is taken back ends them, too.

use std::sync::Arc;

use http::HeaderMap;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use lithair_auth::{HELD_MICROS_MAX, PREFIX, Refused};
use lithair_model::{Backend, Principal, Reader, Timestamp};

use super::{Auth, Shown, shown};
use crate::app::App;

/// The credential of a request that is under way.
///
/// It does not end by its own time: a token that is good for five minutes may begin what takes ten. What ends it is what somebody does: logs out,
/// takes it back, keeps its user out, or gives or takes a role.
pub(crate) struct Held {
    auth: Arc<Auth>,
    backend: Arc<dyn Backend>,
    /// Of the request, those that say who sends it.
    headers: HeaderMap,
    principal: Principal,
    since: Timestamp,
}

impl Held {
    /// The credential of this request, whose principal is known.
    pub(crate) fn new(app: &App, head: &Parts, reader: &Reader) -> Self {
        let mut headers = HeaderMap::new();
        for name in [AUTHORIZATION, COOKIE] {
            for value in head.headers.get_all(&name) {
                headers.append(&name, value.clone());
            }
        }
        Self {
            auth: Arc::clone(&app.auth),
            backend: Arc::clone(&app.backend),
            headers,
            principal: reader.principal().clone(),
            since: reader.now(),
        }
    }

    /// Whether the request would still come from the same principal. Without a credential there is nothing to take back, and what was taken back is
    /// remembered for [`HELD_MICROS_MAX`] at least.
    pub(crate) fn is_good(&self, now: Timestamp) -> bool {
        if is_too_long(self.since, now) {
            return false;
        }
        let backend = &*self.backend;
        let found = match shown(&self.headers) {
            Ok(Shown::Nothing) => return true,
            Ok(Shown::Bearer(text)) if text.starts_with(PREFIX) => self.auth.keys.verify(backend, text, self.since),
            Ok(Shown::Bearer(text)) => self.auth.known_token(backend, text, self.since),
            Ok(Shown::Session(id)) => match &self.auth.accounts {
                Some(accounts) => accounts.session(backend, id, self.since),
                None => Err(Refused::NotTaken),
            },
            Err(refused) => Err(refused),
        };
        found.is_ok_and(|principal| self.auth.grants.complete(backend, principal, self.since) == self.principal)
    }
}

/// Whether something was begun longer ago than anything goes on.
fn is_too_long(since: Timestamp, now: Timestamp) -> bool {
    now > since.plus_micros(HELD_MICROS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_goes_on_for_longer_than_thirteen_days() {
        let day = |days: i64| Timestamp::from_micros(days * 86_400 * 1_000_000);
        assert!(!is_too_long(day(1), day(1)) && !is_too_long(day(1), day(14)));
        assert!(is_too_long(day(1), day(14).plus_micros(1)));
    }
}
