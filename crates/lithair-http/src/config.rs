//! What can be set about the server, with defaults.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use lithair_auth::oidc::Oidc;
use lithair_auth::{RoleSource, TokenVerifier, Users};
use lithair_model::{Network, Rate};

use crate::Origin;
use crate::custom::Custom;
use crate::service::Around;

/// Everything that can be set about the server. Start from [`HttpConfig::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct HttpConfig {
    /// Where to listen. Port 0 takes a free port; [`crate::Handle::addr`] says which.
    pub addr: SocketAddr,
    /// The threads that serve connections.
    pub reactors: Reactors,
    /// How connections come to the threads of [`Reactors::PerThread`].
    pub dealing: Dealing,
    /// Where the endpoints are.
    pub prefixes: Prefixes,
    /// How much a client may ask for.
    pub limits: Limits,
    /// How long a client may take.
    pub timeouts: Timeouts,
    /// Who may come, and how often.
    pub firewall: FirewallConfig,
    /// Whose pages may ask.
    pub cors: CorsConfig,
    /// Whether large answers are compressed for clients that understand it.
    pub compression: bool,
    /// Takes a line of JSON for each request. A line that finds no room is dropped and counted: nobody waits for whoever reads them.
    pub access_log: Option<SyncSender<String>>,
    /// Which credentials are taken.
    pub auth: AuthConfig,
    /// What answers requests for paths below none of the prefixes.
    pub custom: Option<Custom>,
    /// What stands around the whole server.
    pub around: Option<Around>,
    /// For tests: whether a request may say who sends it. Only what is compiled for tests looks at it.
    #[cfg(feature = "testing")]
    pub requests_say_who: bool,
}

impl HttpConfig {
    /// The defaults, listening on `addr`.
    pub fn new(addr: SocketAddr) -> Self {
        Self {
            addr,
            reactors: Reactors::default(),
            dealing: Dealing::RoundRobin,
            prefixes: Prefixes::default(),
            limits: Limits::default(),
            timeouts: Timeouts::default(),
            firewall: FirewallConfig::default(),
            cors: CorsConfig::default(),
            compression: true,
            access_log: None,
            auth: AuthConfig::default(),
            custom: None,
            around: None,
            #[cfg(feature = "testing")]
            requests_say_who: false,
        }
    }
}

/// Which credentials are taken.
#[derive(Clone, Debug)]
pub struct AuthConfig {
    /// What checks signed tokens; without it, none is taken.
    pub tokens: Option<Arc<TokenVerifier>>,
    /// Users with passwords, if there are any.
    pub users: Option<Users>,
    /// Names of providers through which users may log in.
    pub providers: Vec<String>,
    /// The providers themselves, in the same order, where there is a way to them.
    pub oidc: Option<Arc<Oidc>>,
    /// The role of those who may administer credentials over HTTP; none if nobody may.
    pub admin_role: Option<String>,
    /// Where roles come from.
    pub roles: RoleSource,
    /// Bad credentials from one address (IPv4, or IPv6 /64) in a minute, after which further ones are refused unseen.
    pub failures_per_minute: u32,
}

impl Default for AuthConfig {
    fn default() -> Self {
        Self {
            tokens: None,
            users: None,
            providers: Vec::new(),
            oidc: None,
            admin_role: None,
            roles: RoleSource::default(),
            failures_per_minute: 100,
        }
    }
}

/// The threads that serve connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reactors {
    /// So many threads (at least one), each with a runtime of its own. A connection stays on its thread.
    PerThread(usize),
    /// One runtime with so many worker threads (at least one) that steal work from each other.
    Shared(usize),
}

impl Default for Reactors {
    /// One thread a core.
    fn default() -> Self {
        Self::PerThread(std::thread::available_parallelism().map_or(1, usize::from))
    }
}

/// How connections come to threads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dealing {
    /// One socket; each connection goes to the thread that has fewest. Even with few connections.
    RoundRobin,
    /// One socket a thread (`SO_REUSEPORT`); the kernel chooses by a hash of the addresses.
    ReusePort,
}

/// Where the endpoints are. Each begins with `/` and does not end with one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// The collections.
    pub api: String,
    /// Documents and tools.
    pub tools: String,
    /// Health checks.
    pub health: String,
    /// The metrics page.
    pub metrics: String,
}

impl Prefixes {
    /// Whether a path is one of them, or below one.
    pub(crate) fn have(&self, path: &str) -> bool {
        let is_at_or_below = |prefix: &String| {
            path.strip_prefix(prefix.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        [&self.api, &self.tools, &self.health, &self.metrics].into_iter().any(is_at_or_below)
    }
}

impl Default for Prefixes {
    fn default() -> Self {
        Self {
            api: "/api".to_owned(),
            tools: "/_lithair".to_owned(),
            health: "/health".to_owned(),
            metrics: "/metrics".to_owned(),
        }
    }
}

/// How much a client may ask for. The body of a single record is limited by its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Open connections in all. Further ones are told 503 and closed.
    pub connections_max: usize,
    /// Open connections from one IPv4 address or one IPv6 /64.
    pub connections_per_ip_max: usize,
    /// Requests on one HTTP/1.1 connection; the last answer says `Connection: close`.
    pub requests_per_connection_max: u64,
    /// Bytes of the path and the query together.
    pub target_bytes_max: usize,
    /// Bytes of all header names and values together.
    pub header_bytes_max: usize,
    /// Bytes of a filter in a URL.
    pub filter_bytes_max: usize,
    /// Bytes of a filter in a body.
    pub body_filter_bytes_max: usize,
    /// Bytes of the body of a query.
    pub query_body_bytes_max: usize,
    /// Bytes of the body of a batch.
    pub batch_body_bytes_max: usize,
    /// Operations of a batch.
    pub batch_operations_max: usize,
    /// Bytes of the body of a request that the application's own code answers.
    pub custom_body_bytes_max: u64,
    /// Bytes of the body of an import.
    pub import_body_bytes_max: u64,
    /// Rows that a list may look at.
    pub scan_rows_max: u64,
    /// Bytes of the items of a list.
    pub response_bytes_max: usize,
    /// Streams at a time on one HTTP/2 connection.
    pub streams_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections_max: 16_384,
            connections_per_ip_max: 4_096,
            requests_per_connection_max: u64::MAX,
            target_bytes_max: 8 * 1024,
            header_bytes_max: 16 * 1024,
            filter_bytes_max: 4 * 1024,
            body_filter_bytes_max: 64 * 1024,
            query_body_bytes_max: 128 * 1024,
            batch_body_bytes_max: 8 * 1024 * 1024,
            batch_operations_max: 1_000,
            custom_body_bytes_max: 2 * 1024 * 1024,
            import_body_bytes_max: 16 * 1024 * 1024 * 1024,
            scan_rows_max: 200_000,
            response_bytes_max: 8 * 1024 * 1024,
            streams_max: 128,
        }
    }
}

/// How long a client may take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// From the connection to its first byte.
    pub first_byte: Duration,
    /// From the first byte of a request to the end of its head.
    pub header: Duration,
    /// From the head to the end of the body. Grows by one second for every `body_bytes_per_second_min` that came.
    pub body: Duration,
    /// The rate below which a body is too slow, once `body` is used up.
    pub body_bytes_per_second_min: u64,
    /// Between two requests of a connection.
    pub keep_alive: Duration,
    /// While the client takes no byte of an answer.
    pub write: Duration,
    /// For requests under way when the server stops.
    pub drain: Duration,
    /// How long a request with `Lithair-Min-Seq` waits for the position.
    pub catch_up: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            first_byte: Duration::from_secs(10),
            header: Duration::from_secs(10),
            body: Duration::from_secs(30),
            body_bytes_per_second_min: 16 * 1024,
            keep_alive: Duration::from_secs(75),
            write: Duration::from_secs(30),
            drain: Duration::from_secs(10),
            catch_up: Duration::from_secs(2),
        }
    }
}

/// Who may come to the server as a whole, and how often. What a model says holds besides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirewallConfig {
    /// Networks that alone may come; none means everyone.
    pub allow: Vec<Network>,
    /// Networks that may not come, whatever `allow` says.
    pub deny: Vec<Network>,
    /// Proxies that are believed when they say for whom they ask (`X-Forwarded-For`). What others say of that is not looked at.
    pub trusted_proxies: Vec<Network>,
    /// Networks whose clients are shown the metrics. Administrators are, wherever they are.
    pub metrics: Vec<Network>,
    /// How often each client may ask, whatever it asks for.
    pub rate: Option<Rate>,
    /// Clients whose requests are counted at a time, of all limits together; 16 bytes each, when they come.
    pub clients_max: usize,
}

impl Default for FirewallConfig {
    /// Everyone may come, and the metrics are for this machine.
    fn default() -> Self {
        let metrics = ["127.0.0.0/8", "::1"].map(|network| network.parse().expect("is a network")).to_vec();
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            trusted_proxies: Vec::new(),
            metrics,
            rate: None,
            clients_max: 1 << 20,
        }
    }
}

/// Whose pages may ask, beside those of the server's own origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CorsConfig {
    /// None at all if there are none.
    pub origins: Vec<Origin>,
    /// Browsers send along what they keep for this server. Not with [`Origin::Any`].
    pub credentials: bool,
    /// How long browsers remember what a preflight said.
    pub max_age: Duration,
}

impl Default for CorsConfig {
    fn default() -> Self {
        Self { origins: Vec::new(), credentials: false, max_age: Duration::from_secs(600) }
    }
}
