//! Settings: raw text from four layers, then one check that says everything that is wrong, then values that are right.
//!
//! ```text
//! defaults < lithair.toml (or --config) < LITHAIR_SECTION__KEY < flags
//! ```

mod layers;
mod units;

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use lithair_http::{HttpConfig, Reactors};
use thiserror::Error;

pub use layers::{Layers, Origin};

use crate::engine::EngineOptions;

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// `section.key`.
    pub key: &'static str,
    /// The text it has if nobody says otherwise.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

const fn setting(key: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { key, default, help }
}

/// All settings there are.
pub const SETTINGS: &[Setting] = &[
    setting("server.addr", "127.0.0.1:8080", "where to listen; port 0 takes a free one"),
    setting("server.threads", "0", "threads that serve connections; 0 is one a core"),
    setting("server.insecure_http", "false", "allow plain HTTP on an address that others can reach"),
    setting("server.drain", "10s", "how long requests under way may take when the server stops"),
    setting("limits.connections", "16384", "open connections in all"),
    setting("limits.connections_per_ip", "4096", "open connections from one address"),
    setting("limits.batch_operations", "1000", "operations of a batch"),
    setting("limits.batch_body", "8MiB", "bytes of the body of a batch"),
    setting("limits.import_body", "16GiB", "bytes of the body of an import"),
    setting("limits.response", "8MiB", "bytes of the items of a list"),
    setting("limits.scan_rows", "200000", "rows that a list may look at"),
    setting("timeouts.header", "10s", "from the first byte of a request to the end of its head"),
    setting("timeouts.body", "30s", "from the head to the end of the body"),
    setting("timeouts.keep_alive", "75s", "between two requests of a connection"),
    setting("store.data", "./data", "the data directory"),
    setting("store.segment", "64MiB", "the size of the largest log file"),
    setting("store.queue", "64MiB", "bytes that may wait for the disk"),
    setting("store.snapshot_after", "64MiB", "bytes of log that make the next snapshot worth building"),
    setting("store.keep_moments", "5m", "how long cursors stay good"),
];

/// Settings that are right.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data directory.
    pub data: PathBuf,
    /// The HTTP server.
    pub http: HttpConfig,
    /// The engine.
    pub engine: EngineOptions,
}

/// Everything that is wrong with the settings. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", problems.join("\n"))]
pub struct ConfigError {
    /// The problems, at least one.
    pub problems: Vec<String>,
}

impl Config {
    /// Checks what the layers say.
    ///
    /// # Errors
    /// Unknown keys and values that cannot be, all of them, each with its origin and what was expected.
    pub fn of(layers: &Layers) -> Result<Self, ConfigError> {
        let mut reader = Reader { layers, problems: layers.unknown() };
        let config = reader.config();
        if reader.problems.is_empty() { Ok(config) } else { Err(ConfigError { problems: reader.problems }) }
    }
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: Vec<String>,
}

impl Reader<'_> {
    fn config(&mut self) -> Config {
        let addr: SocketAddr = self.value("server.addr", "an address such as 127.0.0.1:8080", |text| text.parse().ok());
        let insecure_http: bool = self.value("server.insecure_http", "true or false", |text| text.parse().ok());
        if !addr.ip().is_loopback() && !insecure_http {
            self.problems.push(format!(
                "server.addr = {addr}: others can reach this address and plain HTTP hides nothing; listen on 127.0.0.1, or set \
                 server.insecure_http = true"
            ));
        }
        let mut http = HttpConfig::new(addr);
        match self.count("server.threads") {
            0 => {}
            threads => http.reactors = Reactors::PerThread(threads),
        }
        http.limits.connections_max = self.count("limits.connections");
        http.limits.connections_per_ip_max = self.count("limits.connections_per_ip");
        http.limits.batch_operations_max = self.count("limits.batch_operations");
        http.limits.batch_body_bytes_max = self.size("limits.batch_body");
        http.limits.import_body_bytes_max = self.size("limits.import_body") as u64;
        http.limits.response_bytes_max = self.size("limits.response");
        http.limits.scan_rows_max = self.count("limits.scan_rows") as u64;
        http.timeouts.header = self.duration("timeouts.header");
        http.timeouts.body = self.duration("timeouts.body");
        http.timeouts.keep_alive = self.duration("timeouts.keep_alive");
        http.timeouts.drain = self.duration("server.drain");

        let mut engine = EngineOptions::default();
        engine.store.segment_bytes_max = (self.size("store.segment") as u64).max(engine.store.segment_bytes_min);
        engine.store.queue_bytes_max = self.size("store.queue");
        engine.snapshot_bytes = self.size("store.snapshot_after") as u64;
        engine.keep_moments = self.duration("store.keep_moments");
        Config { data: PathBuf::from(self.layers.text("store.data")), http, engine }
    }

    fn value<T>(&mut self, key: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        if let Some(value) = parse(self.layers.text(key)) {
            return value;
        }
        let mut problem = String::new();
        let (text, origin) = (self.layers.text(key), self.layers.origin(key));
        // Writing to a string does not fail.
        let _ = write!(problem, "{key} = {text:?} ({origin}): expected {expected}");
        self.problems.push(problem);
        parse(Layers::default_text(key)).expect("defaults are right")
    }

    fn count(&mut self, key: &str) -> usize {
        self.value(key, "a whole number", |text| text.parse().ok())
    }

    fn size(&mut self, key: &str) -> usize {
        self.value(key, "a size such as 64KiB or 8MiB", units::size)
    }

    fn duration(&mut self, key: &str) -> Duration {
        self.value(key, "a time such as 500ms, 10s or 5m", units::duration)
    }
}

#[cfg(test)]
mod tests;
