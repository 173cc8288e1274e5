//! What administrators do to credentials: one language for the command line, the socket of the data directory, and HTTP.

#[cfg(test)]
mod tests;

use std::time::Duration;

use lithair_model::{Backend, Catalog, Principal, QueryError, Scopes, Timestamp, email_form};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use thiserror::Error;

use crate::accounts::{AccountError, Accounts, NewUser};
use crate::api_key::{ApiKeys, NewApiKey, ShownApiKey, is_environment};
use crate::authority::Authority;
use crate::explain::{MatrixOf, Question, WhoCan, explain_of, matrix, matrix_of, who_can};
use crate::grants::{Asked, Grantor, Grants};
use crate::table::StoreError;
use crate::user::User;

/// Five years, which is longer than anybody should trust a key.
const EXPIRES_SECONDS_MAX: u64 = 5 * 366 * 24 * 60 * 60;
const WORD_BYTES_MAX: usize = 128;
pub(crate) const WORDS_MAX: usize = 64;

/// The scope of keys that administer.
pub const ADMIN: &str = "admin";

/// What is asked for.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "do", deny_unknown_fields)]
pub enum AdminRequest {
    /// Makes a key, and shows it this once.
    #[serde(rename = "keys.create")]
    CreateKey {
        /// Its roles.
        #[serde(default)]
        roles: Vec<String>,
        /// Its tenant.
        #[serde(default)]
        tenant: Option<String>,
        /// What it may be used for.
        #[serde(default)]
        scopes: Vec<String>,
        /// How long it is good.
        expires_seconds: u64,
        /// For whom it acts.
        #[serde(default)]
        subject: Option<String>,
        /// What people call it.
        #[serde(default)]
        name: Option<String>,
        /// A word in its text.
        #[serde(default)]
        environment: Option<String>,
    },
    /// Shows what there is of keys.
    #[serde(rename = "keys.list")]
    ListKeys {},
    /// Takes a key back.
    #[serde(rename = "keys.revoke")]
    RevokeKey {
        /// Which.
        id: String,
    },
    /// Adds a user. Without a password, a token to choose one is shown this once.
    #[serde(rename = "user.create")]
    CreateUser {
        /// The address that they log in with.
        email: String,
        /// What others call them.
        #[serde(default)]
        name: Option<String>,
        /// Their roles.
        #[serde(default)]
        roles: Vec<String>,
        /// Their tenant.
        #[serde(default)]
        tenant: Option<String>,
        /// Their password.
        #[serde(default)]
        password: Option<String>,
    },
    /// Shows the users.
    #[serde(rename = "user.list")]
    ListUsers {},
    /// Keeps a user out from now on, or lets them in again.
    #[serde(rename = "user.disable")]
    DisableUser {
        /// Whom.
        email: String,
        /// Whether they are let in again.
        #[serde(default)]
        enable: bool,
    },
    /// Shows a token to choose a new password, this once.
    #[serde(rename = "user.reset")]
    ResetUser {
        /// For whom.
        email: String,
    },
    /// Says why somebody may do something, or may not.
    #[serde(rename = "rbac.explain")]
    Explain(Question),
    /// Says who can do something at all.
    #[serde(rename = "rbac.who-can")]
    WhoCan(WhoCan),
    /// Shows who has which right to which model: everybody by what they are, or one principal.
    #[serde(rename = "rbac.matrix")]
    Matrix(MatrixOf),
    /// Gives somebody a role.
    #[serde(rename = "rbac.grant")]
    Grant {
        /// Whom, as the history says it: `token:<subject>`, `user:<id>`, `key:<id>`.
        subject: String,
        /// Which.
        role: String,
        /// In which tenant; everywhere, if nothing is said.
        #[serde(default)]
        tenant: Option<String>,
        /// For how long; for good, if nothing is said.
        #[serde(default)]
        expires_seconds: Option<u64>,
    },
    /// Shows grants, a page at a time.
    #[serde(rename = "rbac.list")]
    ListGrants {
        /// Those to somebody.
        #[serde(default)]
        subject: Option<String>,
        /// Those of a role.
        #[serde(default)]
        role: Option<String>,
        /// Those in a tenant.
        #[serde(default)]
        tenant: Option<String>,
        /// Those behind this one: `next` of the page before.
        #[serde(default)]
        after: Option<String>,
        /// So many at most.
        #[serde(default)]
        limit: Option<usize>,
    },
    /// Takes a grant back.
    #[serde(rename = "rbac.revoke")]
    RevokeGrant {
        /// Which.
        id: String,
    },
}

/// What there is to administer.
#[derive(Clone, Copy, Debug)]
pub struct Administered<'a> {
    /// The keys.
    pub keys: &'a ApiKeys,
    /// The accounts, where the program has users.
    pub accounts: Option<&'a Accounts>,
    /// The grants.
    pub grants: &'a Grants,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum AdminError {
    /// The caller's doing.
    #[error("{0}")]
    Invalid(String),
    /// There is no such thing.
    #[error("{0}")]
    NotFound(String),
    /// It is not the caller's to give or to take.
    #[error("{0}")]
    Forbidden(String),
    /// The records of the moment that was asked about are not to be had: the present has moved on. Nobody's doing; asked again, it is answered.
    #[error("the records of this moment are not kept any more: ask again")]
    Moment(QueryError),
    /// It was not stored.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Does it. Whoever calls has made sure that `by` is an administrator; here it is made sure that they hand on no more than they have.
///
/// # Errors
/// What is wrong; nothing was done.
pub async fn administer(
    backend: &dyn Backend,
    administered: Administered<'_>,
    request: AdminRequest,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let Administered { keys, accounts, grants } = administered;
    let grantor = Grantor { backend, grants, by, now };
    match request {
        AdminRequest::CreateKey { roles, tenant, scopes, expires_seconds, subject, name, environment } => {
            let expires_in = Duration::from_secs(expires_seconds);
            let new = NewApiKey { name, environment, subject, roles, tenant, scopes, expires_in };
            create_key(backend, keys, new, by, now).await
        }
        AdminRequest::Explain(mut question) => {
            let who = question.who.take().map(|described| grants.known(backend, described, now)).transpose()?;
            explain_of(backend, &who.unwrap_or_default(), question, by, now)
        }
        AdminRequest::WhoCan(question) => who_can(backend.catalog(), &question),
        AdminRequest::Matrix(MatrixOf { who, of }) => match who {
            None => matrix(backend.catalog(), of.as_deref()),
            Some(described) => {
                let who = grants.known(backend, described, now)?;
                matrix_of(backend, &who, of.as_deref(), by, now)
            }
        },
        AdminRequest::ListKeys {} => {
            let authority = Authority::new(backend.catalog(), by);
            let mut items = keys.list(backend);
            items.retain(|key| authority.sees(key.tenant.as_deref()));
            Ok(json!({ "items": items }))
        }
        AdminRequest::RevokeKey { id } => revoke_key(backend, keys, &id, by, now).await,
        AdminRequest::Grant { subject, role, tenant, expires_seconds } => {
            grantor.grant(subject, role, tenant, expires_seconds).await
        }
        AdminRequest::ListGrants { subject, role, tenant, after, limit } => {
            grantor.list(Asked { subject, role, tenant, after, limit })
        }
        AdminRequest::RevokeGrant { id } => grantor.revoke(&id).await,
        request => {
            let missing =
                || AdminError::Invalid("this program has no users: `DeclarativeServer::with_users`".to_owned());
            let accounts = accounts.ok_or_else(missing)?;
            permit_user(&request, accounts, &grantor)?;
            users(backend, accounts, request, &whole(by), now).await
        }
    }
}

async fn create_key(
    backend: &dyn Backend,
    keys: &ApiKeys,
    new: NewApiKey,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    check(&new, backend.catalog())?;
    let authority = Authority::new(backend.catalog(), by);
    let new = NewApiKey { tenant: authority.tenant(new.tenant)?, ..new };
    authority.has_roles(&new.roles)?;
    authority.has_scopes(&new.scopes())?;
    authority.acts_for(new.subject.as_deref())?;
    let made = keys.create(backend, new, by, now).await?;
    let mut json = json!(made.shown);
    json["key"] = made.key.into();
    Ok(json)
}

async fn revoke_key(
    backend: &dyn Backend,
    keys: &ApiKeys,
    id: &str,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let authority = Authority::new(backend.catalog(), by);
    let not_found = || AdminError::NotFound(format!("there is no key {id:?}"));
    let is_seen = |key: &ShownApiKey| authority.sees(key.tenant.as_deref());
    let key = keys.find(backend, id).filter(is_seen).ok_or_else(not_found)?;
    authority.has_roles(&key.roles)?;
    match keys.revoke(backend, id, by, now).await? {
        true => Ok(json!({ "id": id, "revoked": true })),
        false => Err(not_found()),
    }
}

/// Refuses what would make somebody a user with more than whoever asks has, or hand them one: a token for a new password is the user.
fn permit_user(request: &AdminRequest, accounts: &Accounts, grantor: &Grantor<'_>) -> Result<(), AdminError> {
    let Grantor { backend, grants, by, now } = *grantor;
    let authority = Authority::new(backend.catalog(), by);
    let gives_nothing = matches!(request, AdminRequest::ListUsers {} | AdminRequest::DisableUser { enable: false, .. });
    if !gives_nothing {
        authority.has_every_scope()?;
    }
    match request {
        AdminRequest::CreateUser { roles, .. } => authority.has_roles(roles),
        AdminRequest::DisableUser { email, .. } | AdminRequest::ResetUser { email } => {
            let found = accounts.by_email(backend, &email_form(email)).map(|(user, _)| user);
            let is_seen = |user: &User| authority.sees(user.tenant.as_deref());
            let user = found.filter(is_seen).ok_or_else(|| no_user(email))?;
            authority.has_roles(&user.roles)?;
            authority.has_roles(&grants.anywhere(backend, &format!("user:{}", user.id), now))
        }
        _ => Ok(()),
    }
}

/// Who asks, for whom what is to be done has been permitted: the scopes of a key are for records of the program's, and users are records, too.
fn whole(by: &Principal) -> Principal {
    by.identity().map_or_else(|| by.clone(), |identity| identity.clone().with_scopes(Scopes::All).into())
}

async fn users(
    backend: &dyn Backend,
    accounts: &Accounts,
    request: AdminRequest,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    match request {
        AdminRequest::CreateUser { email, name, roles, tenant, password } => {
            if !roles.iter().chain(&tenant).all(|word| is_word(word)) {
                return Err(AdminError::Invalid(
                    "expected roles and tenant of 1 to 128 bytes, without control characters".to_owned(),
                ));
            }
            let tenant = Authority::new(backend.catalog(), by).tenant(tenant)?;
            let has_password = password.is_some();
            let new = NewUser { email, name, password, roles, tenant, is_verified: true };
            let user =
                accounts.create(backend, new, by, now).await.map_err(|error| of_account(error, "this address"))?;
            let mut json = shown(&user);
            if !has_password {
                let token = accounts.reset_token(backend, &user.email, now).await;
                json["token"] = token.map_err(|error| of_account(error, &user.email))?.into();
            }
            Ok(json)
        }
        AdminRequest::DisableUser { email, enable } => {
            let user = accounts.disable(backend, &email, !enable, by, now).await;
            user.map(|user| shown(&user)).map_err(|error| of_account(error, &email))
        }
        AdminRequest::ResetUser { email } => {
            let token = accounts.reset_token(backend, &email, now).await.map_err(|error| of_account(error, &email))?;
            Ok(json!({ "email": email, "token": token }))
        }
        _ => {
            let authority = Authority::new(backend.catalog(), by);
            let mut users = accounts.list(backend);
            users.retain(|user| authority.sees(user.tenant.as_deref()));
            Ok(json!({ "items": users.iter().map(shown).collect::<Vec<_>>() }))
        }
    }
}

/// A user as administrators see them.
pub fn shown(user: &User) -> Json {
    json!({
        "id": user.id.to_string(),
        "email": user.email,
        "name": user.name,
        "roles": user.roles,
        "tenant": user.tenant,
        "created_at": user.created_at.to_string(),
        "verified_at": user.verified_at.map(|time| time.to_string()),
        "disabled_at": user.disabled_at.map(|time| time.to_string()),
    })
}

fn of_account(error: AccountError, email: &str) -> AdminError {
    match error {
        AccountError::Login => no_user(email),
        AccountError::Store(StoreError::Conflict) => AdminError::Invalid(format!("{email}: a user has it already")),
        AccountError::Store(error) => AdminError::Store(error),
        other => AdminError::Invalid(other.to_string()),
    }
}

fn no_user(email: &str) -> AdminError {
    AdminError::NotFound(format!("there is no user {email:?}"))
}

/// Whether something may be good for so long.
pub(crate) fn is_lifetime(lifetime: Duration) -> bool {
    (1..=EXPIRES_SECONDS_MAX).contains(&lifetime.as_secs())
}

fn check(new: &NewApiKey, catalog: &Catalog) -> Result<(), AdminError> {
    let invalid = |detail: &str| Err(AdminError::Invalid(detail.to_owned()));
    if !is_lifetime(new.expires_in) {
        return invalid("a key ends: expected a time of a second to five years until then");
    }
    if new.environment.as_deref().is_some_and(|word| !is_environment(word)) {
        return invalid("expected an environment of 1 to 12 small letters and digits");
    }
    let words = new.roles.iter().chain(&new.scopes).chain(&new.tenant).chain(&new.subject).chain(&new.name);
    if !words.clone().all(|word| is_word(word)) || words.count() > WORDS_MAX {
        return invalid(
            "expected roles, scopes, tenant, subject and name of 1 to 128 bytes, without control characters, 64 in all",
        );
    }
    if new.scopes.iter().any(|scope| scope.contains(' ')) {
        return invalid("a scope has no spaces: give several");
    }
    new.scopes.iter().try_for_each(|scope| catalog.check_scope(scope)).map_err(AdminError::Invalid)
}

pub(crate) fn is_word(word: &str) -> bool {
    (1..=WORD_BYTES_MAX).contains(&word.len()) && !word.chars().any(char::is_control)
}
