//! Measures the ways to have threads against each other, and against a bare hyper server that answers the same bytes.
//!
//! ```sh
//! cargo build --release -p bare && cargo run --release -p lithair-http --example reactors -- target/release/bare [list]
//! ```
//!
//! A closed loop over 8, 32 and 128 connections, rounds interleaved. Shown are answers a second (median of the rounds), the median
//! of the ratios to the bare server of the same round, and the processor time of the server's threads for an answer, which
//! other programs on the machine disturb least. The records are in a map: nothing is durable here.

#![allow(clippy::print_stdout, reason = "the table is what it is for")]

#[path = "../../../xtask/src/bench/load.rs"]
#[allow(clippy::cast_possible_truncation, reason = "the load generator's own crate allows it")]
mod load;
#[path = "../tests/it/map_backend.rs"]
#[allow(dead_code, reason = "the tests use more of it")]
mod map_backend;
#[path = "../tests/it/models.rs"]
mod models;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use lithair_http::{Dealing, HttpConfig, Reactors, Server};

pub(crate) type AnyError = Box<dyn std::error::Error + Send + Sync>;

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_000);
const WAYS: [(&str, Reactors, Dealing); 3] = [
    ("a runtime a core, dealt by one acceptor", Reactors::PerThread(2), Dealing::RoundRobin),
    ("a runtime a core, SO_REUSEPORT", Reactors::PerThread(2), Dealing::ReusePort),
    ("one shared runtime", Reactors::Shared(2), Dealing::RoundRobin),
];

fn main() -> Result<(), AnyError> {
    let bare = std::env::args().nth(1).ok_or("usage: reactors PATH_OF_BARE")?;
    let backend = map_backend::MapBackend::new(models::all());
    let servers: Vec<_> = WAYS
        .iter()
        .map(|&(_, reactors, dealing)| {
            let mut config = HttpConfig::new("127.0.0.1:0".parse().expect("is an address"));
            (config.reactors, config.dealing) = (reactors, dealing);
            Server::bind(config, backend.clone())
        })
        .collect::<Result<_, _>>()?;
    let first = servers[0].addr();
    let mut path = String::new();
    for number in 0..100 {
        let body = format!(
            "{{\"name\":\"Reading lamp number {number:05}\",\"price\":\"{number}.50\",\"stock\":{number},\"status\":\"live\",\"blurb\":\"Made of brass and glass, with a long cord.\"}}"
        );
        let created = once(
            first,
            &format!(
                "POST /api/products HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            ),
        )?;
        path = header(&created, "location: ").ok_or("not created")?;
    }
    let only = std::env::args().nth(2).unwrap_or_default();
    let asked = [("read by key", path.as_str()), ("list of 100", "/api/products?limit=100")];
    for (what, path) in asked.into_iter().filter(|(what, _)| what.starts_with(&only)) {
        compare(what, path, &bare, &servers.iter().map(lithair_http::Handle::addr).collect::<Vec<_>>())?;
    }
    Ok(())
}

fn compare(what: &str, path: &str, bare: &str, servers: &[SocketAddr]) -> Result<(), AnyError> {
    let answer = once(servers[0], &format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"))?;
    let (bare, canned) = start_bare(bare, &answer)?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    for connections in [8, 32, 128] {
        let mut rates = vec![Vec::new(); servers.len() + 1];
        for _ in 0..ROUNDS {
            for (place, addr) in [&[canned], servers].concat().into_iter().enumerate() {
                let process = if place == 0 { bare.0.id() } else { std::process::id() };
                let before = server_nanos(process, place > 0)?;
                let round = load::run(addr, connections, ROUND, 200, |out| out.extend_from_slice(request.as_bytes()))?;
                if round.unexpected > 0 {
                    return Err(format!("{} answers of another status", round.unexpected).into());
                }
                let nanos = server_nanos(process, place > 0)? - before;
                rates[place].push((round.rate(), f64::from(round.percentile(99)), nanos / round.answers as f64));
            }
        }
        println!("{what}, {connections} connections, {} bytes", answer.len());
        for (place, name) in ["bare hyper"].into_iter().chain(WAYS.iter().map(|way| way.0)).enumerate() {
            let rate = median(rates[place].iter().map(|round| round.0));
            let ratio = median(rates[place].iter().zip(&rates[0]).map(|(ours, bare)| ours.0 / bare.0));
            let late = median(rates[place].iter().map(|round| round.1));
            let cpu = median(rates[place].iter().map(|round| round.2 / 1_000.0));
            println!("  {name:42} {rate:9.0}/s  {:5.1} %  p99 {late:5.0} us  {cpu:5.2} us of a core", ratio * 100.0);
        }
    }
    drop(bare);
    Ok(())
}

/// Processor time of a process's threads so far; of our own process only those of the servers.
fn server_nanos(process: u32, is_ours: bool) -> Result<f64, AnyError> {
    let mut nanos = 0.0;
    for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
        let thread = thread?.path();
        let name = std::fs::read_to_string(thread.join("comm"))?;
        if !is_ours || name.starts_with("http") {
            let times = std::fs::read_to_string(thread.join("schedstat"))?;
            nanos += times.split(' ').next().unwrap_or_default().parse::<f64>()?;
        }
    }
    Ok(nanos)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// One request on a connection of its own; the answer as it came.
fn once(addr: SocketAddr, request: &str) -> Result<Vec<u8>, AnyError> {
    let mut stream = TcpStream::connect(addr)?;
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

fn header(answer: &[u8], name: &str) -> Option<String> {
    String::from_utf8_lossy(answer).lines().find_map(|line| line.strip_prefix(name).map(str::to_owned))
}

/// A child process, killed when dropped.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_bare(bare: &str, answer: &[u8]) -> Result<(Killed, SocketAddr), AnyError> {
    let file = std::env::temp_dir().join(format!("reactors-{}", std::process::id()));
    let text = String::from_utf8(answer.to_vec())?.replace("connection: close\r\n", "");
    std::fs::write(&file, text)?;
    let mut child = Command::new(bare).arg("2").arg(&file).stdout(Stdio::piped()).spawn()?;
    let mut line = String::new();
    BufReader::new(child.stdout.take().ok_or("stdout is piped")?).read_line(&mut line)?;
    std::fs::remove_file(&file)?;
    Ok((Killed(child), line.trim().parse()?))
}
