//! What all requests share, made once when the server starts.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http::HeaderValue;
use lithair_model::{Backend, Catalog, Timestamp, schema_document};
use tokio::sync::Semaphore;

use crate::HttpConfig;
use crate::auth::Auth;
use crate::cursor::CursorSeal;
use crate::custom::Custom;
use crate::firewall::HttpFirewall;
use crate::gate::Gate;
use crate::observe::Metrics;
use crate::openapi::openapi_document;
use crate::request_id::RequestIds;
use crate::router::Router;

/// Requests that read the log at once: more would only keep each other from the disk.
const PAST_READERS_MAX: usize = 8;

/// What all requests share.
pub(crate) struct App {
    pub(crate) config: HttpConfig,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) catalog: Arc<Catalog>,
    pub(crate) router: Router,
    pub(crate) auth: Arc<Auth>,
    pub(crate) cursors: CursorSeal,
    pub(crate) gate: Arc<Gate>,
    pub(crate) firewall: HttpFirewall,
    pub(crate) metrics: Metrics,
    pub(crate) request_ids: RequestIds,
    /// `schema.json`, encoded once.
    pub(crate) schema: Bytes,
    /// `openapi.json`, encoded once.
    pub(crate) openapi: Bytes,
    /// Those who read the past at once.
    pub(crate) past: Semaphore,
    /// What answers depend on, as the value of `Vary`.
    pub(crate) vary: HeaderValue,
    /// What stands around the server, if anything does.
    pub(crate) around: OnceLock<Custom>,
    draining: AtomicBool,
}

impl App {
    pub(crate) fn new(config: HttpConfig, backend: Arc<dyn Backend>) -> Self {
        let catalog = Arc::clone(backend.catalog());
        let limits = &config.limits;
        Self {
            router: Router::new(&config.prefixes, &catalog, &config.auth.providers),
            auth: Arc::new(Auth::new(&config.auth, &*backend)),
            cursors: CursorSeal::new(&backend.cursor_secret()),
            gate: Arc::new(Gate::new(limits.connections_max, limits.connections_per_ip_max)),
            firewall: HttpFirewall::new(&config.firewall, &catalog),
            metrics: Metrics::new(&catalog),
            request_ids: RequestIds::new(),
            schema: schema_document(&catalog).to_string().into(),
            openapi: openapi_document(&catalog, &config).to_string().into(),
            past: Semaphore::new(PAST_READERS_MAX),
            vary: vary(&config),
            around: OnceLock::new(),
            draining: AtomicBool::new(false),
            catalog,
            backend,
            config,
        }
    }

    pub(crate) fn begin_drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// The application's code, where a path is below none of the prefixes and the application has any.
    pub(crate) fn custom(&self, path: &str) -> Option<&Custom> {
        let custom = self.config.custom.as_ref()?;
        (path != "*" && !self.config.prefixes.have(path)).then_some(custom)
    }

    /// When a request arrives. Handed down from here; nothing below reads a clock, but for what takes long and asks whether it may go on.
    pub(crate) fn now() -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::from_micros(i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX))
    }
}

/// The same for every request, so that no cache takes one answer for another.
fn vary(config: &HttpConfig) -> HeaderValue {
    HeaderValue::from_static(match (config.compression, config.cors.origins.is_empty()) {
        (false, true) => "accept, authorization, cookie",
        (true, true) => "accept, accept-encoding, authorization, cookie",
        (false, false) => "accept, authorization, cookie, origin",
        (true, false) => "accept, accept-encoding, authorization, cookie, origin",
    })
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("config", &self.config).finish_non_exhaustive()
    }
}
