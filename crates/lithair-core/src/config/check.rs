use std::net::{Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use lithair_http::{HttpConfig, Reactors};

use super::{Config, Layers, units};
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
    limits.import_body_bytes_max = reader.size("limits.import_body", KIB..=TIB) as u64;
    limits.response_bytes_max = reader.size("limits.response", KIB..=1024 * MIB);
    limits.scan_rows_max = reader.count("limits.scan_rows", 1..=u64::MAX) as u64;
    let timeouts = &mut http.timeouts;
    timeouts.header = reader.duration("timeouts.header", Duration::from_millis(1)..=DAY);
    timeouts.body = reader.duration("timeouts.body", Duration::from_millis(1)..=DAY);
    timeouts.keep_alive = reader.duration("timeouts.keep_alive", Duration::from_millis(1)..=DAY);
    timeouts.drain = reader.duration("server.drain", Duration::ZERO..=DAY);

    let mut engine = EngineOptions::default();
    let segment_bytes_min = engine.store.segment_bytes_min;
    engine.store.segment_bytes_max = reader.size("store.segment", segment_bytes_min..=1024 * MIB) as u64;
    engine.store.queue_bytes_max = reader.size("store.queue", MIB..=TIB);
    engine.snapshot_bytes = reader.size("store.snapshot_after", MIB..=TIB) as u64;
    engine.keep_moments = reader.duration("store.keep_moments", Duration::ZERO..=DAY);
    engine.retries.attempts_max = u32::try_from(reader.count("hooks.attempts", 1..=1_000)).expect("in range");
    engine.retries.first_wait = reader.duration("hooks.first_wait", Duration::from_millis(1)..=DAY);
    Config { data: reader.path("store.data"), http, engine, is_for_development: false }
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: &'a mut Vec<String>,
}

impl Reader<'_> {
    fn addr(&mut self) -> SocketAddr {
        let addr = self.value("server.addr", "an address such as 127.0.0.1:8080", addr);
        let insecure_http: bool = self.value("server.insecure_http", "true or false", |text| text.parse().ok());
        if !addr.ip().to_canonical().is_loopback() && !insecure_http {
            let origin = self.layers.origin("server.addr");
            self.problems.push(format!(
                "server.addr = \"{addr}\" ({origin}): others can reach this address and plain HTTP hides nothing; listen on \
                 127.0.0.1, or set server.insecure_http = true"
            ));
        }
        addr
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
