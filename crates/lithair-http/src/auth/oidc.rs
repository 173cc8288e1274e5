//! `GET /_lithair/auth/oidc/{provider}`, and `../callback`: a browser logs in at a provider and comes back with a session.

use http::header::{CACHE_CONTROL, LOCATION, SET_COOKIE};
use http::{HeaderMap, HeaderValue};
use lithair_auth::oidc::{LoginError, Oidc, Provider, Returned};
use lithair_auth::{AccountError, Refused};
use lithair_model::Timestamp;

use super::{Auth, Who, accounts, cookie, too_many};
use crate::app::App;
use crate::extract::parameters::{Parameters, invalid};
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

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
        let expected = format!("expected a path of this server below {}", provider.rules().return_to.join(", "));
        return Err(invalid("return_to", &expected));
    }
    let begun = oidc.begin(provider, return_to, now).await.map_err(|error| refused(&app.auth, error))?;
    Ok(sent_to(&begun.location).header(SET_COOKIE, cookie::keep_login(&begun.cookie)))
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
    let finished = oidc.finish(provider, kept, &returned(parameters), now).await;
    let login = finished.map_err(|error| {
        if is_a_guess(&error) {
            app.auth.failures.count(who.client, now);
        }
        refused(&app.auth, error)
    })?;
    let accounts = app.auth.accounts.as_ref().ok_or_else(|| accounts::rejection(AccountError::NotOffered))?;
    let logged_in = accounts.login_proven(&*app.backend, provider.rules(), &login, now).await;
    let (_, begun) = logged_in.map_err(|error| {
        match error {
            AccountError::Taken => app.auth.count(Refused::NotBegun),
            AccountError::NoAccount => app.auth.count(Refused::NoAccount),
            _ => {}
        }
        accounts::rejection(error).header(SET_COOKIE, cookie::forget_login())
    })?;
    accounts::end_former(app, accounts, who, now).await?;
    let answer = sent_to(&login.return_to).header(SET_COOKIE, cookie::keep(&begun));
    Ok(answer.also(SET_COOKIE, cookie::forget_login()))
}

fn of(auth: &Auth, place: usize) -> Result<(&Oidc, &Provider), Rejection> {
    let oidc = auth.oidc.as_ref();
    let found = oidc.and_then(|oidc| Some((&**oidc, &**oidc.providers().get(place)?)));
    found.ok_or_else(|| accounts::rejection(AccountError::NotOffered))
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
