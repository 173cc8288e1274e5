//! Who asks: what a request, a command, a hook and a permission know of their caller.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::Timestamp;

/// Who asks. Cheap to clone.
///
/// Made by whoever checked the credential, and by nobody else: what is in it is true.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Principal {
    /// Nobody in particular.
    #[default]
    Anonymous,
    /// The program itself: its own code, or a part of the server.
    System(System),
    /// Somebody whose credential was checked.
    Known(Arc<Identity>),
}

/// What of the program acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum System {
    /// The application's own code: a transaction from Rust.
    Code,
    /// A hook that runs after a change.
    Hook,
    /// The outbox, which keeps how far hooks are.
    Outbox,
    /// Code that runs because it is time.
    Schedule,
    /// What folds the log into projections.
    Projection,
    /// What removes deleted records once their time is over.
    Purge,
    /// A command of the program's command line, on a data directory.
    CommandLine,
    /// What manages accounts, sessions and keys.
    Accounts,
}

/// By what kind of credential somebody is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Credential {
    /// A signed token of an issuer that the server trusts.
    Token,
    /// An API key of this server.
    ApiKey,
    /// A session of one of the server's users.
    Session,
}

/// Somebody whose credential was checked, and what the credential says of them.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    actor: Box<str>,
    subject: Box<str>,
    credential: Credential,
    credential_id: Option<Box<str>>,
    expires: Option<Timestamp>,
    tenant: Option<Box<str>>,
    roles: BTreeSet<String>,
    scopes: Scopes,
    claims: Map<String, Json>,
}

/// What a credential may be used for, whatever its holder may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scopes {
    /// Everything that its holder may do: a session of a person.
    All,
    /// These and nothing else.
    Only(BTreeSet<String>),
}

impl Principal {
    /// What entries of the log say of who asked; none for the anonymous. Stable: the same caller has the same text for ever.
    ///
    /// `user:<id>`, `key:<id>`, `token:<subject>`, `system:<part>`: what stands before the colon is the server's word, so nobody's subject
    /// makes them another.
    pub fn actor(&self) -> Option<&str> {
        match self {
            Self::Anonymous => None,
            Self::System(part) => Some(part.actor()),
            Self::Known(identity) => Some(&identity.actor),
        }
    }

    /// Whether nobody is known to ask.
    pub const fn is_anonymous(&self) -> bool {
        matches!(self, Self::Anonymous)
    }

    /// Whether the program itself asks.
    pub const fn is_system(&self) -> bool {
        matches!(self, Self::System(_))
    }

    /// What is known of somebody whose credential was checked.
    pub fn identity(&self) -> Option<&Identity> {
        match self {
            Self::Known(identity) => Some(identity),
            Self::Anonymous | Self::System(_) => None,
        }
    }

    /// Whose records these are: the identifier of a person or a machine.
    pub fn subject(&self) -> Option<&str> {
        self.identity().map(Identity::subject)
    }

    /// The tenant, if the credential is for one.
    pub fn tenant(&self) -> Option<&str> {
        self.identity().and_then(Identity::tenant)
    }

    /// Whether the credential, or a grant, gives this role itself; a hierarchy of roles is not asked.
    pub fn has_role(&self, role: &str) -> bool {
        self.identity().is_some_and(|identity| identity.roles.contains(role))
    }

    /// Whether the credential may be used for this. The anonymous have no scope; the program itself has every one.
    pub fn has_scope(&self, scope: &str) -> bool {
        match self {
            Self::Anonymous => false,
            Self::System(_) => true,
            Self::Known(identity) => identity.scopes.allow(scope),
        }
    }

    /// A claim of the credential, for policies: `actor.department`.
    pub fn claim(&self, name: &str) -> Option<&Json> {
        self.identity().and_then(|identity| identity.claims.get(name))
    }
}

impl From<Identity> for Principal {
    fn from(identity: Identity) -> Self {
        Self::Known(Arc::new(identity))
    }
}

impl System {
    /// What entries of the log say.
    pub const fn actor(self) -> &'static str {
        match self {
            Self::Code => "system:code",
            Self::Hook => "system:hook",
            Self::Outbox => "system:outbox",
            Self::Schedule => "system:schedule",
            Self::Purge => "system:purge",
            Self::Projection => "system:projection",
            Self::CommandLine => "system:command-line",
            Self::Accounts => "system:accounts",
        }
    }
}

impl Scopes {
    /// Whether this is one of them.
    pub fn allow(&self, scope: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.contains(scope),
        }
    }
}

impl Credential {
    /// What the actor's text begins with.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::ApiKey => "key",
            Self::Session => "user",
        }
    }
}

impl Identity {
    /// Somebody with this subject, who has no role, no scope and no tenant.
    pub fn new(credential: Credential, subject: &str) -> Self {
        Self {
            actor: format!("{}:{subject}", credential.prefix()).into(),
            subject: subject.into(),
            credential,
            credential_id: None,
            expires: None,
            tenant: None,
            roles: BTreeSet::new(),
            scopes: Scopes::Only(BTreeSet::new()),
            claims: Map::new(),
        }
    }

    /// Known by this token, key or session: what is revoked. A key is its own actor, for whomever it acts.
    #[must_use]
    pub fn with_credential_id(mut self, id: &str) -> Self {
        if self.credential == Credential::ApiKey {
            self.actor = format!("{}:{id}", self.credential.prefix()).into();
        }
        self.credential_id = Some(id.into());
        self
    }

    /// Known until then, and not any more at it.
    #[must_use]
    pub fn until(mut self, expires: Timestamp) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Of this tenant.
    #[must_use]
    pub fn of_tenant(mut self, tenant: &str) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// With these roles too.
    #[must_use]
    pub fn with_roles(mut self, roles: impl IntoIterator<Item = String>) -> Self {
        self.roles.extend(roles);
        self
    }

    /// With none of the roles from before.
    #[must_use]
    pub fn without_roles(mut self) -> Self {
        self.roles.clear();
        self
    }

    /// For these uses.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// With these claims, instead of those from before.
    #[must_use]
    pub fn with_claims(mut self, claims: Map<String, Json>) -> Self {
        self.claims = claims;
        self
    }

    /// Whose records these are.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// By what kind of credential they are known.
    pub const fn credential(&self) -> Credential {
        self.credential
    }

    /// Which token, key or session it is.
    pub fn credential_id(&self) -> Option<&str> {
        self.credential_id.as_deref()
    }

    /// When the credential ends. A stream that is open then is closed.
    pub const fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The tenant, if there is one.
    pub fn tenant(&self) -> Option<&str> {
        self.tenant.as_deref()
    }

    /// The roles that the credential or the store gives, in the order of their names.
    pub const fn roles(&self) -> &BTreeSet<String> {
        &self.roles
    }

    /// What the credential may be used for.
    pub const fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// What policies may read.
    pub const fn claims(&self) -> &Map<String, Json> {
        &self.claims
    }
}

/// Claims are left out: they are about a person, and this is what ends up in logs.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("actor", &self.actor)
            .field("tenant", &self.tenant)
            .field("roles", &self.roles)
            .field("scopes", &self.scopes)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_becomes_another_actor_by_the_subject_of_a_token() {
        let token = Identity::new(Credential::Token, "user:1");
        let user = Identity::new(Credential::Session, "1");
        assert_eq!(Principal::from(token).actor(), Some("token:user:1"));
        assert_eq!(Principal::from(user).actor(), Some("user:1"));
        assert_eq!(Principal::Anonymous.actor(), None);
    }

    #[test]
    fn a_key_is_its_own_actor_and_acts_for_its_subject() {
        let key = Principal::from(Identity::new(Credential::ApiKey, "alice").with_credential_id("k1"));
        assert_eq!((key.actor(), key.subject()), (Some("key:k1"), Some("alice")));
    }

    #[test]
    fn the_anonymous_have_nothing_and_the_program_has_every_scope() {
        let nobody = Principal::Anonymous;
        assert!(!nobody.has_role("Admin") && !nobody.has_scope("read") && nobody.claim("sub").is_none());
        assert!(Principal::System(System::Code).has_scope("read"));
        let known = Identity::new(Credential::Token, "a").with_roles(["Admin".to_owned()]);
        let known = Principal::from(known);
        assert!(known.has_role("Admin") && !known.has_role("admin") && !known.has_scope("read"));
    }

    #[test]
    fn somebody_is_known_until_the_credential_ends() {
        let known = Identity::new(Credential::Session, "a");
        assert_eq!(known.expires(), None);
        let end = Timestamp::from_micros(7);
        assert_eq!(known.until(end).expires(), Some(end));
    }

    #[test]
    fn claims_are_not_in_what_is_written_for_debugging() {
        let claims = serde_json::json!({ "email": "canary@example.org" });
        let claims = claims.as_object().expect("an object").clone();
        let known = Principal::from(Identity::new(Credential::Token, "a").with_claims(claims));
        let shown = format!("{known:?}");
        assert!(shown.contains("token:a") && !shown.contains("canary"), "{shown}");
        assert_eq!(known.claim("email"), Some(&"canary@example.org".into()));
    }
}
