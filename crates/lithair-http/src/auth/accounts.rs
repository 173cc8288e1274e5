//! `/_lithair/auth/..`: logging in and out, passwords, one-time codes.

use std::sync::Arc;

use http::HeaderValue;
use http::header::{RETRY_AFTER, SET_COOKIE};
use lithair_auth::{AccountError, Accounts, Begun, shown_user};
use lithair_model::{Credential, Principal, Timestamp};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{AuthAction, Who, admin, cookie};
use crate::app::App;
use crate::body::Body;
use crate::extract::json;
use crate::rejection::{Fault, Problem, Rejection};
use crate::respond::Answer;
use crate::router::Verb;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Login {
    email: String,
    password: String,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Logout {
    #[serde(default)]
    everywhere: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Register {
    email: String,
    password: String,
    name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Change {
    former: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Address {
    email: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    token: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Token {
    token: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Password {
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Code {
    code: String,
}

/// Does what is asked, for whoever asks.
pub(super) async fn run(
    app: &App,
    action: AuthAction,
    body: &[u8],
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let accounts = app.auth.accounts.as_ref().ok_or_else(|| rejection(AccountError::NotOffered))?;
    // A page of another site shall not even log somebody in: as somebody else.
    if action.verb() == Verb::Post {
        cookie::of_this_site(who.head)?;
    }
    match action {
        AuthAction::Login => login(app, accounts, json::parse_object(body)?, who, now).await,
        AuthAction::Logout => logout(app, accounts, json::parse_object(body)?, who, now).await,
        AuthAction::Me => me(app, accounts, who.principal),
        AuthAction::Links => links(app, accounts, who.principal),
        AuthAction::Register => {
            let Register { email, password, name } = json::parse_object(body)?;
            told(accounts.register(&app.backend, &email, name, password, now).await.map(|()| accepted()))
        }
        AuthAction::Verify => {
            let Token { token } = json::parse_object(body)?;
            counted(app, who, now, accounts.verify_address(&*app.backend, &token, now)).await
        }
        AuthAction::AskForReset => {
            let Address { email } = json::parse_object(body)?;
            told(accounts.ask_for_reset(&app.backend, &email, now).await.map(|()| accepted()))
        }
        AuthAction::Reset => {
            let Reset { token, password } = json::parse_object(body)?;
            counted(app, who, now, accounts.reset(&*app.backend, &token, password, now)).await
        }
        AuthAction::Password => {
            let Change { former, password } = json::parse_object(body)?;
            let principal = in_session(who.principal)?;
            let changed = accounts.change_password(&*app.backend, principal, former, password, now).await;
            told(changed.map(|begun| with_session(Answer::empty(204), &begun)))
        }
        AuthAction::Enroll => {
            let Password { password } = json::parse_object(body)?;
            let enrolled = accounts.enroll(&*app.backend, in_session(who.principal)?, password, now).await;
            told(enrolled.map(|enrolled| answer(&json!({ "secret": enrolled.secret, "uri": enrolled.uri }))))
        }
        AuthAction::Confirm => {
            let Code { code } = json::parse_object(body)?;
            let codes = accounts.confirm_device(&*app.backend, in_session(who.principal)?, &code, now).await;
            told(codes.map(|codes| answer(&json!({ "recovery_codes": codes }))))
        }
        AuthAction::Remove => {
            let Password { password } = json::parse_object(body)?;
            let removed = accounts.remove_device(&*app.backend, in_session(who.principal)?, password, now).await;
            told(removed.map(|()| Answer::empty(204)))
        }
        AuthAction::Admin
        | AuthAction::BeginLogin(_)
        | AuthAction::FinishLogin(_)
        | AuthAction::Link(_)
        | AuthAction::Unlink(_) => unreachable!("was taken out before"),
    }
}

async fn login(
    app: &App,
    accounts: &Arc<Accounts>,
    login: Login,
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    if app.auth.failures.are_too_many(who.client, now) {
        return Err(rejection(AccountError::TooMany));
    }
    let Login { email, password, code } = login;
    let begun = accounts.login(&*app.backend, &email, password, code.as_deref(), now).await;
    if matches!(begun, Err(AccountError::Login | AccountError::Code)) {
        app.auth.failures.count(who.client, now);
    }
    let (user, begun) = begun.map_err(rejection)?;
    end_former(app, accounts, who, now).await?;
    Ok(with_session(answer(&shown_user(&user)), &begun))
}

/// Whose session it was before is over: it is not for two to share.
pub(super) async fn end_former(app: &App, accounts: &Accounts, who: Who<'_>, now: Timestamp) -> Result<(), Rejection> {
    match cookie::session(&who.head.headers) {
        Ok(Some(former)) => told(accounts.logout(&*app.backend, former, &Principal::Anonymous, false, now).await),
        _ => Ok(()),
    }
}

async fn logout(
    app: &App,
    accounts: &Arc<Accounts>,
    logout: Logout,
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let principal = in_session(who.principal)?;
    let id = cookie::session(&who.head.headers).ok().flatten().unwrap_or_default();
    told(accounts.logout(&*app.backend, id, principal, logout.everywhere, now).await)?;
    Ok(Answer::empty(204).header(SET_COOKIE, cookie::forget()))
}

/// Who asks, as the server knows them.
fn me(app: &App, accounts: &Accounts, principal: &Principal) -> Result<Answer, Rejection> {
    let mut user = told(accounts.of_principal(&*app.backend, in_session(principal)?).map(|user| shown_user(&user)))?;
    // Those that are granted too: what the user may do is what a page wants to know.
    user["roles"] = principal.identity().map_or_else(|| json!([]), |identity| json!(identity.roles()));
    Ok(answer(&user))
}

/// How the user can log in. A provider that is not in the settings any more is no way in, and has no name.
fn links(app: &App, accounts: &Accounts, principal: &Principal) -> Result<Answer, Rejection> {
    let links = told(accounts.links(&*app.backend, in_session(principal)?))?;
    let providers = app.auth.oidc.iter().flat_map(|oidc| oidc.providers());
    let name = |issuer: &str| providers.clone().find(|provider| provider.rules().issuer == issuer).map(|it| it.name());
    let link = |(issuer, at): &(String, Timestamp)| json!({ "provider": name(issuer), "issuer": issuer, "linked_at": at.to_string() });
    let items: Vec<Json> = links.issuers.iter().map(link).collect();
    Ok(answer(&json!({ "has_password": links.has_password, "items": items })))
}

/// Only a session is a user's own.
pub(super) fn in_session(principal: &Principal) -> Result<&Principal, Rejection> {
    match principal.identity() {
        Some(identity) if identity.credential() == Credential::Session => Ok(principal),
        _ => Err(Problem::NoSession.because("log in first: this is about your own account")),
    }
}

fn with_session(answer: Answer, begun: &Begun) -> Answer {
    answer.header(SET_COOKIE, cookie::keep(begun))
}

fn answer(json: &Json) -> Answer {
    Answer::json(200, json.to_string())
}

/// It will be done, or there is nothing to do: nobody is told which.
fn accepted() -> Answer {
    let text = json!({ "detail": "if the address can be used, a message to it says how to go on" });
    Answer::new(202, crate::extract::media::JSON, Body::Whole(text.to_string().into()))
}

pub(super) fn told<T>(outcome: Result<T, AccountError>) -> Result<T, Rejection> {
    outcome.map_err(rejection)
}

/// The same, where a token is guessed at. After too many guesses nothing is tried: whoever guessed on would have what they guessed.
async fn counted(
    app: &App,
    who: Who<'_>,
    now: Timestamp,
    attempt: impl Future<Output = Result<(), AccountError>>,
) -> Result<Answer, Rejection> {
    if app.auth.failures.are_too_many(who.client, now) {
        return Err(rejection(AccountError::TooMany));
    }
    let outcome = attempt.await;
    if matches!(outcome, Err(AccountError::Ticket)) {
        app.auth.failures.count(who.client, now);
    }
    told(outcome.map(|()| Answer::empty(204)))
}

pub(super) fn rejection(error: AccountError) -> Rejection {
    match error {
        AccountError::Login => Problem::LoginFailed.because("name and password do not fit"),
        AccountError::Code => {
            Problem::CodeRequired.because("send the six digits of the device as `code`, or one of the recovery codes")
        }
        AccountError::TooMany => super::too_many(),
        AccountError::Busy => Problem::Overloaded
            .because("too many passwords are being checked")
            .header(RETRY_AFTER, HeaderValue::from_static("1")),
        AccountError::Ticket => Problem::BadTicket.because("the token was not sent for this, was used, or is too old"),
        AccountError::Invalid(field, expected) => {
            let rejection = Problem::ValidationFailed.because(format!("/{field}: {expected}"));
            rejection.fault(Fault::pointer(format!("/{field}"), "invalid", expected))
        }
        AccountError::NoAccount => Problem::NoAccount.because("no account that may be used belongs to the login"),
        AccountError::Taken => Problem::LoginNotBegun.because("the login was finished before"),
        AccountError::Others => Problem::LinkedElsewhere.because("the login leads to another account"),
        AccountError::NotLinked => Problem::RecordNotFound.because("the account is not linked to the provider"),
        AccountError::LastWay => Problem::LastWayIn.because("without it nobody could log in to the account any more"),
        AccountError::NotOffered => Problem::NoSuchPath.because("this server does not offer it"),
        AccountError::Store(error) => admin::stored(error),
    }
}
