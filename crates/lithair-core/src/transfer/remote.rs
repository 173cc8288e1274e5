use std::io::Write;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use lithair_model::ModelSchema;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::{Fault, Line, Loaded, Target, TargetError};

const NDJSON: &str = "application/x-ndjson";

/// A server that is reached over HTTP.
pub(crate) struct Remote {
    runtime: Runtime,
    authority: String,
    sender: SendRequest<Full<Bytes>>,
}

impl Remote {
    /// Connects to `http://host:port`.
    pub(crate) fn connect(url: &str) -> Result<Self, TargetError> {
        let authority = url.strip_prefix("http://").map(|rest| rest.trim_end_matches('/').to_owned());
        let authority = authority.ok_or_else(|| TargetError::Refused(format!("{url}: expected http://HOST:PORT")))?;
        let unreachable = |error: &dyn std::fmt::Display| TargetError::Unreachable(format!("{url}: {error}"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let sender = runtime.block_on(async {
            let stream = tokio::net::TcpStream::connect(&authority).await.map_err(|error| unreachable(&error))?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(&error))?;
            // What ends the connection is told to whoever waits for an answer.
            tokio::spawn(async { drop(connection.await) });
            Ok::<_, TargetError>(sender)
        })?;
        Ok(Self { runtime, authority, sender })
    }

    fn send(
        &mut self,
        method: &str,
        path: &str,
        accept: &str,
        body: Vec<u8>,
    ) -> Result<Response<Incoming>, TargetError> {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("host", &self.authority)
            .header("content-type", NDJSON)
            .header("accept", accept)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| TargetError::Refused(error.to_string()))?;
        let (runtime, sender) = (&self.runtime, &mut self.sender);
        runtime
            .block_on(async {
                sender.ready().await?;
                sender.send_request(request).await
            })
            .map_err(|error| TargetError::Unreachable(error.to_string()))
    }

    fn body(&self, response: Response<Incoming>) -> Result<Vec<u8>, TargetError> {
        let collected = self.runtime.block_on(response.into_body().collect());
        collected.map(|body| body.to_bytes().to_vec()).map_err(|error| TargetError::Unreachable(error.to_string()))
    }
}

impl Target for Remote {
    fn load(&mut self, model: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError> {
        let mut body = Vec::new();
        for line in lines {
            body.extend_from_slice(&line.json);
            body.push(b'\n');
        }
        let response = self.send("POST", &format!("/api/{}:import", model.path), "application/json", body)?;
        let status = response.status();
        let answer: Value = serde_json::from_slice(&self.body(response)?)
            .map_err(|_| TargetError::Refused(format!("the server answered {status} without a report")))?;
        if !status.is_success() {
            return Err(TargetError::Refused(format!(
                "the server answered {status}: {}",
                answer["detail"].as_str().unwrap_or_default()
            )));
        }
        let count = |name: &str| answer[name].as_u64().unwrap_or(0);
        let faults = answer["errors"].as_array().map(Vec::as_slice).unwrap_or_default();
        Ok(Loaded {
            created: count("created"),
            updated: count("updated"),
            unchanged: count("unchanged"),
            failed: faults.iter().filter_map(|error| fault(error, lines)).collect(),
        })
    }

    fn dump(&mut self, model: &'static ModelSchema, out: &mut dyn Write) -> Result<u64, TargetError> {
        let mut response = self.send("GET", &format!("/api/{}", model.path), NDJSON, Vec::new())?;
        if !response.status().is_success() {
            return Err(TargetError::Refused(format!("the server answered {}", response.status())));
        }
        let mut count = 0;
        while let Some(frame) = self.runtime.block_on(response.body_mut().frame()) {
            let frame = frame.map_err(|error| TargetError::Unreachable(error.to_string()))?;
            if let Some(bytes) = frame.data_ref() {
                count += bytes.iter().filter(|&&byte| byte == b'\n').count() as u64;
                out.write_all(bytes)?;
            }
        }
        Ok(count)
    }
}

/// A fault by the line of the file: the server counts the lines it was sent.
fn fault(error: &Value, lines: &[Line]) -> Option<Fault> {
    let sent = usize::try_from(error["line"].as_u64()?).ok()?.checked_sub(1)?;
    let words = |error: &Value| {
        let pointer = error["pointer"].as_str().unwrap_or_default();
        format!("{pointer}: {}", error["detail"].as_str().unwrap_or_default())
    };
    let parts = error["errors"].as_array().filter(|parts| !parts.is_empty());
    let detail = match parts {
        Some(parts) => parts.iter().map(words).collect::<Vec<_>>().join("; "),
        None => error["detail"].as_str().unwrap_or_default().to_owned(),
    };
    let is_dangling = error["code"] == "reference-violation";
    Some(Fault { line: lines.get(sent)?.number, detail, is_dangling })
}
