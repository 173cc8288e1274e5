//! `DeclarativeServer`: what an application's `main` builds.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Termination};
use std::sync::Arc;

use lithair_http::{BindError, Handle, Server};
use lithair_model::{Backend, Model, ModelSchema, Policy};
use lithair_store::FsMedia;
use thiserror::Error;

use crate::config::{Config, ConfigError, Layers};
use crate::engine::{Engine, OnFailure};
use crate::outbox::Outbox;
use crate::purger::Purger;
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
}

/// A running application. Stops when dropped.
pub struct RunningServer {
    http: Option<Handle>,
    purger: Option<Purger>,
    outbox: Option<Outbox>,
    engine: Arc<Engine>,
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
    /// Models declare what this version does not enforce.
    #[error("{}", unenforced(.0))]
    Unenforced(Vec<(&'static str, &'static str)>),
    /// Policies name permissions that the program does not bind.
    #[error("{}", unbound(.0))]
    Unbound(Vec<(&'static str, &'static str)>),
    /// The address cannot be listened on.
    #[error("{}", with_cause(.0))]
    Bind(#[from] BindError),
}

fn unbound(names: &[(&'static str, &'static str)]) -> String {
    let line = |(model, name): &(&str, &str)| {
        format!("{model}: the permission {name:?} is not bound: say who has it, `.permission({name:?}, policy!(..))`")
    };
    names.iter().map(line).collect::<Vec<_>>().join("\n")
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
        Self { layers: Layers::default(), schemas: Vec::new() }.addr(addr)
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

    /// The same program with other models, for tests of tests.
    #[cfg(feature = "testing")]
    pub(crate) fn with_schemas(mut self, schemas: Vec<&'static ModelSchema>) -> Self {
        self.schemas = schemas;
        self
    }

    /// The data directory unless the settings say otherwise; `./data` if nobody says.
    #[must_use]
    pub fn data(mut self, path: impl AsRef<Path>) -> Self {
        self.layers.program("store.data", path.as_ref());
        self
    }

    /// The whole program: reads the command line, and serves, imports, exports or inspects as it says. Returns what `main` returns.
    pub fn run(self) -> impl Termination {
        ExitCode::from(crate::cli::run(self.schemas, self.layers, std::env::args_os()))
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

    /// Starts with what the program says and nothing else: no file, no environment.
    pub(crate) fn start_as_said(self) -> Result<RunningServer, ServeError> {
        // Whoever runs a server of their own sees its failure in `/health/ready` and in every refused write.
        serve(&Config::of(&self.layers)?, self.schemas, Box::new(drop))
    }

    /// The same for tests, whose requests may say who sends them.
    #[cfg(feature = "testing")]
    pub(crate) fn start_for_tests(self) -> Result<RunningServer, ServeError> {
        let mut config = Config::of(&self.layers)?;
        config.http.requests_say_who = true;
        serve(&config, self.schemas, Box::new(drop))
    }
}

/// Recovers and serves.
pub(crate) fn serve(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    on_failure: OnFailure,
) -> Result<RunningServer, ServeError> {
    let declared = schemas.iter().flat_map(|schema| schema.unenforced.iter().map(|what| (schema.name, *what)));
    let declared: Vec<_> = declared.collect();
    if !declared.is_empty() && !config.is_for_development {
        return Err(ServeError::Unenforced(declared));
    }
    if !declared.is_empty() {
        warn(&declared);
    }
    let engine = Arc::new(open(config, schemas, on_failure)?);
    let unbound = &engine.catalog().unbound;
    if !unbound.is_empty() {
        return Err(ServeError::Unbound(unbound.clone()));
    }
    // What a hook begins with is what comes after its first start, so it is started before anybody is served.
    let outbox = Outbox::start(&engine, config.engine.retries).map_err(StartError::from)?;
    let backend: Arc<dyn Backend> = Arc::clone(&engine) as _;
    let http = Server::bind(config.http.clone(), backend)?;
    let purger = Purger::start(&engine).map_err(StartError::from)?;
    Ok(RunningServer { http: Some(http), purger: Some(purger), outbox: Some(outbox), engine })
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
    let media = FsMedia::open(&config.data).map_err(|source| ServeError::Data { path: config.data.clone(), source })?;
    Ok(Engine::open(Arc::new(media), schemas, config.engine.clone(), on_failure)?)
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

    /// What the start found.
    pub fn replayed(&self) -> &Replayed {
        self.engine.replayed()
    }

    /// Finishes what is under way, makes it durable, and ends. Blocks.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(http) = self.http.take() {
            http.stop();
        }
        // What was delivered is stored before the engine takes no more.
        self.outbox = None;
        self.purger = None;
        self.engine.close();
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        self.shut_down();
    }
}
