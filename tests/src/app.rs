use std::io::{BufRead as _, BufReader, Read as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;

use crate::Client;

/// A running application. Killed when dropped.
#[derive(Debug)]
pub struct App {
    child: Child,
    address: SocketAddr,
    errors: Option<JoinHandle<String>>,
}

impl App {
    /// Starts `binary` on a data directory and a free port, and waits until it prints where it listens, which it does once it
    /// has recovered.
    ///
    /// # Errors
    /// What the program wrote to stderr, if it ended instead.
    pub fn start(binary: &str, data: &Path) -> Result<Self, String> {
        let mut command = Command::new(binary);
        command.args(["serve", "--addr", "127.0.0.1:0", "--data"]).arg(data);
        Self::spawn(command)
    }

    /// Starts any command that serves.
    ///
    /// # Errors
    /// What the program wrote to stderr, if it ended without serving.
    pub fn spawn(mut command: Command) -> Result<Self, String> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("{command:?}: {error}"))?;
        let stderr = child.stderr.take().expect("stderr is piped");
        let errors = std::thread::spawn(move || {
            let mut text = String::new();
            // Whatever cannot be read is not there to be shown.
            let _ = BufReader::new(stderr).read_to_string(&mut text);
            text
        });
        let mut lines = BufReader::new(child.stdout.take().expect("stdout is piped")).lines();
        let address = lines.by_ref().map_while(Result::ok).find_map(|line| address_in(&line));
        let Some(address) = address else {
            let status = child.wait().map_err(|error| error.to_string())?;
            return Err(format!("{status}: {}", errors.join().unwrap_or_default()));
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address, errors: Some(errors) })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process.
    pub fn process_id(&self) -> u32 {
        self.child.id()
    }

    /// A client with a connection of its own.
    ///
    /// # Panics
    /// If no connection can be made.
    pub fn client(&self) -> Client {
        Client::connect(self.address).expect("the application accepts connections")
    }

    /// Ends it as a power cut would end its process: SIGKILL, nothing flushed, nobody told.
    ///
    /// # Panics
    /// If the process cannot be killed.
    pub fn kill(mut self) {
        self.child.kill().expect("the process can be killed");
        self.child.wait().expect("the process ends");
    }

    /// Asks it to stop (SIGTERM) and waits until it has.
    ///
    /// # Panics
    /// If the signal cannot be sent.
    pub fn stop(self) -> ExitStatus {
        let kill = Command::new("kill").arg(self.child.id().to_string()).status();
        assert!(kill.is_ok_and(|status| status.success()), "SIGTERM can be sent");
        self.wait().0
    }

    /// Waits until it ends by itself; its status and what it wrote to stderr.
    ///
    /// # Panics
    /// If the process cannot be waited for.
    pub fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().expect("the process ends");
        let errors = self.errors.take().and_then(|thread| thread.join().ok()).unwrap_or_default();
        (status, errors)
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn address_in(line: &str) -> Option<SocketAddr> {
    line.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == ':'))
        .find_map(|word| word.trim_matches(':').parse().ok())
}
