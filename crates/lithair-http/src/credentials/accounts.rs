//! `/_lithair/auth/..`: logging in and out, passwords, one-time codes.

use std::sync::Arc;

use http::HeaderValue;
use http::header::{RETRY_AFTER, SET_COOKIE};
use lithair_auth::{AccountError, Accounts, Begun, shown_user};
use lithair_model::{Backend, Credential, Principal, Timestamp};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{Who, admin};
use crate::answer::Answer;
use crate::app::App;
use crate::auth::{cookie, too_many};
use crate::body::Body;
use crate::endpoint::{AuthAction, Verb};
use crate::extract::json;
use crate::media::JSON;
use crate::rejection::{Fault, Problem, Rejection};

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
    let asked = Asked { app, accounts, body, who, now };
    match action {
        AuthAction::Login => asked.login().await,
        AuthAction::Logout => asked.logout().await,
        AuthAction::Me => asked.me(),
        AuthAction::Links => asked.links(),
        AuthAction::Register => asked.register().await,
        AuthAction::Verify => asked.verify_address().await,
        AuthAction::AskForReset => asked.ask_for_reset().await,
        AuthAction::Reset => asked.reset().await,
        AuthAction::Password => asked.change_password().await,
        AuthAction::Enroll => asked.enroll_device().await,
        AuthAction::Confirm => asked.confirm_device().await,
        AuthAction::Remove => asked.remove_device().await,
        AuthAction::Admin
        | AuthAction::BeginLogin(_)
        | AuthAction::FinishLogin(_)
        | AuthAction::Link(_)
        | AuthAction::Unlink(_) => unreachable!("was taken out before"),
    }
}

/// What somebody asks of an account.
struct Asked<'a> {
    app: &'a App,
    accounts: &'a Arc<Accounts>,
    body: &'a [u8],
    who: Who<'a>,
    now: Timestamp,
}

impl<'a> Asked<'a> {
    fn body<T: Deserialize<'a>>(&self) -> Result<T, Rejection> {
        json::parse_object(self.body)
    }

    fn backend(&self) -> &'a dyn Backend {
        &*self.app.backend
    }

    /// The user whose session asks.
    fn user(&self) -> Result<&'a Principal, Rejection> {
        in_session(self.who.principal)
    }

    async fn login(&self) -> Result<Answer, Rejection> {
        let Login { email, password, code } = self.body()?;
        let failures = &self.app.auth.failures;
        // Counted before it is tried: a password takes a while to compare, and meanwhile others come.
        if !failures.take(self.who.client, self.now) {
            return Err(rejection(AccountError::TooMany));
        }
        let begun = self.accounts.login(self.backend(), &email, password, code.as_deref(), self.now).await;
        if !matches!(begun, Err(AccountError::Login | AccountError::Code)) {
            failures.give_back(self.who.client, self.now);
        }
        let (user, begun) = begun.map_err(rejection)?;
        end_former(self.app, self.accounts, self.who, self.now).await?;
        Ok(with_session(answer(&shown_user(&user)), &begun))
    }

    async fn logout(&self) -> Result<Answer, Rejection> {
        let Logout { everywhere } = self.body()?;
        let user = self.user()?;
        let id = cookie::session(&self.who.head.headers).ok().flatten().unwrap_or_default();
        told(self.accounts.logout(self.backend(), id, user, everywhere, self.now).await)?;
        Ok(Answer::empty(204).header(SET_COOKIE, cookie::forget()))
    }

    /// Who asks, as the server knows them.
    fn me(&self) -> Result<Answer, Rejection> {
        let principal = self.user()?;
        let mut user = told(self.accounts.of_principal(self.backend(), principal).map(|user| shown_user(&user)))?;
        // Those that are granted too: what the user may do is what a page wants to know.
        user["roles"] = principal.identity().map_or_else(|| json!([]), |identity| json!(identity.roles()));
        Ok(answer(&user))
    }

    /// How the user can log in. A provider that is not in the settings any more is no way in, and has no name.
    fn links(&self) -> Result<Answer, Rejection> {
        let links = told(self.accounts.links(self.backend(), self.user()?))?;
        let providers = self.app.auth.oidc.iter().flat_map(|oidc| oidc.providers());
        let name =
            |issuer: &str| providers.clone().find(|provider| provider.rules().issuer == issuer).map(|it| it.name());
        let link = |(issuer, at): &(String, Timestamp)| json!({ "provider": name(issuer), "issuer": issuer, "linked_at": at.to_string() });
        let items: Vec<Json> = links.issuers.iter().map(link).collect();
        Ok(answer(&json!({ "has_password": links.has_password, "items": items })))
    }

    async fn register(&self) -> Result<Answer, Rejection> {
        let Register { email, password, name } = self.body()?;
        let registered = self.accounts.register(&self.app.backend, &email, name, password, self.now).await;
        told(registered.map(|()| accepted()))
    }

    async fn verify_address(&self) -> Result<Answer, Rejection> {
        let Token { token } = self.body()?;
        self.counted(self.accounts.verify_address(self.backend(), &token, self.now)).await
    }

    async fn ask_for_reset(&self) -> Result<Answer, Rejection> {
        let Address { email } = self.body()?;
        told(self.accounts.ask_for_reset(&self.app.backend, &email, self.now).await.map(|()| accepted()))
    }

    async fn reset(&self) -> Result<Answer, Rejection> {
        let Reset { token, password } = self.body()?;
        self.counted(self.accounts.reset(self.backend(), &token, password, self.now)).await
    }

    async fn change_password(&self) -> Result<Answer, Rejection> {
        let Change { former, password } = self.body()?;
        let changed = self.accounts.change_password(self.backend(), self.user()?, former, password, self.now).await;
        told(changed.map(|begun| with_session(Answer::empty(204), &begun)))
    }

    async fn enroll_device(&self) -> Result<Answer, Rejection> {
        let Password { password } = self.body()?;
        let enrolled = self.accounts.enroll(self.backend(), self.user()?, password, self.now).await;
        told(enrolled.map(|enrolled| answer(&json!({ "secret": enrolled.secret, "uri": enrolled.uri }))))
    }

    async fn confirm_device(&self) -> Result<Answer, Rejection> {
        let Code { code } = self.body()?;
        let codes = self.accounts.confirm_device(self.backend(), self.user()?, &code, self.now).await;
        told(codes.map(|codes| answer(&json!({ "recovery_codes": codes }))))
    }

    async fn remove_device(&self) -> Result<Answer, Rejection> {
        let Password { password } = self.body()?;
        let removed = self.accounts.remove_device(self.backend(), self.user()?, password, self.now).await;
        told(removed.map(|()| Answer::empty(204)))
    }

    /// Tries what a token is guessed at for. After too many guesses nothing is tried: whoever guessed on would have what they guessed.
    async fn counted(&self, attempt: impl Future<Output = Result<(), AccountError>>) -> Result<Answer, Rejection> {
        let failures = &self.app.auth.failures;
        if failures.are_too_many(self.who.client, self.now) {
            return Err(rejection(AccountError::TooMany));
        }
        let outcome = attempt.await;
        if matches!(outcome, Err(AccountError::Ticket)) {
            failures.count(self.who.client, self.now);
        }
        told(outcome.map(|()| Answer::empty(204)))
    }
}

/// Whose session it was before is over: it is not for two to share.
pub(super) async fn end_former(app: &App, accounts: &Accounts, who: Who<'_>, now: Timestamp) -> Result<(), Rejection> {
    match cookie::session(&who.head.headers) {
        Ok(Some(former)) => told(accounts.logout(&*app.backend, former, &Principal::Anonymous, false, now).await),
        _ => Ok(()),
    }
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
    Answer::new(202, JSON, Body::Whole(text.to_string().into()))
}

pub(super) fn told<T>(outcome: Result<T, AccountError>) -> Result<T, Rejection> {
    outcome.map_err(rejection)
}

pub(super) fn rejection(error: AccountError) -> Rejection {
    match error {
        AccountError::Login => Problem::LoginFailed.because("name and password do not fit"),
        AccountError::Code => {
            Problem::CodeRequired.because("send the six digits of the device as `code`, or one of the recovery codes")
        }
        AccountError::TooMany => too_many(),
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
