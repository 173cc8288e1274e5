//! What is asked.

use std::collections::BTreeSet;

use lithair_model::{Credential, Identity, Principal, Scopes};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Somebody, as an operator describes them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Their subject, or who they are as the history says it: `token:<subject>`, `user:<id>`, `key:<id>`.
    pub sub: String,
    /// Their roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Their tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// What their credential may be used for; everything where nothing is said.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// What their credential says else.
    #[serde(default)]
    pub claims: Map<String, Json>,
    /// Whether the credential is an API key, which is held to the scopes `read` and `write`.
    #[serde(default)]
    pub key: bool,
}

/// Why somebody may do something, or may not.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Who; without it, whoever shows no credential.
    #[serde(default, rename = "as")]
    pub who: Option<Described>,
    /// What: `read`, `create`, `update`, `delete`, `history`, `export`, or the name of a command.
    pub can: String,
    /// With what: `Article`, or one of them, `Article/7`.
    pub of: String,
    /// A field of it.
    #[serde(default)]
    pub field: Option<String>,
    /// What a create or an update sends.
    #[serde(default)]
    pub body: Option<Map<String, Json>>,
}

/// Who can do something at all.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WhoCan {
    /// What, as for [`Question::can`].
    pub can: String,
    /// With what: `Article`, or a field of it, `Article.title`.
    pub of: String,
}

/// Who has which right.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixOf {
    /// Whose; without it, of everybody by what they are.
    #[serde(default, rename = "as")]
    pub who: Option<Described>,
    /// To which model; to all of them, if nothing is said.
    #[serde(default)]
    pub of: Option<String>,
}

impl Described {
    /// Somebody who shows such a credential.
    pub(crate) fn principal(self) -> Principal {
        let credential = if self.key { Credential::ApiKey } else { Credential::Token };
        let identity = Identity::new(credential, &self.sub).with_scopes(Scopes::All);
        self.said_of(identity)
    }

    /// Somebody, with what is said of them.
    pub(crate) fn said_of(self, identity: Identity) -> Principal {
        let identity = identity.with_roles(self.roles);
        let identity = match self.scopes {
            Some(scopes) => identity.with_scopes(Scopes::Only(scopes.into_iter().collect::<BTreeSet<_>>())),
            None => identity,
        };
        let identity = if self.claims.is_empty() { identity } else { identity.with_claims(self.claims) };
        match self.tenant {
            Some(tenant) => identity.of_tenant(&tenant).into(),
            None => identity.into(),
        }
    }
}
