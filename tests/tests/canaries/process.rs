//! The server in a process of its own, so that everything it writes can be read.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

use lithair_core::testing::TestServer;

use super::cases::program;

const MARK: &str = "CANARIES_SERVE";

/// A server, and what it writes until it ends.
pub(crate) struct Process {
    child: Child,
    url: String,
    output: std::thread::JoinHandle<String>,
    errors: std::thread::JoinHandle<String>,
}

/// What the process does that [`Process::start`] starts: it serves until its stdin ends. Elsewhere it is no test.
#[test]
fn serves_until_its_input_ends() {
    if std::env::var_os(MARK).is_none() {
        return;
    }
    let server = TestServer::start(program().setting("server.access_log", "true"));
    println!("\nserves at {}", server.url());
    let _ = std::io::stdin().read_to_end(&mut Vec::new()).expect("stdin can be read");
}

impl Process {
    pub(crate) fn start() -> Self {
        let test = "process::serves_until_its_input_ends";
        let mut child = Command::new(std::env::current_exe().expect("this test is a file"))
            .args([test, "--exact", "--nocapture"])
            .env(MARK, "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("this test can be started");
        let mut lines = BufReader::new(child.stdout.take().expect("is piped")).lines().map_while(Result::ok);
        let url = lines.find_map(|line| line.strip_prefix("serves at ").map(str::to_owned)).expect("it serves");
        let output = std::thread::spawn(move || lines.collect::<Vec<_>>().join("\n"));
        let mut stderr = child.stderr.take().expect("is piped");
        let errors = std::thread::spawn(move || {
            let mut text = Vec::new();
            stderr.read_to_end(&mut text).expect("stderr can be read");
            String::from_utf8_lossy(&text).into_owned()
        });
        Self { child, url, output, errors }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Ends it. What it wrote.
    pub(crate) fn stop(mut self) -> String {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "{status}");
        let [output, errors] = [self.output, self.errors].map(|thread| thread.join().expect("it is read"));
        output + &errors
    }
}
