//! Users who log in through a provider: whom it knows, and who they are here.

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::{Backend, FieldType as _, Timestamp, Value};

use super::registration::{NewUser, secret_of, unnamed};
use super::rules::{UNKNOWN_DOMAIN, named};
use super::{AccountError, Accounts};
use crate::base64;
use crate::oidc::{FinishedLogin, Proven, ProviderRules};
use crate::records::{ProviderLogin, Ticket, UserSecret};
use crate::session::{Begun, SYSTEM, user_id};
use crate::table::{StoreError, submit};
use crate::user::User;

/// Of tickets that are there because they were used: a login comes back once.
const LOGIN: &str = "login";

/// How often it is looked who somebody is, if others are faster.
const LOOKS_MAX: usize = 2;
/// How often a user is told what the provider says, if others change the user at the same time.
const TELLINGS_MAX: usize = 3;

impl Accounts {
    /// Begins a session for whoever has logged in at a provider, if they are somebody here, or may become somebody.
    ///
    /// Who they are is said by issuer and subject, which are theirs for ever. An address says it only where the settings allow that, the
    /// provider has verified it, and so have we: an account with that address may otherwise be somebody's who waits for its owner.
    ///
    /// # Errors
    /// They are nobody here; they may not log in; or the login was taken before.
    pub async fn login_proven(
        &self,
        backend: &dyn Backend,
        rules: &ProviderRules,
        login: &FinishedLogin,
        now: Timestamp,
    ) -> Result<(User, Begun), AccountError> {
        self.take(backend, login, now).await?;
        let user = self.known_or_new(backend, rules, &login.proven, now).await?;
        if user.disabled_at.is_some() {
            return Err(AccountError::NoAccount);
        }
        let user = self.as_told(backend, user, &login.proven, now).await?;
        let begun = self.begin(backend, &user, None, now).await?.ok_or(AccountError::NoAccount)?;
        Ok((user, begun))
    }

    /// A login is taken once. A provider should take a code once, and some do not: whoever stores it first has it.
    pub(super) async fn take(
        &self,
        backend: &dyn Backend,
        login: &FinishedLogin,
        now: Timestamp,
    ) -> Result<(), AccountError> {
        let taken = Ticket {
            id: self.hash.of(&login.state),
            user: String::new(),
            purpose: LOGIN.to_owned(),
            expires_at: login.until,
        };
        match self.tickets.create(backend, &taken, &SYSTEM, now).await {
            Err(StoreError::Conflict) => Err(AccountError::Taken),
            stored => Ok(stored?),
        }
    }

    /// Who they are here. If somebody was faster, be it with the address, with the account or as the same person in another window, then it is
    /// known by now who.
    async fn known_or_new(
        &self,
        backend: &dyn Backend,
        rules: &ProviderRules,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        for _ in 0..LOOKS_MAX {
            match self.found_or_made(backend, rules, proven, now).await {
                Err(AccountError::Store(StoreError::Conflict)) => {}
                user => return user,
            }
        }
        Err(AccountError::NoAccount)
    }

    async fn found_or_made(
        &self,
        backend: &dyn Backend,
        rules: &ProviderRules,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        if let Some((known, _)) = self.provider_logins.get(backend, &Value::Text(id_of(proven))) {
            let user = user_id(&known.user).and_then(|id| self.users.get(backend, &id.to_value()));
            return user.map(|(user, _)| user).ok_or(AccountError::NoAccount);
        }
        let of_address = proven.email.as_deref().and_then(|email| self.by_email(backend, email));
        match of_address {
            Some((user, _)) if rules.links_by_email && self.may_be_linked(backend, &user) => {
                self.provider_logins.create(backend, &login_of(proven, &user, now), &SYSTEM, now).await?;
                Ok(user)
            }
            Some((user, revision)) if rules.links_by_email && self.is_unproven(backend, &user) => {
                self.take_over(backend, proven, user, revision, now).await
            }
            Some(_) => Err(AccountError::NoAccount),
            None if rules.creates_users => self.create_proven(backend, rules, proven, now).await,
            None => Err(AccountError::NoAccount),
        }
    }

    /// Whether an account may be had by its address. One whose user has not read the mail may be another's who waits for its owner, and one that
    /// an administrator has made is theirs who know its password until then; one with a device wants more than an address.
    fn may_be_linked(&self, backend: &dyn Backend, user: &User) -> bool {
        let is_proven = |secret: &UserSecret| secret.proven_at.is_some() && secret.totp.is_none();
        user.verified_at.is_some() && self.secret_of(backend, user.id).is_some_and(|(secret, _)| is_proven(&secret))
    }

    /// An account that nobody has proven to be theirs is whoever's the address is. What somebody else said of it before says nothing any more: its
    /// password, its name, the tokens that it was sent.
    async fn take_over(
        &self,
        backend: &dyn Backend,
        proven: &Proven,
        user: User,
        revision: u64,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        let (former, secret_revision) = self.secret_of(backend, user.id).ok_or(AccountError::NoAccount)?;
        let name = named(proven.name.clone(), &user.email).unwrap_or_else(|_| "user".to_owned());
        let user = User { name, verified_at: Some(now), ..user };
        let secret = UserSecret { user: former.user, proven_at: Some(now), ..secret_of(&user, None) };
        let operations = vec![
            self.users.replacement(backend, &user, revision)?,
            self.secrets.replacement(backend, &secret, secret_revision)?,
            self.provider_logins.creation(&login_of(proven, &user, now))?,
        ];
        // First: what fails here is tried again by the next login, and whoever is let in meanwhile stays. Nobody begins a session until it is proven.
        self.void(backend, self.tickets_of(backend, user.id), now).await?;
        self.sessions.end_all(backend, user.id, now).await?;
        submit(backend, operations, &SYSTEM, now).await?;
        Ok(user)
    }

    async fn create_proven(
        &self,
        backend: &dyn Backend,
        rules: &ProviderRules,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        let new = NewUser { is_verified: proven.email.is_some(), ..NewUser::default() };
        let user = unnamed(new, now);
        // An address that nobody vouches for would keep its owner out. This one is nobody's.
        let email = proven.email.clone().unwrap_or_else(|| format!("{}@{}{UNKNOWN_DOMAIN}", user.id, rules.name));
        let name = proven.name.clone().or_else(|| proven.email.is_none().then(|| "user".to_owned()));
        let name = named(name, &email).unwrap_or_else(|_| "user".to_owned());
        let user = User { email, name, ..user };
        // Who may give away the account of an address is believed of it, too.
        let proven_at = user.verified_at.filter(|_| rules.links_by_email);
        let operations = vec![
            self.users.creation(&user)?,
            self.secrets.creation(&UserSecret { proven_at, ..secret_of(&user, None) })?,
            self.provider_logins.creation(&login_of(proven, &user, now))?,
        ];
        submit(backend, operations, &SYSTEM, now).await?;
        Ok(user)
    }

    /// The user with the roles and the tenant that the provider gives them, where it is asked about these. Of two logins at once the slower one finds
    /// them given.
    async fn as_told(
        &self,
        backend: &dyn Backend,
        user: User,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<User, AccountError> {
        if proven.roles.is_none() && proven.tenant.is_none() {
            return Ok(user);
        }
        for _ in 0..TELLINGS_MAX {
            let (current, revision) = self.users.get(backend, &user.id.to_value()).ok_or(AccountError::NoAccount)?;
            let roles = proven.roles.clone().unwrap_or_else(|| current.roles.clone());
            let tenant = proven.tenant.clone().unwrap_or_else(|| current.tenant.clone());
            if roles == current.roles && tenant == current.tenant {
                return Ok(current);
            }
            let told = User { roles, tenant, ..current };
            match self.users.replace(backend, &told, revision, &SYSTEM, now).await {
                Err(StoreError::Conflict) => {}
                stored => return Ok(stored.map(|()| told)?),
            }
        }
        Err(StoreError::Conflict.into())
    }
}

pub(super) fn login_of(proven: &Proven, user: &User, now: Timestamp) -> ProviderLogin {
    ProviderLogin {
        id: id_of(proven),
        issuer: proven.issuer.clone(),
        subject: proven.subject.clone(),
        user: user.id.to_string(),
        created_at: now,
    }
}

/// One for each issuer and subject: no text of either has a zero byte, so nothing else joins to the same.
pub(super) fn id_of(proven: &Proven) -> String {
    let joined = format!("{}\0{}", proven.issuer, proven.subject);
    base64::encode(digest(&SHA256, joined.as_bytes()).as_ref())
}
