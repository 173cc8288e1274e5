//! `DeclarativeServer`: what an application's `main` builds.

mod error;
#[cfg(feature = "testing")]
mod for_tests;
mod running;
mod start;

use std::path::Path;
use std::process::{ExitCode, Termination};

pub use error::ServeError;
use lithair_model::{Model, ModelSchema, Policy};
pub use running::{MountedServer, RunningServer};
pub(crate) use start::{open, serve};

use crate::additions::Additions;
use crate::config::{Config, Layers};
use crate::cors::Cors;
use crate::firewall::Firewall;

/// An application: its address and its models.
///
/// ```no_run
/// use lithair_core::prelude::*;
///
/// #[derive(DeclarativeModel)]
/// #[permission(all = public)]
/// struct Note { text: String }
///
/// fn main() -> impl std::process::Termination {
///     DeclarativeServer::new("127.0.0.1:8080").model::<Note>().run()
/// }
/// ```
#[derive(Clone, Debug)]
pub struct DeclarativeServer {
    layers: Layers,
    schemas: Vec<&'static ModelSchema>,
    additions: Additions,
}

impl DeclarativeServer {
    /// An application that listens on `addr` unless its settings say otherwise.
    pub fn new(addr: impl AsRef<str>) -> Self {
        Self { layers: Layers::default(), schemas: Vec::new(), additions: Additions::default() }.addr(addr)
    }

    /// Another address than the one it was made with.
    #[must_use]
    pub fn addr(mut self, addr: impl AsRef<str>) -> Self {
        self.layers.program("server.addr", addr.as_ref());
        self
    }

    /// Registers a model.
    #[must_use]
    pub fn model<M: Model>(mut self) -> Self {
        self.schemas.push(M::SCHEMA);
        self
    }

    /// Binds a permission that policies name: `read = "DocumentOwner"`. An application with a name that is not bound does not start.
    ///
    /// ```
    /// use lithair_core::prelude::*;
    ///
    /// #[derive(DeclarativeModel)]
    /// #[permission(read = "Public", write = "DocumentOwner", delete = "DocumentOwner")]
    /// struct Document {
    ///     #[lifecycle(immutable)]
    ///     created_by: Uuid,
    ///     text: String,
    /// }
    ///
    /// let server = DeclarativeServer::new("127.0.0.1:0")
    ///     .model::<Document>()
    ///     .permission("DocumentOwner", policy!(created_by == actor.id || role(Admin)));
    /// # let _ = server;
    /// ```
    #[must_use]
    pub fn permission(mut self, name: &str, policy: Policy) -> Self {
        self.layers.bindings.permission(name, policy);
        self
    }

    /// Starts although models declare encryption or audit, which this version does not enforce: nothing is encrypted and nothing is audited.
    /// For development only. The server says so when it starts.
    #[must_use]
    pub fn without_unenforced_for_development(mut self) -> Self {
        self.layers.is_for_development = true;
        self
    }

    /// Names roles of the whole application, the highest first: whoever has one has those behind it.
    #[must_use]
    pub fn roles<'a>(mut self, chain: impl IntoIterator<Item = &'a str>) -> Self {
        self.layers.bindings.roles(chain.into_iter().map(str::to_owned).collect());
        self
    }

    /// What the program adds, to be added to.
    #[cfg(feature = "axum")]
    pub(crate) const fn additions_mut(&mut self) -> &mut Additions {
        &mut self.additions
    }

    /// The data directory unless the settings say otherwise; `./data` if nobody says.
    #[must_use]
    pub fn data(mut self, path: impl AsRef<Path>) -> Self {
        self.layers.program("store.data", path.as_ref());
        self
    }

    /// Who may come to the server, and how often. Settings (`firewall.*`) overrule it.
    #[must_use]
    pub fn with_firewall(mut self, firewall: Firewall) -> Self {
        firewall.set_in(&mut self.layers);
        self
    }

    /// Pages of which other origins may ask; none, if nobody says. Settings (`cors.*`) overrule it.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        cors.set_in(&mut self.layers);
        self
    }

    /// What a setting is, unless file, environment or command line say otherwise: `.setting("auth.jwt.issuer", "https://..")`.
    #[must_use]
    pub fn setting(mut self, key: &str, text: impl AsRef<str>) -> Self {
        self.layers.program(key, text.as_ref());
        self
    }

    /// The application has users who log in with passwords: the model [`crate::users::User`], and the endpoints below `/_lithair/auth`.
    ///
    /// ```no_run
    /// use lithair_core::prelude::*;
    /// use lithair_core::users::Users;
    ///
    /// fn main() -> impl std::process::Termination {
    ///     DeclarativeServer::new("127.0.0.1:8080").with_users(Users::new()).run()
    /// }
    /// ```
    #[cfg(feature = "users")]
    #[must_use]
    pub fn with_users(mut self, users: crate::users::Users) -> Self {
        self.schemas.push(users.schema());
        if let Some((name, readers)) = users.permission() {
            self.layers.bindings.permission(name, readers);
        }
        self.layers.users = Some(users);
        self
    }

    /// The program says itself who somebody is: [`crate::Db::issue_token`] signs tokens, with a secret of the data directory, and the server takes them as
    /// `Authorization: Bearer ..`. Instead of `auth.jwt.*`.
    #[must_use]
    pub const fn with_own_tokens(mut self) -> Self {
        self.layers.own_tokens = true;
        self
    }

    /// The whole program: reads the command line, and serves, imports, exports or inspects as it says. Returns what `main` returns.
    pub fn run(self) -> impl Termination {
        ExitCode::from(crate::cli::run(self.schemas, self.layers, &self.additions, std::env::args_os()))
    }

    /// Starts serving in the background, for tests and for programs that have a command line of their own. Settings come from the program
    /// and from the environment.
    ///
    /// # Errors
    /// Wrong settings, a data directory that does not open, or an address that cannot be listened on.
    #[expect(clippy::unused_async, reason = "starting may come to wait for peers; callers are ready for it")]
    pub async fn start(mut self) -> Result<RunningServer, ServeError> {
        self.layers.environment(std::env::vars_os());
        // Whoever runs a server of their own sees its failure in `/health/ready` and in every refused write.
        serve(&Config::of(&self.layers)?, self.schemas, &self.additions, Box::new(drop))
    }

    /// Starts without listening anywhere: what it answers is a service, for a router of the application's own. Settings come from the program and
    /// from the environment; those of connections are whoever's who has them.
    ///
    /// # Errors
    /// Wrong settings, or a data directory that does not open.
    #[expect(clippy::unused_async, reason = "starting may come to wait for peers; callers are ready for it")]
    pub async fn mount(mut self) -> Result<MountedServer, ServeError> {
        self.layers.environment(std::env::vars_os());
        start::mount(&Config::of(&self.layers)?, self.schemas, &self.additions)
    }
}
