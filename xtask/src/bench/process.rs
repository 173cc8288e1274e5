//! Servers as processes of their own: started on a free port, watched, killed by their id.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::AnyError;

/// A server under measurement. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From the start of the process to the first 200 of `/health/ready`, or to the printed address.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts the products application on a data directory and waits until it is ready.
    pub(crate) fn products(data: &Path, threads: usize) -> Result<Self, AnyError> {
        Self::application("products", data, threads, &[])
    }

    /// Starts an application on a data directory, with settings from its environment, and waits until it is ready.
    pub(crate) fn application(
        name: &str,
        data: &Path,
        threads: usize,
        settings: &[(&str, String)],
    ) -> Result<Self, AnyError> {
        let begin = Instant::now();
        let mut command = Command::new(binary(name)?);
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(data);
        command.env("LITHAIR_SERVER__THREADS", threads.to_string());
        command.envs(settings.iter().map(|(key, value)| (key, value)));
        let mut server = Self::start(command, begin)?;
        while request(server.address, "GET /health/ready HTTP/1.1\r\nhost: bench\r\n\r\n")
            .is_none_or(|(code, _)| code != 200)
        {
            if begin.elapsed() > Duration::from_secs(120) {
                return Err(format!("{name} did not become ready within 120 s").into());
            }
            std::thread::yield_now();
        }
        server.ready_after = begin.elapsed();
        Ok(server)
    }

    /// Starts the bare server that answers `response`.
    pub(crate) fn bare(response: &[u8], threads: usize, directory: &Path) -> Result<Self, AnyError> {
        let file = directory.join("bare-response");
        std::fs::write(&file, response)?;
        let mut command = Command::new(binary("bare")?);
        command.arg(threads.to_string()).arg(file);
        Self::start(command, Instant::now())
    }

    fn start(mut command: Command, begin: Instant) -> Result<Self, AnyError> {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).stdin(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().ok_or("no stdout")?;
        let mut lines = BufReader::new(stdout).lines();
        let address = loop {
            let line = lines.next().ok_or("the server ended without printing its address")??;
            if let Some(address) = find_address(&line) {
                break address;
            }
        };
        // The pipe stays open and is drained, or the server would block on its own words.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address, ready_after: begin.elapsed() })
    }

    /// CPU time of the process so far, in microseconds (`/proc/PID/stat`, 14 and 15).
    pub(crate) fn cpu_us(&self) -> Result<u64, AnyError> {
        cpu_us(self.child.id())
    }

    /// Resident bytes of the process (`/proc/PID/statm`, 2).
    pub(crate) fn resident_bytes(&self) -> Result<u64, AnyError> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.child.id()))?;
        Ok(text.split(' ').nth(1).ok_or("statm")?.parse::<u64>()? * 4096)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Nothing to do if it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// CPU time of a process, in microseconds, at 100 ticks a second.
pub(crate) fn cpu_us(pid: u32) -> Result<u64, AnyError> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let behind_name = stat.rsplit_once(") ").ok_or("stat")?.1;
    let fields: Vec<&str> = behind_name.split(' ').collect();
    Ok((fields[11].parse::<u64>()? + fields[12].parse::<u64>()?) * 10_000)
}

/// One request on its own connection: status and the whole answer.
pub(crate) fn request(address: SocketAddr, text: &str) -> Option<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.write_all(text.as_bytes()).ok()?;
    let mut received = Vec::new();
    let mut chunk = [0_u8; 16 * 1024];
    loop {
        let count = stream.read(&mut chunk).ok()?;
        received.extend_from_slice(&chunk[..count]);
        let whole = super::load::answer_bytes(&received).ok()?;
        if count == 0 || whole.is_some_and(|bytes| received.len() >= bytes) {
            let status = std::str::from_utf8(received.get(9..12)?).ok()?.parse().ok()?;
            return Some((status, received));
        }
    }
}

fn find_address(line: &str) -> Option<SocketAddr> {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'))
        .find_map(|word| word.trim_matches(':').parse().ok())
}

pub(crate) fn binary(name: &str) -> Result<PathBuf, AnyError> {
    let path = std::env::current_exe()?.with_file_name(name);
    if path.exists() { Ok(path) } else { Err(format!("{} is missing: build it first", path.display()).into()) }
}
