//! What is asked about credentials themselves: logging in and out, accounts, logins at providers, administration.
//!
//! Who asks was found out before, by the identification; what is here carries out.

mod accounts;
mod admin;
mod oidc;

use std::net::IpAddr;

use http::request::Parts;
use lithair_model::{Credential, Principal, Timestamp};

use crate::answer::Answer;
use crate::app::App;
use crate::auth;
use crate::endpoint::AuthAction;
use crate::extract::parameters::Parameters;
use crate::rejection::Rejection;

/// Who asks about credentials, and from where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Who<'a> {
    pub(crate) principal: &'a Principal,
    pub(crate) head: &'a Parts,
    pub(crate) client: IpAddr,
}

/// Carries out what is asked about credentials themselves.
pub(crate) async fn run(
    app: &App,
    action: AuthAction,
    (parameters, body): (&Parameters, &[u8]),
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    match action {
        AuthAction::Admin => admin::run(app, body, who.principal, now).await,
        AuthAction::Logout if is_token(who.principal) => take_back(app, who, now).await,
        AuthAction::BeginLogin(place) => oidc::begin(app, place, parameters, now).await,
        AuthAction::FinishLogin(place) => oidc::finish(app, place, parameters, who, now).await,
        AuthAction::Link(place) => oidc::link(app, place, body, who, now).await,
        AuthAction::Unlink(place) => oidc::unlink(app, place, body, who, now).await,
        _ => accounts::run(app, action, body, who, now).await,
    }
}

fn is_token(principal: &Principal) -> bool {
    principal.identity().is_some_and(|identity| identity.credential() == Credential::Token)
}

/// The token that the request shows is good no more.
async fn take_back(app: &App, who: Who<'_>, now: Timestamp) -> Result<Answer, Rejection> {
    let token = auth::bearer(&who.head.headers)?;
    let added = app.auth.revoked.add(&*app.backend, token, who.principal, now).await;
    added.map(|()| Answer::empty(204)).map_err(admin::stored)
}

#[cfg(test)]
mod tests {
    use lithair_auth::{AdminError, StoreError};
    use lithair_model::{Position, QueryError, Refusal, RefusalReason};

    use super::*;
    use crate::rejection::Problem;

    #[test]
    fn what_was_not_stored_is_told_alike_to_users_and_administrators() {
        let refused = |reason| StoreError::Refused(Refusal::new(0, reason));
        for (error, expected) in [
            (StoreError::Absent, Problem::NoSuchPath),
            (StoreError::Conflict, Problem::Contended),
            (refused(RefusalReason::TooLarge { bytes: 2, limit: 1 }), Problem::EntryTooLarge),
            (refused(RefusalReason::KeyTaken), Problem::Internal),
        ] {
            let told = [accounts::rejection(error.clone().into()), admin::rejection(error.clone().into())];
            assert_eq!(told.map(|rejection| rejection.problem()), [expected; 2], "{error}");
        }
        let gone = AdminError::Moment(QueryError::HorizonGone(Position::ZERO));
        assert_eq!(admin::rejection(gone).problem(), Problem::Contended, "asked again, it is answered");
    }
}
