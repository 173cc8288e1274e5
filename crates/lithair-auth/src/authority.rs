//! Nobody gives what they lack: what administrators may hand on over HTTP.
//!
//! Whoever has the data directory - the command line, by way of [`Principal::System`] - is not held to it.

use lithair_model::{Catalog, Credential, Principal, READ, WRITE};

use crate::admin::{ADMIN, AdminError};
use crate::api_key::NewApiKey;

/// What somebody may hand on.
#[derive(Clone, Copy)]
pub(crate) struct Authority<'a> {
    catalog: &'a Catalog,
    by: &'a Principal,
}

impl<'a> Authority<'a> {
    pub(crate) const fn new(catalog: &'a Catalog, by: &'a Principal) -> Self {
        Self { catalog, by }
    }

    /// Refuses to give or take roles that whoever asks has not, by itself or by one above it.
    pub(crate) fn has_roles<'r>(&self, roles: impl IntoIterator<Item = &'r String>) -> Result<(), AdminError> {
        let lacks = |role: &&String| !self.by.is_system() && !self.catalog.roles.has(self.by, role);
        match roles.into_iter().find(lacks) {
            Some(role) => Err(AdminError::Forbidden(format!(
                "you have not the role {role:?}: nobody gives or takes what they lack"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses uses of a key that whoever makes it has not. `read`, `write` and `admin` are the words of keys, which are all that a key is held
    /// to; other words mean what policies make of them, for everybody.
    pub(crate) fn has_scopes(&self, scopes: &[String]) -> Result<(), AdminError> {
        let lacks = |scope: &&String| !self.by.is_system() && !self.has_scope(scope);
        match scopes.iter().find(lacks) {
            Some(scope) => Err(AdminError::Forbidden(format!(
                "your credential has not the scope {scope:?}: nobody gives what they lack"
            ))),
            None => Ok(()),
        }
    }

    /// Refuses to make somebody a user, to hand one on, or to give one a role, with a credential that is for less: the session of a user is for
    /// everything, so whoever had them could do through them what the credential is not for.
    pub(crate) fn has_every_scope(&self) -> Result<(), AdminError> {
        let words = [READ, WRITE, ADMIN].map(str::to_owned).into_iter();
        self.has_scopes(&words.chain(self.catalog.known_scopes()).collect::<Vec<_>>())
    }

    /// Refuses to give a role with a key that is for less than it: nobody else is held to the words of keys.
    pub(crate) fn is_for_whole_roles(&self) -> Result<(), AdminError> {
        if self.is_key() { self.has_scopes(&NewApiKey::SCOPES.map(str::to_owned)) } else { Ok(()) }
    }

    fn is_key(&self) -> bool {
        self.by.identity().is_some_and(|identity| identity.credential() == Credential::ApiKey)
    }

    fn has_scope(&self, scope: &str) -> bool {
        let (word, collection) = scope.split_once(':').unwrap_or((scope, ""));
        let is_word_of_keys = scope == ADMIN || [READ, WRITE].contains(&word);
        match is_word_of_keys {
            // All of a collection is part of all of them.
            true if self.is_key() => self.by.has_scope(scope) || !collection.is_empty() && self.by.has_scope(word),
            true if !self.catalog.asks_for_scope(scope) => true,
            _ => self.by.has_scope(scope),
        }
    }

    /// The tenant of what is made: the one that is named, and nothing said is that of whoever asks.
    pub(crate) fn tenant(&self, named: Option<String>) -> Result<Option<String>, AdminError> {
        let tenant = named.or_else(|| self.by.tenant().map(str::to_owned));
        self.is_over(tenant.as_deref()).map(|()| tenant)
    }

    /// Refuses what is not of the tenant that whoever asks administers: those of a tenant administer no other, and not all of them.
    pub(crate) fn is_over(&self, tenant: Option<&str>) -> Result<(), AdminError> {
        match self.by.tenant() {
            Some(own) if tenant != Some(own) => {
                Err(AdminError::Forbidden(format!("you administer the tenant {own:?} alone")))
            }
            _ => Ok(()),
        }
    }

    /// Whether what is of a tenant is shown to whoever asks.
    pub(crate) fn sees(&self, tenant: Option<&str>) -> bool {
        self.is_over(tenant).is_ok()
    }

    /// Whether this is whoever asks; `makers` made the key by which they ask.
    pub(crate) fn is_self(&self, subject: &str, makers: &[String]) -> bool {
        let id = |actor: &'_ str| actor.split_once(':').map(|(_, id)| id.to_owned());
        // A key that acts for somebody is them, too.
        let is_subject = id(subject).is_some_and(|id| self.by.subject() == Some(&id));
        let is_maker = makers.iter().any(|maker| id(maker) == id(subject));
        !self.by.is_system() && (self.by.actor() == Some(subject) || is_subject || is_maker)
    }

    /// Refuses a key that would act for somebody else: what they own would be its maker's.
    pub(crate) fn acts_for(&self, subject: Option<&str>) -> Result<(), AdminError> {
        if self.by.is_system() || subject.is_none() || subject == self.by.subject() {
            return Ok(());
        }
        let detail =
            "a key that is made over HTTP acts for itself, or for whoever makes it; the command line makes others";
        Err(AdminError::Forbidden(detail.to_owned()))
    }
}
