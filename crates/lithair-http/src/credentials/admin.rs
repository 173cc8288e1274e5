//! `POST /_lithair/admin`: what administrators do to credentials, for those who cannot reach the machine.

use lithair_auth::{ADMIN, AdminError, AdminRequest, Administered, StoreError, administer};
use lithair_model::{Credential, Principal, Timestamp};

use crate::answer::Answer;
use crate::app::App;
use crate::extract::json;
use crate::refusal::{self, out_of_scope};
use crate::rejection::{Problem, Rejection};

/// Does what the body says, if the principal is an administrator.
pub(super) async fn run(app: &App, body: &[u8], principal: &Principal, now: Timestamp) -> Result<Answer, Rejection> {
    permit(app, principal)?;
    // An enum with its kind inside: the message names the member that is wrong.
    let request: AdminRequest = json::parse_object(body)?;
    let auth = &app.auth;
    let administered = Administered { keys: &auth.keys, accounts: auth.accounts.as_deref(), grants: &auth.grants };
    let done = administer(&*app.backend, administered, request, principal, now).await;
    done.map(|json| Answer::json(200, json.to_string())).map_err(rejection)
}

/// Without a role of administrators nobody is one here, and there is nothing to be found out about it.
fn permit(app: &App, principal: &Principal) -> Result<(), Rejection> {
    let Some(role) = &app.config.auth.admin_role else {
        return Err(
            Problem::NoSuchPath.because("`auth.admin_role` is not set: the socket of the data directory administers")
        );
    };
    if !app.catalog.roles.has(principal, role) {
        return Err(Problem::NotAnAdministrator.because("this is for administrators"));
    }
    let is_key = principal.identity().is_some_and(|identity| identity.credential() == Credential::ApiKey);
    if is_key && !principal.has_scope(ADMIN) {
        return Err(out_of_scope(ADMIN, None));
    }
    Ok(())
}

pub(super) fn rejection(error: AdminError) -> Rejection {
    match error {
        AdminError::Invalid(detail) => Problem::ValidationFailed.because(detail),
        AdminError::NotFound(detail) => Problem::RecordNotFound.because(detail),
        AdminError::Forbidden(detail) => Problem::Forbidden.because(detail),
        AdminError::Moment(_) => Problem::Contended.because("the present has moved on; ask again"),
        AdminError::Store(error) => stored(error),
    }
}

pub(super) fn stored(error: StoreError) -> Rejection {
    match error {
        StoreError::Absent => Problem::NoSuchPath.because("this program keeps no such records"),
        StoreError::Conflict => Problem::Contended.because("nothing was done; try again"),
        StoreError::Refused(refused) => refusal::of_credentials(&refused),
    }
}
