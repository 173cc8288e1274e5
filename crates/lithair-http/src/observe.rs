//! What the server counts: `/metrics` in the Prometheus text format.

pub(crate) mod access_log;
mod histogram;
mod slot;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http::StatusCode;
use lithair_model::Catalog;
pub(crate) use slot::Slot;

use self::histogram::Histogram;
use crate::app::App;
use crate::rejection::Problem;

/// Status codes that answers have, beside those of the catalogue of problems.
const GOOD: [u16; 5] = [200, 201, 202, 204, 304];

/// Counters of requests by route and status.
#[derive(Debug)]
pub(crate) struct Metrics {
    statuses: Vec<u16>,
    /// By number of slot.
    routes: Vec<Route>,
    pub(crate) panics: Arc<AtomicU64>,
    lost_lines: AtomicU64,
}

#[derive(Debug)]
struct Route {
    /// By place in `statuses`.
    answers: Vec<AtomicU64>,
    seconds: Histogram,
}

impl Metrics {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        let problems = Problem::ALL.iter().map(|problem| problem.status());
        let commands = catalog.models.iter().flat_map(|model| model.schema.commands);
        let refusals = commands.flat_map(|command| command.errors).map(|error| error.status);
        let mut statuses: Vec<u16> = GOOD.into_iter().chain(problems).chain(refusals).collect();
        statuses.sort_unstable();
        statuses.dedup();
        let route =
            || Route { answers: statuses.iter().map(|_| AtomicU64::new(0)).collect(), seconds: Histogram::new() };
        let routes = Slot::all(catalog).map(|_| route()).collect();
        Self { statuses, routes, panics: Arc::default(), lost_lines: AtomicU64::new(0) }
    }

    pub(crate) fn count(&self, slot: Slot, status: StatusCode, time: Duration) {
        let route = &self.routes[slot.number()];
        if let Ok(place) = self.statuses.binary_search(&status.as_u16()) {
            route.answers[place].fetch_add(1, Ordering::Relaxed);
        }
        route.seconds.observe(time);
    }

    pub(crate) fn count_lost_line(&self) {
        self.lost_lines.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_panic(&self) {
        self.panics.fetch_add(1, Ordering::Relaxed);
    }
}

/// The text of `/metrics`.
pub(crate) fn text(app: &App) -> String {
    let mut text = String::with_capacity(16 * 1024);
    requests(app, &mut text);
    let load = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    one(&mut text, "http_connections", "gauge", "Open connections.", app.gate.open() as u64);
    one(&mut text, "http_connections_total", "counter", "Connections accepted.", load(&app.gate.accepted));
    one(
        &mut text,
        "http_connections_refused_total",
        "counter",
        "Connections above a limit, or from addresses that may not come.",
        load(&app.gate.refused),
    );
    one(&mut text, "http_panics_total", "counter", "Bugs met while answering.", load(&app.metrics.panics));
    let lost = load(&app.metrics.lost_lines);
    one(&mut text, "http_access_log_lost_total", "counter", "Lines of the access log that found no room.", lost);
    one(&mut text, "position", "gauge", "The newest position that reads show.", app.backend.position().get());
    app.auth.write_metrics(&mut text);
    for (name, help, value) in app.backend.counters() {
        let kind = if name.ends_with("_total") { "counter" } else { "gauge" };
        one(&mut text, name, kind, help, value);
    }
    text
}

fn requests(app: &App, text: &mut String) {
    let routes: Vec<_> = Slot::all(&app.catalog)
        .zip(&app.metrics.routes)
        .filter(|(_, route)| route.seconds.count() > 0)
        .map(|(slot, route)| (slot.label(&app.catalog, &app.config.prefixes), route))
        .collect();
    head(text, "http_requests_total", "counter", "Requests answered.");
    for ((method, path), route) in &routes {
        for (answers, status) in route.answers.iter().zip(&app.metrics.statuses) {
            let answers = answers.load(Ordering::Relaxed);
            if answers > 0 {
                let labels = format!("method=\"{method}\",route=\"{path}\",status=\"{status}\"");
                line(text, format_args!("lithair_http_requests_total{{{labels}}} {answers}"));
            }
        }
    }
    head(text, "http_request_seconds", "histogram", "Time from the head of a request to its answer.");
    for ((method, path), route) in &routes {
        route.seconds.write("lithair_http_request_seconds", &format!("method=\"{method}\",route=\"{path}\""), text);
    }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    line(text, format_args!("# HELP lithair_{name} {help}\n# TYPE lithair_{name} {kind}"));
}

fn one(text: &mut String, name: &str, kind: &str, help: &str, value: u64) {
    head(text, name, kind, help);
    line(text, format_args!("lithair_{name} {value}"));
}

fn line(text: &mut String, arguments: std::fmt::Arguments<'_>) {
    writeln!(text, "{arguments}").expect("a text takes what is written to it");
}
