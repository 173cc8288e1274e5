//! A server as what records go to and come from.

use std::io::Write;
use std::time::Duration;

use lithair_model::ModelSchema;
use serde_json::Value;

use super::{Deed, DumpError, Fault, Format, Line, Loaded, Problem, Target, TargetError};
use crate::client::{Client, ClientError, Response};

const NDJSON: &str = "application/x-ndjson";
const CSV: &str = "text/csv";
/// How often a batch is sent again that the server had no time for, or whose answer was lost.
const TRIES_MAX: u32 = 10;
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// A server that is reached over HTTP.
pub(crate) struct Remote {
    client: Client,
}

impl Remote {
    /// A server at `http://host:port`, which is asked whether it is there.
    pub(crate) fn connect(url: &str) -> Result<Self, TargetError> {
        let mut client = Client::new(url)?;
        let ready = client.request("GET", "/health/ready", &[], "")?;
        if ready.status != 200 {
            return Err(refused(url, &ready));
        }
        Ok(Self { client })
    }

    /// Sends a batch until it is answered. A batch that was loaded already changes nothing: so it may be sent again.
    fn post(&mut self, path: &str, body: Vec<u8>) -> Result<Response, TargetError> {
        let body = bytes::Bytes::from(body);
        let headers = [("content-type", NDJSON), ("accept", "application/json")];
        for _ in 1..TRIES_MAX {
            match self.client.request("POST", path, &headers, body.clone()) {
                Ok(answer) if matches!(answer.status, 429 | 503) => std::thread::sleep(pause(&answer)),
                Err(ClientError::Unreachable { .. }) => std::thread::sleep(Duration::from_millis(100)),
                other => return Ok(other?),
            }
        }
        Ok(self.client.request("POST", path, &headers, body)?)
    }
}

/// How long the server asked to be left alone.
fn pause(answer: &Response) -> Duration {
    let seconds = answer.header("retry-after").and_then(|text| text.parse().ok());
    seconds.map_or(PAUSE_MAX, Duration::from_secs).min(PAUSE_MAX)
}

/// What the server said instead of doing it.
fn refused(what: &str, answer: &Response) -> TargetError {
    let problem = answer.json().unwrap_or_default();
    let words = ["title", "detail"].map(|name| problem[name].as_str().unwrap_or_default());
    TargetError::Refused(format!("{what}: the server answered {}: {}", answer.status, words.join(": ")))
}

impl Target for Remote {
    fn load(&mut self, model: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError> {
        let mut body = Vec::with_capacity(lines.iter().map(|line| line.json.len() + 1).sum());
        for line in lines {
            body.extend_from_slice(&line.json);
            body.push(b'\n');
        }
        let path = format!("/api/{}:import", model.path);
        let answer = self.post(&path, body)?;
        let report = answer.json().ok().filter(|_| answer.status == 200).ok_or_else(|| refused(&path, &answer))?;
        let count = |name: &str| report[name].as_u64().unwrap_or(0);
        let faults = report["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Loaded {
            created: count("created"),
            updated: count("updated"),
            unchanged: count("unchanged"),
            failed: faults.iter().filter_map(|error| fault(error, lines)).collect(),
        })
    }

    /// The API takes the lines of one collection at a time.
    fn load_together(&mut self, _: &[(&'static ModelSchema, &Line)]) -> Result<Vec<(usize, Deed)>, TargetError> {
        Ok(Vec::new())
    }

    fn dump(
        &mut self,
        model: &'static ModelSchema,
        format: Format,
        out: &mut dyn Write,
        seen: &dyn Fn(u64),
    ) -> Result<u64, DumpError> {
        let (media, mut ends) = match format {
            Format::Ndjson => (NDJSON, Ends { count: 0, is_quoted: false, has_quotes: false }),
            Format::Csv => (CSV, Ends { count: 0, is_quoted: false, has_quotes: true }),
        };
        let all = if model.lifecycle.soft_delete.is_some() { "?include_deleted=true" } else { "" };
        let path = format!("/api/{}{all}", model.path);
        let mut answer = self.client.send("GET", &path, &[("accept", media)], "")?;
        if answer.status() != 200 {
            return Err(refused(&path, &answer.whole()?).into());
        }
        let head = u64::from(format == Format::Csv);
        while let Some(bytes) = answer.piece()? {
            ends.saw(&bytes);
            out.write_all(&bytes)?;
            seen(ends.count.saturating_sub(head));
        }
        Ok(ends.count.saturating_sub(head))
    }
}

/// Counts the ends of records as they pass by.
struct Ends {
    count: u64,
    /// Whether what comes next stands in quotes.
    is_quoted: bool,
    /// Whether a quote means anything: in JSON, no line feed is part of a record.
    has_quotes: bool,
}

impl Ends {
    fn saw(&mut self, bytes: &[u8]) {
        for byte in bytes {
            match byte {
                b'"' if self.has_quotes => self.is_quoted = !self.is_quoted,
                b'\n' if !self.is_quoted => self.count += 1,
                _ => {}
            }
        }
    }
}

/// A fault by the line of the file: the server counts the lines it was sent.
fn fault(error: &Value, lines: &[Line]) -> Option<Fault> {
    let sent = usize::try_from(error["line"].as_u64()?).ok()?.checked_sub(1)?;
    let line = lines.get(sent)?.number;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let problem = |error: &Value| Problem { pointer: text(&error["pointer"]), detail: text(&error["detail"]) };
    let problems: Vec<Problem> = error["errors"].as_array().into_iter().flatten().map(problem).collect();
    let is_dangling = error["code"] == "reference-violation";
    let whole = || vec![problem(error)];
    Some(Fault { line, problems: if problems.is_empty() { whole() } else { problems }, is_dangling })
}
