//! From what the layers say to a configuration, or to everything that is wrong with it.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lithair_http::{CorsConfig, FirewallConfig, HttpConfig, Origin, Reactors};
use lithair_model::{Network, NotANetwork};

use super::{Config, Layers, auth, units};
use crate::engine::EngineOptions;

const THREADS_MAX: u64 = 1024;
const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const TIB: u64 = 1024 * 1024 * MIB;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Reads every setting. What is wrong is added to the problems, and the default stands in so that the rest is checked too.
pub(super) fn check(layers: &Layers, problems: &mut Vec<String>) -> Config {
    let mut reader = Reader { layers, problems };
    let mut http = HttpConfig::new(reader.addr());
    match reader.count("server.threads", 0..=THREADS_MAX) {
        0 => {}
        threads => http.reactors = Reactors::PerThread(threads),
    }
    let limits = &mut http.limits;
    limits.connections_max = reader.count("limits.connections", 1..=10_000_000);
    limits.connections_per_ip_max = reader.count("limits.connections_per_ip", 1..=10_000_000);
    limits.batch_operations_max = reader.count("limits.batch_operations", 1..=100_000);
    limits.batch_body_bytes_max = reader.size("limits.batch_body", KIB..=1024 * MIB);
    limits.custom_body_bytes_max = reader.size("limits.custom_body", KIB..=TIB) as u64;
    limits.import_body_bytes_max = reader.size("limits.import_body", KIB..=TIB) as u64;
    limits.response_bytes_max = reader.size("limits.response", KIB..=1024 * MIB);
    limits.scan_rows_max = reader.count("limits.scan_rows", 1..=u64::MAX) as u64;
    let timeouts = &mut http.timeouts;
    timeouts.header = reader.duration("timeouts.header", Duration::from_millis(1)..=DAY);
    timeouts.body = reader.duration("timeouts.body", Duration::from_millis(1)..=DAY);
    timeouts.keep_alive = reader.duration("timeouts.keep_alive", Duration::from_millis(1)..=DAY);
    timeouts.drain = reader.duration("server.drain", Duration::ZERO..=DAY);

    http.compression = reader.flag("server.compression");
    http.firewall = firewall(&mut reader);
    http.cors = cors(&mut reader);

    let mut engine = EngineOptions::default();
    let segment_bytes_min = engine.store.segment_bytes_min;
    engine.store.segment_bytes_max = reader.size("store.segment", segment_bytes_min..=1024 * MIB) as u64;
    engine.store.queue_bytes_max = reader.size("store.queue", MIB..=TIB);
    engine.snapshot_bytes = reader.size("store.snapshot_after", MIB..=TIB) as u64;
    engine.keep_moments = reader.duration("store.keep_moments", Duration::ZERO..=DAY);
    engine.retries.attempts_max = u32::try_from(reader.count("hooks.attempts", 1..=1_000)).expect("in range");
    engine.retries.first_wait = reader.duration("hooks.first_wait", Duration::from_millis(1)..=DAY);
    let access_log = reader.flag("server.access_log");
    let schedules = reader.flag("schedules.run");
    let failures = reader.count("limits.auth_failures", 1..=1_000_000);
    http.auth.failures_per_minute = u32::try_from(failures).expect("in range");
    http.auth.admin_role = Some(layers.text("auth.admin_role").to_owned()).filter(|role| !role.is_empty());
    http.auth.roles = auth::role_source(layers, reader.problems);
    http.auth.users = layers.users.clone();
    let data = reader.path("store.data");
    engine.own_tokens = layers.own_tokens;
    let auth = auth::check(layers, problems);
    http.auth.providers = auth.providers.iter().map(|provider| provider.rules.name.clone()).collect();
    Config { data, http, engine, access_log, schedules, auth, is_for_development: false }
}

fn firewall(reader: &mut Reader<'_>) -> FirewallConfig {
    FirewallConfig {
        allow: reader.networks("firewall.allow"),
        deny: reader.networks("firewall.deny"),
        trusted_proxies: reader.networks("firewall.trusted_proxies"),
        metrics: reader.networks("metrics.networks"),
        rate: reader.value("firewall.rate", "a rate such as 100/s, 5/min, 1000/h or 10000/d, or nothing", |text| {
            if text.is_empty() { Some(None) } else { text.parse().ok().map(Some) }
        }),
        clients_max: reader.count("firewall.clients", 1_024..=1 << 28),
    }
}

fn cors(reader: &mut Reader<'_>) -> CorsConfig {
    let origins = reader.list("cors.origins", |origin| {
        let problem = "expected an origin such as https://app.example.com, without a path, or *";
        Origin::parse(origin).ok_or_else(|| problem.to_owned())
    });
    let cors = CorsConfig {
        origins,
        credentials: reader.flag("cors.credentials"),
        max_age: reader.duration("cors.max_age", Duration::ZERO..=DAY),
    };
    if cors.credentials && cors.origins.contains(&Origin::Any) {
        reader.problems.push(format!(
            "cors.credentials = true ({}): not with cors.origins = *, which would let every page act for whoever opens it; \
             name the origins",
            reader.layers.origin("cors.credentials")
        ));
    }
    cors
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn addr(&mut self) -> SocketAddr {
        let addr = self.value("server.addr", "an address such as 127.0.0.1:8080", addr);
        let insecure_http = self.flag("server.insecure_http");
        if !addr.ip().to_canonical().is_loopback() && !insecure_http {
            let origin = self.layers.origin("server.addr");
            self.problems.push(format!(
                "server.addr = \"{addr}\" ({origin}): others can reach this address and plain HTTP hides nothing; listen on \
                 127.0.0.1, or set server.insecure_http = true"
            ));
        }
        addr
    }

    fn flag(&mut self, key: &str) -> bool {
        self.value(key, "true or false", |text| text.parse().ok())
    }

    fn networks(&mut self, key: &str) -> Vec<Network> {
        self.list(key, |text| text.parse().map_err(|wrong: NotANetwork| wrong.to_string()))
    }

    /// The parts of a text between commas. Each that is wrong is a problem.
    fn list<T>(&mut self, key: &str, parse: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let text = self.layers.text(key);
        // As a list of the settings file is handed on.
        let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let mut parsed = Vec::new();
        for part in parts {
            match parse(part) {
                Ok(value) => parsed.push(value),
                Err(wrong) => {
                    let origin = self.layers.origin(key);
                    self.problems.push(format!("{key} = {part:?} ({origin}): {wrong}"));
                }
            }
        }
        parsed
    }

    fn path(&mut self, key: &str) -> PathBuf {
        self.value(key, "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)))
    }

    fn count(&mut self, key: &str, range: RangeInclusive<u64>) -> usize {
        let expected = match (*range.start(), *range.end()) {
            (first, u64::MAX) => format!("a whole number from {first}"),
            (first, last) => format!("a whole number from {first} to {last}"),
        };
        let count = |text: &str| text.replace('_', "").parse().ok().filter(|count| range.contains(count));
        as_usize(self.value(key, &expected, count))
    }

    fn size(&mut self, key: &str, range: RangeInclusive<u64>) -> usize {
        let (first, last) = (units::show_size(*range.start()), units::show_size(*range.end()));
        let size = |text: &str| units::size(text).filter(|size| range.contains(size));
        as_usize(self.value(key, &format!("a size from {first} to {last}, such as 64KiB, 8MiB or 1GiB"), size))
    }

    fn duration(&mut self, key: &str, range: RangeInclusive<Duration>) -> Duration {
        let (first, last) = (range.start(), range.end());
        let expected = format!("a time from {first:?} to {last:?}, such as 500ms, 10s, 5m or 1h");
        self.value(key, &expected, |text| units::duration(text).filter(|time| range.contains(time)))
    }

    fn value<T>(&mut self, key: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> T {
        let text = self.layers.text(key);
        parse(text).unwrap_or_else(|| {
            let origin = self.layers.origin(key);
            self.problems.push(format!("{key} = {text:?} ({origin}): expected {expected}"));
            parse(Layers::default_text(key)).expect("defaults are right")
        })
    }
}

/// A number that a range has bounded.
fn as_usize(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// An address with its port. Names are not looked up: only this one has the same meaning everywhere.
fn addr(text: &str) -> Option<SocketAddr> {
    match text.strip_prefix("localhost:") {
        Some(port) => Some(SocketAddr::from((Ipv4Addr::LOCALHOST, port.parse().ok()?))),
        None => text.parse().ok(),
    }
}
