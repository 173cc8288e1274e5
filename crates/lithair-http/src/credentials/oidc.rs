//! `GET /_lithair/auth/oidc/{provider}`, and `../callback`: a browser logs in at a provider and comes back with a session, or with a login that is
//! linked to the account whose session it has.

use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use lithair_auth::oidc::{LoginError, Oidc, Provider, Returned};
use lithair_auth::{AccountError, Accounts, Refused};
use lithair_model::{Identity, Principal, Timestamp};
use serde::Deserialize;
use serde_json::json;

use super::{Who, accounts};
use crate::answer::Answer;
use crate::app::App;
use crate::auth::{Auth, cookie, too_many};
use crate::extract::json;
use crate::extract::parameters::{Parameters, invalid};
use crate::rejection::{Problem, Rejection};

/// Sends the browser to the provider.
///
/// Whoever asks: a page of another site may send a browser here, too, and then somebody logs in as who they are at the provider, or not at all. What it
/// cannot do is to log them in as somebody else, for what comes back has to fit what the browser keeps.
pub(super) async fn begin(
    app: &App,
    place: usize,
    parameters: &Parameters,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let (oidc, provider) = of(&app.auth, place)?;
    let return_to = parameters.value("return_to").unwrap_or(provider.return_to());
    if !provider.returns_to(return_to) {
        return Err(invalid("return_to", &expected_return(provider)));
    }
    let begun = oidc.begin(provider, return_to, None, now).await.map_err(|error| refused(&app.auth, error))?;
    Ok(sent_to(&begun.location).header(SET_COOKIE, cookie::keep_login(&begun.cookie)))
}

fn expected_return(provider: &Provider) -> String {
    format!("expected a path of this server below {}", provider.rules().return_to.join(", "))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    password: Option<String>,
    return_to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

/// Says where the browser goes to link a login to the account of the session.
///
/// Unlike a login it is no link on a page: whoever sent a user's browser here, logged in at the provider as themselves, would have a way into the
/// account. So it is asked for as whatever may change something in a session, by a page of this site, and with the password.
pub(super) async fn link(
    app: &App,
    place: usize,
    body: &[u8],
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let (oidc, provider) = of(&app.auth, place)?;
    let accounts = accounts_of(app)?;
    let principal = accounts::in_session(who.principal)?;
    let Wanted { password, return_to } = json::parse_object(body)?;
    let return_to = return_to.as_deref().unwrap_or(provider.return_to());
    if !provider.returns_to(return_to) {
        return Err(accounts::rejection(AccountError::Invalid("return_to", expected_return(provider))));
    }
    accounts::told(accounts.may_link(&*app.backend, principal, password, now).await)?;
    let begun = oidc.begin(provider, return_to, session_of(principal), now).await;
    let begun = begun.map_err(|error| refused(&app.auth, error))?;
    let answer = Answer::json(200, json!({ "location": begun.location }).to_string());
    Ok(answer.header(SET_COOKIE, cookie::keep_login(&begun.cookie)))
}

/// The provider does not lead to the account of the session any more.
pub(super) async fn unlink(
    app: &App,
    place: usize,
    body: &[u8],
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let Nothing {} = json::parse_object(body)?;
    let (oidc, provider) = of(&app.auth, place)?;
    let (accounts, principal) = (accounts_of(app)?, accounts::in_session(who.principal)?);
    let offered: Vec<&str> = oidc.providers().iter().map(|provider| provider.rules().issuer.as_str()).collect();
    let issuer = &provider.rules().issuer;
    accounts::told(accounts.unlink(&*app.backend, principal, issuer, &offered, now).await)?;
    Ok(Answer::empty(204))
}

/// Takes the browser back: if it is the one that was sent, and the provider says who they are, it has a session from now on.
pub(super) async fn finish(
    app: &App,
    place: usize,
    parameters: &Parameters,
    who: Who<'_>,
    now: Timestamp,
) -> Result<Answer, Rejection> {
    let (oidc, provider) = of(&app.auth, place)?;
    if app.auth.failures.are_too_many(who.client, now) {
        app.auth.count(Refused::TooMany);
        return Err(too_many());
    }
    let kept = begun_login(&who.head.headers).map_err(|error| refused(&app.auth, error))?;
    let accounts = accounts_of(app)?;
    let principal = shown(app, accounts, &who.head.headers, now).await;
    let finished = oidc.finish(provider, kept, &returned(parameters), session_of(&principal), now).await;
    let login = finished.map_err(|error| {
        if is_a_guess(&error) {
            app.auth.failures.count(who.client, now);
        }
        refused(&app.auth, error)
    })?;
    let over = |error: AccountError| {
        match error {
            AccountError::Taken => app.auth.count(Refused::NotBegun),
            AccountError::NoAccount => app.auth.count(Refused::NoAccount),
            _ => {}
        }
        accounts::rejection(error).header(SET_COOKIE, cookie::forget_login())
    };
    if login.is_link {
        accounts.link_proven(&*app.backend, &principal, &login, now).await.map_err(over)?;
        return Ok(sent_to(&login.return_to).header(SET_COOKIE, cookie::forget_login()));
    }
    let (_, begun) = accounts.login_proven(&*app.backend, provider.rules(), &login, now).await.map_err(over)?;
    accounts::end_former(app, accounts, who, now).await?;
    let answer = sent_to(&login.return_to).header(SET_COOKIE, cookie::keep(&begun));
    Ok(answer.also(SET_COOKIE, cookie::forget_login()))
}

fn of(auth: &Auth, place: usize) -> Result<(&Oidc, &Provider), Rejection> {
    let oidc = auth.oidc.as_ref();
    let found = oidc.and_then(|oidc| Some((&**oidc, &**oidc.providers().get(place)?)));
    found.ok_or_else(|| accounts::rejection(AccountError::NotOffered))
}

fn accounts_of(app: &App) -> Result<&Accounts, Rejection> {
    app.auth.accounts.as_deref().ok_or_else(|| accounts::rejection(AccountError::NotOffered))
}

/// Whose session the browser has; nobody's, if it has none that is good. It comes back as a stranger does, whose session may be over.
async fn shown(app: &App, accounts: &Accounts, headers: &HeaderMap, now: Timestamp) -> Principal {
    let Ok(Some(id)) = cookie::session(headers) else { return Principal::Anonymous };
    accounts.verify_session(&*app.backend, id, now).await.unwrap_or(Principal::Anonymous)
}

/// What a session is known by here, which is in no browser.
fn session_of(principal: &Principal) -> Option<&str> {
    principal.identity().and_then(Identity::credential_id)
}

/// What the browser keeps of the login that it has begun. Of two, one is somebody else's doing.
fn begun_login(headers: &HeaderMap) -> Result<&str, LoginError> {
    cookie::login(headers).ok().flatten().ok_or(LoginError::NotBegun)
}

fn returned(parameters: &Parameters) -> Returned {
    let text = |name: &str| parameters.value(name).map(str::to_owned);
    Returned { state: text("state"), code: text("code"), issuer: text("iss"), error: text("error") }
}

fn sent_to(location: &str) -> Answer {
    let location = HeaderValue::try_from(location).expect("an address was checked, letter by letter");
    Answer::empty(303).header(LOCATION, location).header(CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

/// Whether somebody may have tried what they do not know: a code, or a token.
const fn is_a_guess(error: &LoginError) -> bool {
    matches!(error, LoginError::Denied(_) | LoginError::Refused(_))
}

/// Why there is no login. The browser forgets what it has begun, unless that may be another login than this, or has not been looked at.
fn refused(auth: &Auth, error: LoginError) -> Rejection {
    if let Some(reason) = error.reason() {
        auth.count(reason);
    }
    let rejection = match error {
        LoginError::NotBegun => {
            return Problem::LoginNotBegun
                .because("begin the login here, in this browser, and finish it within ten minutes");
        }
        LoginError::Busy => return Problem::Overloaded.because("too many logins are under way"),
        LoginError::Denied(word) => Problem::ProviderDenied.because(format!("the provider says: {word}")),
        LoginError::Refused(_) => Problem::ProviderRefused.because("what the provider says does not hold here"),
        LoginError::Unavailable => {
            Problem::ProviderUnavailable.because("the provider does not answer as it should; try again later")
        }
    };
    rejection.header(SET_COOKIE, cookie::forget_login())
}
