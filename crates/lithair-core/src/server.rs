//! `DeclarativeServer`: what an application's `main` builds.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Termination};
use std::sync::Arc;

#[cfg(feature = "oidc")]
use lithair_auth::oidc::{Oidc, Provider, Web};
use lithair_http::{BindError, Handle, HttpConfig, LithairService, Server};
#[cfg(feature = "testing")]
use lithair_model::SecuritySchema;
use lithair_model::{Backend, Model, ModelSchema, Policy};
use lithair_store::{FsMedia, SharedMedia};
use thiserror::Error;

use crate::access_log::AccessLog;
use crate::additions::Additions;
use crate::auth::{self, AuthError, KeyReader};
use crate::config::{Config, ConfigError, Layers};
use crate::control::Control;
use crate::db::Db;
use crate::engine::{Engine, OnFailure};
use crate::outbox::Outbox;
use crate::projections::Projectors;
use crate::protection::{Cors, Firewall};
#[cfg(feature = "oidc")]
use crate::providers::ProviderReader;
use crate::purger::Purger;
use crate::schedules::Scheduler;
use crate::startup::{Replayed, StartError};

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

/// A running application. Stops when dropped.
pub struct RunningServer {
    http: Option<Handle>,
    purger: Option<Purger>,
    projectors: Option<Projectors>,
    scheduler: Option<Scheduler>,
    keys: Option<KeyReader>,
    #[cfg(feature = "oidc")]
    providers: Option<ProviderReader>,
    control: Option<Control>,
    outbox: Option<Outbox>,
    access_log: Option<AccessLog>,
    engine: Arc<Engine>,
}

/// A running application that a router of somebody else's serves. Stops when dropped; its service answers 503 from then on where it would have to
/// write.
pub struct MountedServer {
    service: LithairService,
    server: RunningServer,
}

impl MountedServer {
    /// What it answers, to be mounted: with feature `axum` a `tower::Service`.
    pub fn service(&self) -> LithairService {
        self.service.clone()
    }

    /// The records, for handlers beside it.
    pub fn db(&self) -> Db {
        self.server.db()
    }

    /// The engine, for reading and writing without HTTP.
    pub const fn engine(&self) -> &Arc<Engine> {
        self.server.engine()
    }

    /// Makes what is under way durable, and ends. Blocks.
    pub fn stop(self) {
        self.server.stop();
    }
}

/// Why an application does not serve.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The settings are wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The data directory cannot be made or opened.
    #[error("{path}: {source}")]
    Data {
        /// The directory.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The data and the models do not start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The keys that check tokens cannot be had.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// Models declare what this version does not enforce.
    #[error("{}", unenforced(.0))]
    Unenforced(Vec<(&'static str, &'static str)>),
    /// The address cannot be listened on.
    #[error("{}", with_cause(.0))]
    Bind(#[from] BindError),
}

fn unenforced(declared: &[(&'static str, &'static str)]) -> String {
    let line =
        |(model, what): &(&str, &str)| format!("{model}: {what} is declared, and this version does not enforce it");
    let lines: Vec<String> = declared.iter().map(line).collect();
    let way_out = "leave it out, or start `.without_unenforced_for_development()`, without the protection";
    format!("{}\n{way_out}", lines.join("\n"))
}

fn with_cause(error: &dyn std::error::Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
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

    /// The models that are registered.
    #[cfg(feature = "testing")]
    pub(crate) fn schemas(&self) -> &[&'static ModelSchema] {
        &self.schemas
    }

    /// What the program binds.
    #[cfg(feature = "testing")]
    pub(crate) const fn bindings(&self) -> &lithair_model::Bindings {
        &self.layers.bindings
    }

    /// The same program with other models, for tests of tests.
    #[cfg(feature = "testing")]
    pub(crate) fn with_schemas(mut self, schemas: Vec<&'static ModelSchema>) -> Self {
        self.schemas = schemas;
        self
    }

    /// The same program, open to everybody as often as they like, for tests that ask a lot.
    #[cfg(feature = "testing")]
    pub(crate) fn unguarded(mut self) -> Self {
        for key in ["firewall.allow", "firewall.deny", "firewall.rate"] {
            self.layers.program(key, "");
        }
        let open = |schema: &&'static ModelSchema| -> &'static ModelSchema {
            let is_open = schema.security == SecuritySchema::OPEN;
            // Schemas live for ever; those of tests are few.
            if is_open {
                schema
            } else {
                Box::leak(Box::new(ModelSchema { security: SecuritySchema::OPEN, ..**schema }))
            }
        };
        self.schemas = self.schemas.iter().map(open).collect();
        self
    }

    /// The same program, with the models' own firewalls and behind a proxy on this machine, for tests of these.
    #[cfg(feature = "testing")]
    pub(crate) fn behind_loopback(mut self) -> Self {
        for key in ["firewall.allow", "firewall.deny", "firewall.rate"] {
            self.layers.program(key, "");
        }
        self.layers.program("firewall.trusted_proxies", "127.0.0.1");
        self
    }

    /// The same program as tests start it: whose schedules they run, and whose hooks wait little.
    #[cfg(feature = "testing")]
    pub(crate) fn for_tests(mut self) -> Self {
        self.layers.program("schedules.run", "false");
        // What fails in a test is a dead letter at once.
        self.layers.program("hooks.first_wait", "1ms");
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
        firewall.say(&mut self.layers);
        self
    }

    /// Pages of which other origins may ask; none, if nobody says. Settings (`cors.*`) overrule it.
    #[must_use]
    pub fn with_cors(mut self, cors: Cors) -> Self {
        cors.say(&mut self.layers);
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
        self.schemas.push(<crate::users::User as Model>::SCHEMA);
        self.layers.users = Some(users);
        self
    }

    /// The program says itself who somebody is: [`Db::issue_token`] signs tokens, with a secret of the data directory, and the server takes them as
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
        self.start_as_said()
    }

    /// Starts without listening anywhere: what it answers is a service, for a router of the application's own. Settings come from the program and
    /// from the environment; those of connections are whoever's who has them.
    ///
    /// # Errors
    /// Wrong settings, or a data directory that does not open.
    #[expect(clippy::unused_async, reason = "starting may come to wait for peers; callers are ready for it")]
    pub async fn mount(mut self) -> Result<MountedServer, ServeError> {
        self.layers.environment(std::env::vars_os());
        let config = Config::of(&self.layers)?;
        let door = (|| Ok(()), |(), http, backend| Ok(LithairService::new(http, backend)));
        let (service, server) = begin(&config, self.schemas, &self.additions, Box::new(drop), door)?;
        Ok(MountedServer { service, server })
    }

    /// Starts with what the program says and nothing else: no file, no environment.
    pub(crate) fn start_as_said(self) -> Result<RunningServer, ServeError> {
        // Whoever runs a server of their own sees its failure in `/health/ready` and in every refused write.
        serve(&Config::of(&self.layers)?, self.schemas, &self.additions, Box::new(drop))
    }

    /// The same for tests, whose requests may say who sends them.
    #[cfg(feature = "testing")]
    pub(crate) fn start_for_tests(self) -> Result<RunningServer, ServeError> {
        let mut config = Config::of(&self.layers)?;
        config.http.requests_say_who = true;
        serve(&config, self.schemas, &self.additions, Box::new(drop))
    }
}

/// Recovers and serves.
pub(crate) fn serve(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    additions: &Additions,
    on_failure: OnFailure,
) -> Result<RunningServer, ServeError> {
    // Before anything is made: a program whose address is taken leaves nothing behind.
    let reserve = || Server::reserve(&config.http);
    let listen = |reserved, http, backend| Server::serve(reserved, http, backend);
    let (http, mut server) = begin(config, schemas, additions, on_failure, (reserve, listen))?;
    server.http = Some(http);
    Ok(server)
}

/// Refuses models that declare what this version does not enforce.
fn is_enforced(config: &Config, schemas: &[&'static ModelSchema]) -> Result<(), ServeError> {
    let declared = schemas.iter().flat_map(|schema| schema.unenforced.iter().map(|what| (schema.name, *what)));
    let declared: Vec<_> = declared.collect();
    if !declared.is_empty() && !config.is_for_development {
        return Err(ServeError::Unenforced(declared));
    }
    if !declared.is_empty() {
        warn(&declared);
    }
    Ok(())
}

/// Recovers, and opens a door for callers: first it is found, and when everything behind it is there, it is opened.
fn begin<R, D>(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    additions: &Additions,
    on_failure: OnFailure,
    (find, open_door): (
        impl FnOnce() -> Result<R, BindError>,
        impl FnOnce(R, HttpConfig, Arc<dyn Backend>) -> Result<D, BindError>,
    ),
) -> Result<(D, RunningServer), ServeError> {
    is_enforced(config, &schemas)?;
    // Before the directory is touched: a key that is none is found out at once.
    let tokens = auth::verifier(&config.auth)?;
    let web = auth::way_out(&config.auth)?;
    #[cfg(feature = "oidc")]
    let providers = crate::providers::of_settings(&config.auth, &config.http.prefixes.tools)?;
    let found = find()?;
    let engine = Arc::new(Engine::open_bound(media(config)?, schemas, config.engine.clone(), on_failure)?);
    // What a hook begins with is what comes after its first start, so it is started before anybody is served.
    let outbox = Outbox::start(&engine, config.engine.retries).map_err(StartError::from)?;
    let projectors = Some(Projectors::start(&engine).map_err(StartError::from)?);
    let backend: Arc<dyn Backend> = Arc::clone(&engine) as _;
    let access_log = config.access_log.then(AccessLog::start).transpose().map_err(StartError::from)?;
    let mut http = HttpConfig { access_log: access_log.as_ref().map(AccessLog::lines), ..config.http.clone() };
    let own_tokens = engine.own_tokens().map(|own| Arc::new(own.verifier()));
    http.auth.tokens = tokens.as_ref().map(|(verifier, _)| Arc::clone(verifier)).or(own_tokens);
    #[cfg(feature = "oidc")]
    let providers = log_in_through(providers, web.as_ref(), &engine, &mut http)?;
    additions.add_to(&mut http, &engine);
    let keys = auth::read_keys(tokens, web)?;
    let door = open_door(found, http, backend)?;
    // Where there is no temporary folder it serves all the same; commands then say who holds the directory.
    let control = Control::start(config, &engine).ok();
    let purger = Some(Purger::start(&engine, config.http.auth.users.clone()).map_err(StartError::from)?);
    let scheduler = config.schedules.then(|| Scheduler::start(&engine)).transpose().map_err(StartError::from)?;
    let outbox = Some(outbox);
    let server = RunningServer {
        http: None,
        purger,
        projectors,
        scheduler,
        keys,
        #[cfg(feature = "oidc")]
        providers,
        control,
        outbox,
        access_log,
        engine,
    };
    Ok((door, server))
}

/// Begins to ask providers, and lets users log in through them.
#[cfg(feature = "oidc")]
fn log_in_through(
    providers: Vec<Arc<Provider>>,
    web: Option<&Arc<dyn Web>>,
    engine: &Engine,
    http: &mut HttpConfig,
) -> Result<Option<ProviderReader>, AuthError> {
    let Some(web) = web.filter(|_| !providers.is_empty()) else { return Ok(None) };
    let oidc = Arc::new(Oidc::new(providers, Arc::clone(web), &engine.cursor_secret()));
    let reader = ProviderReader::start(&oidc, web).map_err(AuthError::Thread)?;
    http.auth.oidc = Some(oidc);
    Ok(Some(reader))
}

/// Says what is not protected. To the standard error, whatever else is set.
#[expect(clippy::print_stderr, reason = "whoever starts an unprotected server must see it")]
fn warn(declared: &[(&'static str, &'static str)]) {
    for (model, what) in declared {
        eprintln!("WARNING: {model}: {what} is declared and NOT enforced: this server is for development only");
    }
}

/// Opens the data directory.
pub(crate) fn open(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    on_failure: OnFailure,
) -> Result<Engine, ServeError> {
    Ok(Engine::open(media(config)?, schemas, config.engine.clone(), on_failure)?)
}

fn media(config: &Config) -> Result<SharedMedia, ServeError> {
    let media = FsMedia::open(&config.data).map_err(|source| ServeError::Data { path: config.data.clone(), source })?;
    Ok(Arc::new(media))
}

impl RunningServer {
    /// Where it listens.
    ///
    /// # Panics
    /// Never: a server that runs has an address.
    pub fn addr(&self) -> SocketAddr {
        self.http.as_ref().expect("it runs until it is stopped").addr()
    }

    /// The engine, for reading and writing without HTTP.
    pub const fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The records, for code of the application's.
    pub fn db(&self) -> Db {
        Db::new(Arc::clone(&self.engine))
    }

    /// What the start found.
    pub fn replayed(&self) -> &Replayed {
        self.engine.replayed()
    }

    /// Finishes what is under way, makes it durable, and ends. Blocks.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.control = None;
        if let Some(http) = self.http.take() {
            http.stop();
        }
        // After the last request there is no further line.
        self.access_log = None;
        // What it does may be waited for by hooks.
        self.scheduler = None;
        // What was delivered is stored before the engine takes no more.
        self.outbox = None;
        self.purger = None;
        self.projectors = None;
        self.keys = None;
        #[cfg(feature = "oidc")]
        drop(self.providers.take());
        self.engine.close();
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.shut_down();
    }
}
