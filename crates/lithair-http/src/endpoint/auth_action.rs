//! What may be asked about credentials, with the paths it has.

use lithair_auth::is_user_model;
use lithair_model::Catalog;

use super::Verb;

/// What is asked of the server about credentials themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthAction {
    /// What administrators do: [`lithair_auth::AdminRequest`].
    Admin,
    Login,
    Logout,
    Me,
    Register,
    Verify,
    AskForReset,
    Reset,
    Password,
    Enroll,
    Confirm,
    Remove,
    /// The ways in that the user has.
    Links,
    /// Sends a browser to log in at a provider: its place in the settings.
    BeginLogin(usize),
    /// Takes the browser back from there.
    FinishLogin(usize),
    /// Says where the browser goes to link a login at a provider to the account of the session.
    Link(usize),
    /// The provider does not lead to the account any more.
    Unlink(usize),
}

use AuthAction::{
    Admin, AskForReset, BeginLogin, Confirm, Enroll, FinishLogin, Link, Links, Login, Logout, Me, Password, Register,
    Remove, Reset, Unlink, Verify,
};

/// Each with its path below the prefix of tools, and its method.
const PATHS: [(AuthAction, &str, Verb); 13] = [
    (Admin, "admin", Verb::Post),
    (Login, "auth/login", Verb::Post),
    (Logout, "auth/logout", Verb::Post),
    (Me, "auth/me", Verb::Get),
    (Register, "auth/register", Verb::Post),
    (Verify, "auth/verify", Verb::Post),
    (AskForReset, "auth/ask-for-reset", Verb::Post),
    (Reset, "auth/reset", Verb::Post),
    (Password, "auth/password", Verb::Post),
    (Enroll, "auth/totp", Verb::Post),
    (Confirm, "auth/totp/confirm", Verb::Post),
    (Remove, "auth/totp/remove", Verb::Post),
    (Links, "auth/links", Verb::Get),
];

/// An action at the provider at a place.
type OfProvider = fn(usize) -> AuthAction;

/// What there is of each provider, with what stands behind its name.
const OF_PROVIDERS: [(OfProvider, &str); 4] =
    [(BeginLogin, ""), (FinishLogin, "/callback"), (Link, "/link"), (Unlink, "/unlink")];

impl AuthAction {
    /// Those that a server with these models has, with path and method: accounts only where there are users.
    pub(crate) fn of(catalog: &Catalog) -> impl Iterator<Item = (Self, &'static str, Verb)> {
        let has_users = has_users(catalog);
        PATHS.into_iter().filter(move |(action, ..)| has_users || matches!(action, Admin | Logout))
    }

    /// Those of the providers with these names, with paths.
    pub(crate) fn of_providers(providers: &[String]) -> impl Iterator<Item = (Self, String)> {
        providers.iter().enumerate().flat_map(|(place, name)| {
            OF_PROVIDERS.iter().map(move |(action, rest)| (action(place), format!("auth/oidc/{name}{rest}")))
        })
    }

    /// The one at a path.
    pub(crate) fn at(path: &str, catalog: &Catalog, providers: &[String]) -> Option<Self> {
        if let Some(rest) = path.strip_prefix("auth/oidc/") {
            let (name, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let place = providers.iter().position(|other| other == name)?;
            return OF_PROVIDERS.iter().find(|(_, other)| *other == rest).map(|(action, _)| action(place));
        }
        Self::of(catalog).find(|(_, other, _)| *other == path).map(|(action, ..)| action)
    }

    /// Whether it is for those who have no credential, or one that is not good any more.
    pub(crate) const fn is_for_strangers(self) -> bool {
        matches!(self, Login | Register | Verify | AskForReset | Reset | BeginLogin(_) | FinishLogin(_))
    }

    /// Whether a browser comes with it because it was sent there. It is nothing that can be asked about without being done.
    pub(crate) const fn is_navigation(self) -> bool {
        matches!(self, BeginLogin(_) | FinishLogin(_))
    }

    /// The method of its path.
    pub(crate) fn verb(self) -> Verb {
        if self.is_navigation() {
            return Verb::Get;
        }
        PATHS.iter().find(|(action, ..)| *action == self).map_or(Verb::Post, |&(_, _, verb)| verb)
    }
}

/// Whether users are among the models: the server's own, not an application's of the same name.
fn has_users(catalog: &Catalog) -> bool {
    catalog.models.iter().any(|model| is_user_model(model.schema))
}
