//! Servers at work: one that listens, and one that a router of somebody else's serves.

use std::net::SocketAddr;
use std::sync::Arc;

use lithair_http::{Handle, LithairService};
use lithair_model::Backend;

use crate::access_log::AccessLog;
use crate::control::Control;
use crate::db::Db;
use crate::engine::Engine;
use crate::outbox::Outbox;
use crate::projections::Projectors;
use crate::purger::Purger;
use crate::refresher::Refresher;
use crate::schedules::Scheduler;
use crate::startup::Replayed;

/// A running application. Stops when dropped.
pub struct RunningServer {
    pub(super) http: Option<Handle>,
    pub(super) purger: Option<Purger>,
    pub(super) projectors: Option<Projectors>,
    pub(super) scheduler: Option<Scheduler>,
    pub(super) keys: Option<Refresher>,
    #[cfg(feature = "oidc")]
    pub(super) providers: Option<Refresher>,
    pub(super) control: Option<Control>,
    pub(super) outbox: Option<Outbox>,
    pub(super) access_log: Option<AccessLog>,
    pub(super) engine: Arc<Engine>,
}

impl RunningServer {
    /// An engine, and nothing yet of what works beside it.
    pub(super) const fn of(engine: Arc<Engine>) -> Self {
        Self {
            http: None,
            purger: None,
            projectors: None,
            scheduler: None,
            keys: None,
            #[cfg(feature = "oidc")]
            providers: None,
            control: None,
            outbox: None,
            access_log: None,
            engine,
        }
    }

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

    /// The engine as HTTP sees it.
    pub(super) fn backend(&self) -> Arc<dyn Backend> {
        Arc::clone(&self.engine) as _
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

/// A running application that a router of somebody else's serves. Stops when dropped; its service answers 503 from then on where it would have to
/// write.
pub struct MountedServer {
    pub(super) service: LithairService,
    pub(super) server: RunningServer,
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
