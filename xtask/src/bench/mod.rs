//! `cargo xtask bench`: Lithair beside its calibrators, in one run, in interleaved rounds.
//!
//! What counts is the ratio within a round; absolute figures move several-fold between minutes on a shared machine. The
//! client runs on the same cores as the servers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::AnyError;

mod access;
mod append;
mod firewall;
mod growth;
mod history;
mod load;
pub(crate) mod memory;
mod process;
mod product;
mod record;
pub(crate) mod rows;
mod rules;
mod schema;
mod seed;
mod stats;

use load::Round;
use process::Server;
use stats::quartiles;

/// How long and how often.
#[derive(Clone, Copy)]
struct Effort {
    rounds: usize,
    time: Duration,
    rows: u64,
    many_rows: u64,
}

const FULL: Effort = Effort { rounds: 7, time: Duration::from_secs(5), rows: 100_000, many_rows: 1_000_000 };
const QUICK: Effort = Effort { rounds: 3, time: Duration::from_secs(1), rows: 100_000, many_rows: 100_000 };

const PARTS: [&str; 13] = [
    "append",
    "rows",
    "create",
    "create-rules",
    "get",
    "list",
    "growth",
    "restart",
    "history",
    "access",
    "record",
    "memory",
    "firewall",
];
/// What measures no server of another process.
const INSIDE: [&str; 7] = ["append", "rows", "history", "create-rules", "record", "memory", "firewall"];

/// Runs the parts named in `arguments`; if none is named, all but those about pieces of a crate.
pub(crate) fn run(arguments: &[String]) -> Result<(), AnyError> {
    let mut effort = FULL;
    let mut parts = Vec::new();
    for argument in arguments {
        match argument.as_str() {
            "--quick" => effort = QUICK,
            part if PARTS.contains(&part) => parts.push(part),
            other => return Err(format!("unknown part `{other}`; parts are {}", PARTS.join(", ")).into()),
        }
    }
    if parts.iter().any(|part| !INSIDE.contains(part)) || parts.is_empty() {
        build()?;
    }
    let bench = Bench::new(effort)?;
    let wanted = |part: &str| parts.is_empty() || parts.contains(&part);
    println!("{} rounds of {:?} each, interleaved; ratios are medians [quartiles]\n", effort.rounds, effort.time);
    if wanted("append") {
        append::run(&bench.directory, effort.rounds, effort.time)?;
    }
    if wanted("rows") {
        rows::run(effort.rounds.min(5), effort.many_rows)?;
    }
    if wanted("create") || wanted("get") || wanted("list") {
        bench.beside_bare(&wanted)?;
    }
    if wanted("create-rules") {
        rules::run(&bench.directory, effort.rounds, effort.time)?;
    }
    if wanted("history") {
        history::run(&bench.directory, effort.many_rows)?;
    }
    if wanted("access") {
        access::run(&bench)?;
    }
    if wanted("growth") || wanted("restart") {
        growth::run(&bench, wanted("growth"), wanted("restart"))?;
    }
    if parts.contains(&"record") {
        record::run(effort.rounds)?;
    }
    if parts.contains(&"memory") {
        memory::run(effort.many_rows)?;
    }
    if parts.contains(&"firewall") {
        firewall::run(effort.rounds)?;
    }
    Ok(())
}

/// The servers must be as optimised as this program.
fn build() -> Result<(), AnyError> {
    let status = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--package", "products", "--package", "guarded", "--package", "bare"])
        .status()?;
    if status.success() { Ok(()) } else { Err("the servers do not build".into()) }
}

struct Bench {
    effort: Effort,
    /// Gone when the run ends.
    directory: PathBuf,
    threads: usize,
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Best effort: a leftover in the temporary folder harms nothing.
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

impl Bench {
    fn new(effort: Effort) -> Result<Self, AnyError> {
        // Beside the build, not in a temporary file system: a sync must reach a disk.
        let directory = std::env::current_exe()?.with_file_name(format!("bench-{}", std::process::id()));
        std::fs::create_dir_all(&directory)?;
        Ok(Self { effort, directory, threads: std::thread::available_parallelism()?.get() })
    }

    fn seeded(&self, name: &str, rows: u64) -> Result<PathBuf, AnyError> {
        let data = self.directory.join(name);
        let begin = Instant::now();
        seed::import(&std::env::current_exe()?.with_file_name("products"), &data, rows)?;
        eprintln!("imported {rows} products in {:.1} s", begin.elapsed().as_secs_f64());
        Ok(data)
    }

    /// Create, get and list against a bare hyper server that answers the very same bytes.
    fn beside_bare(&self, wanted: &dyn Fn(&str) -> bool) -> Result<(), AnyError> {
        let lithair = Server::products(&self.seeded("main", self.effort.rows)?, self.threads)?;
        println!(
            "| what | connections | ratio to bare hyper | Lithair/s | bare/s | p50 us | p99 us | server CPU us, Lithair / bare |"
        );
        println!("|---|--:|--:|--:|--:|--:|--:|--:|");
        let mut works: Vec<Work> = Vec::new();
        if wanted("create") {
            works.push(Work { name: "durable create", status: 201, request: Box::new(create()) });
        }
        if wanted("get") {
            works.push(Work { name: "GET by id", status: 200, request: Box::new(get(self.effort.rows)) });
        }
        if wanted("list") {
            works.push(Work { name: "list of 100", status: 200, request: Box::new(list()) });
        }
        for mut work in works {
            for connections in [32, 128] {
                self.compare(&lithair, &mut work, connections)?;
            }
        }
        println!();
        let metrics =
            process::request(lithair.address, "GET /metrics HTTP/1.1\r\nhost: bench\r\n\r\n").ok_or("/metrics")?;
        let figures = counters(&String::from_utf8_lossy(&metrics.1));
        let figure =
            |name: &str| figures.iter().find(|(key, _)| key.contains(name)).map_or(f64::NAN, |(_, value)| *value);
        let (syncs, frames, events) = (figure("syncs"), figure("frames"), figure("events"));
        if frames > 0.0 {
            println!("syncs per batch: {:.3} ({syncs} syncs, {frames} batches, {events} events)\n", syncs / frames);
        }
        Ok(())
    }

    fn compare(&self, lithair: &Server, work: &mut Work, connections: usize) -> Result<(), AnyError> {
        let mut sample = Vec::new();
        (work.request)(&mut sample);
        let (status, answer) = process::request(lithair.address, std::str::from_utf8(&sample)?)
            .ok_or("no answer to the sample request")?;
        if status != work.status {
            return Err(format!(
                "{}: {status}, expected {}: {}",
                work.name,
                work.status,
                String::from_utf8_lossy(&answer)
            )
            .into());
        }
        let bare = Server::bare(&answer, self.threads, &self.directory)?;
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.effort.rounds {
            let a = self.round(lithair, work, connections)?;
            let b = self.round(&bare, work, connections)?;
            ratios.push(a.0.rate() / b.0.rate());
            ours.push(a);
            theirs.push(b);
        }
        let ratio = quartiles(&ratios);
        let median = |rounds: &[(Round, f64)], of: &dyn Fn(&(Round, f64)) -> f64| {
            quartiles(&rounds.iter().map(of).collect::<Vec<_>>()).median
        };
        println!(
            "| {} | {connections} | **{:.0} %** [{:.0}, {:.0}] | {:.0} | {:.0} | {:.0} | {:.0} | {:.1} / {:.1} |",
            work.name,
            ratio.median * 100.0,
            ratio.first * 100.0,
            ratio.third * 100.0,
            median(&ours, &|r| r.0.rate()),
            median(&theirs, &|r| r.0.rate()),
            median(&ours, &|r| f64::from(r.0.percentile(50))),
            median(&ours, &|r| f64::from(r.0.percentile(99))),
            median(&ours, &|r| r.1),
            median(&theirs, &|r| r.1),
        );
        Ok(())
    }

    /// One round, and the server's CPU microseconds an answer.
    fn round(&self, server: &Server, work: &mut Work, connections: usize) -> Result<(Round, f64), AnyError> {
        let before = server.cpu_us()?;
        let round = load::run(server.address, connections, self.effort.time, work.status, &mut work.request)?;
        if round.unexpected > 0 {
            return Err(
                format!("{}: {} answers had another status than {}", work.name, round.unexpected, work.status).into()
            );
        }
        let cpu = (server.cpu_us()? - before) as f64 / round.answers.max(1) as f64;
        Ok((round, cpu))
    }
}

/// Writes the bytes of the next request.
type Request = Box<dyn FnMut(&mut Vec<u8>)>;

/// A kind of request.
struct Work {
    name: &'static str,
    status: u16,
    request: Request,
}

fn create() -> impl FnMut(&mut Vec<u8>) {
    let mut number = 0_u64;
    let run = std::process::id();
    move |out| {
        number += 1;
        seed::create_request(out, number, &format!("NEW-{run}-{number:010}"));
    }
}

fn get(rows: u64) -> impl FnMut(&mut Vec<u8>) {
    let mut state = 1_u64;
    move |out| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let id = seed::id((state >> 33) % rows);
        out.extend_from_slice(format!("GET /api/products/{id} HTTP/1.1\r\nhost: bench\r\n\r\n").as_bytes());
    }
}

fn list() -> impl FnMut(&mut Vec<u8>) {
    |out| out.extend_from_slice(b"GET /api/products?limit=100 HTTP/1.1\r\nhost: bench\r\n\r\n")
}

/// The plain counters of a Prometheus page.
fn counters(page: &str) -> BTreeMap<String, f64> {
    page.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once(' '))
        .filter_map(|(name, value)| Some((name.to_owned(), value.trim().parse().ok()?)))
        .collect()
}

fn data_bytes(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.flatten().filter_map(|entry| entry.metadata().ok()).map(|metadata| metadata.len()).sum()
}
