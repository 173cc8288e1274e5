//! Starting to serve, as a list: check what needs no data, take the address, recover, open the door, begin what is done beside answering.

use std::sync::Arc;

use lithair_auth::TokenVerifier;
use lithair_auth::oidc::Web;
#[cfg(feature = "oidc")]
use lithair_auth::oidc::{Oidc, Provider};
use lithair_http::{HttpConfig, LithairService, Server};
#[cfg(feature = "oidc")]
use lithair_model::Backend as _;
use lithair_model::ModelSchema;
use lithair_store::FsMedia;

use super::{MountedServer, RunningServer, ServeError};
use crate::access_log::AccessLog;
use crate::additions::Additions;
use crate::auth;
#[cfg(feature = "oidc")]
use crate::auth::AuthError;
use crate::config::{Config, KeySource};
use crate::control::Control;
use crate::engine::{Engine, OnFailure};
use crate::outbox::Outbox;
use crate::projections::Projectors;
#[cfg(feature = "oidc")]
use crate::providers;
use crate::purger::Purger;
#[cfg(feature = "oidc")]
use crate::refresher::Refresher;
use crate::schedules::Scheduler;
use crate::startup::{StartError, Unbound};

/// Recovers and serves.
pub(crate) fn serve(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    additions: &Additions,
    on_failure: OnFailure,
) -> Result<RunningServer, ServeError> {
    let checked = Checked::of(config, &schemas)?;
    // Before anything is made: a program whose address is taken leaves nothing behind.
    let reserved = Server::reserve(&config.http)?;
    let (mut server, http) = checked.recover(config, schemas, additions, on_failure)?;
    server.http = Some(Server::serve(reserved, http, server.backend())?);
    server.begin_chores(config)?;
    Ok(server)
}

/// Recovers, and leaves listening to a router of somebody else's.
pub(super) fn mount(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    additions: &Additions,
) -> Result<MountedServer, ServeError> {
    let checked = Checked::of(config, &schemas)?;
    let (mut server, http) = checked.recover(config, schemas, additions, Box::new(drop))?;
    let service = LithairService::new(http, server.backend());
    server.begin_chores(config)?;
    Ok(MountedServer { service, server })
}

/// Opens the data directory, for whoever does not serve.
pub(crate) fn open(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    on_failure: OnFailure,
) -> Result<Engine, ServeError> {
    open_engine(config, schemas, on_failure, Unbound::Taken)
}

fn open_engine(
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    on_failure: OnFailure,
    unbound: Unbound,
) -> Result<Engine, ServeError> {
    let media = FsMedia::open(&config.data).map_err(|source| ServeError::Data { path: config.data.clone(), source })?;
    Ok(Engine::open_with(Arc::new(media), schemas, config.engine.clone(), on_failure, unbound)?)
}

/// What was found to be right before the directory is touched: a key that is none is found out at once.
struct Checked {
    /// What checks tokens, and where its keys come from if they change.
    tokens: Option<(Arc<TokenVerifier>, Option<KeySource>)>,
    /// The way to issuers and providers.
    web: Arc<dyn Web>,
    #[cfg(feature = "oidc")]
    providers: Vec<Arc<Provider>>,
}

impl Checked {
    fn of(config: &Config, schemas: &[&'static ModelSchema]) -> Result<Self, ServeError> {
        refuse_unenforced(config, schemas)?;
        // What is left of it is for development.
        warn_of_unenforced(schemas);
        Ok(Self {
            tokens: auth::verifier(&config.auth)?,
            web: auth::way_out(&config.auth)?,
            #[cfg(feature = "oidc")]
            providers: providers::of_settings(&config.auth, &config.http.prefixes.tools)?,
        })
    }

    /// Opens the directory, and starts what is at work before anybody is served; with it, what a door is opened with.
    fn recover(
        self,
        config: &Config,
        schemas: Vec<&'static ModelSchema>,
        additions: &Additions,
        on_failure: OnFailure,
    ) -> Result<(RunningServer, HttpConfig), ServeError> {
        let engine = Arc::new(open_engine(config, schemas, on_failure, Unbound::Refused)?);
        // Where something below fails, dropping it ends what was started.
        let mut server = RunningServer::of(Arc::clone(&engine));
        // What a hook begins with is what comes after its first start, so it is started before anybody is served.
        server.outbox = Some(Outbox::start(&engine, config.engine.retries).map_err(StartError::from)?);
        server.projectors = Some(Projectors::start(&engine).map_err(StartError::from)?);
        server.access_log = config.access_log.then(AccessLog::start).transpose().map_err(StartError::from)?;
        let lines = server.access_log.as_ref().map(AccessLog::lines);
        let mut http = HttpConfig { access_log: lines, ..config.http.clone() };
        let own_tokens = engine.own_tokens().map(|own| Arc::new(own.verifier()));
        http.auth.tokens = self.tokens.as_ref().map(|(verifier, _)| Arc::clone(verifier)).or(own_tokens);
        #[cfg(feature = "oidc")]
        {
            server.providers = log_in_through(self.providers, &self.web, &engine, &mut http)?;
        }
        additions.add_to(&mut http, &engine);
        server.keys = auth::read_keys(self.tokens, self.web)?;
        Ok((server, http))
    }
}

impl RunningServer {
    /// Begins what is done beside answering.
    fn begin_chores(&mut self, config: &Config) -> Result<(), ServeError> {
        // Where there is no temporary folder it serves all the same; commands then say who holds the directory.
        self.control = Control::start(config, &self.engine).ok();
        self.purger = Some(Purger::start(&self.engine, config.http.auth.users.clone()).map_err(StartError::from)?);
        let scheduler = config.schedules.then(|| Scheduler::start(&self.engine));
        self.scheduler = scheduler.transpose().map_err(StartError::from)?;
        Ok(())
    }
}

/// Refuses models that declare what this version does not enforce, unless that is for development.
fn refuse_unenforced(config: &Config, schemas: &[&'static ModelSchema]) -> Result<(), ServeError> {
    let declared: Vec<_> = unenforced(schemas).collect();
    if declared.is_empty() || config.is_for_development { Ok(()) } else { Err(ServeError::Unenforced(declared)) }
}

/// Says what is not protected. To the standard error, whatever else is set.
#[expect(clippy::print_stderr, reason = "whoever starts an unprotected server must see it")]
fn warn_of_unenforced(schemas: &[&'static ModelSchema]) {
    for (model, what) in unenforced(schemas) {
        eprintln!("WARNING: {model}: {what} is declared and NOT enforced: this server is for development only");
    }
}

/// What models declare that this version does not enforce: the model, and what.
fn unenforced(schemas: &[&'static ModelSchema]) -> impl Iterator<Item = (&'static str, &'static str)> {
    schemas.iter().flat_map(|schema| schema.unenforced.iter().map(|what| (schema.name, *what)))
}

/// Begins to ask providers, and lets users log in through them.
#[cfg(feature = "oidc")]
fn log_in_through(
    providers: Vec<Arc<Provider>>,
    web: &Arc<dyn Web>,
    engine: &Engine,
    http: &mut HttpConfig,
) -> Result<Option<Refresher>, AuthError> {
    if providers.is_empty() {
        return Ok(None);
    }
    let oidc = Arc::new(Oidc::new(providers, Arc::clone(web), &engine.cursor_secret()));
    let refresher = providers::follow_all(&oidc, web)?;
    http.auth.oidc = Some(oidc);
    Ok(Some(refresher))
}
