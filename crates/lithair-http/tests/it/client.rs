//! A client that says exactly what it is told: bytes on a socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use lithair_http::{Handle, HttpConfig, Reactors, Server};
use lithair_model::ModelSchema;
use serde_json::Value;

use crate::map_backend::MapBackend;
use crate::models;

/// No answer takes so long unless the server hangs, and then the test must end.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a map.
pub(crate) struct Service {
    pub(crate) backend: Arc<MapBackend>,
    pub(crate) handle: Handle,
}

impl Service {
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    pub(crate) fn with(change: impl FnOnce(&mut HttpConfig)) -> Self {
        Self::of(models::all(), change)
    }

    /// With other models than most tests have.
    pub(crate) fn of(models: Vec<&'static ModelSchema>, change: impl FnOnce(&mut HttpConfig)) -> Self {
        let backend = MapBackend::new(models);
        let mut config = HttpConfig::new("127.0.0.1:0".parse().expect("is an address"));
        config.reactors = Reactors::PerThread(2);
        change(&mut config);
        let handle = Server::bind(config, backend.clone()).expect("a free port");
        Self { backend, handle }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.handle.addr()
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.addr())
    }

    /// Sends each request on a connection of its own and compares the verdicts: `201`, or `404 record-not-found`.
    #[track_caller]
    pub(crate) fn check<const N: usize>(&self, cases: [(&str, &str); N]) {
        for (request, verdict) in cases {
            let response = self.send(request);
            assert_eq!(response.verdict(), verdict, "{request}\n{}", response.text());
        }
    }

    /// Creates a record and returns its path.
    #[track_caller]
    pub(crate) fn create(&self, collection: &str, body: &str) -> String {
        let created = self.send(&format!("POST /api/{collection}\n\n{body}"));
        assert_eq!(created.status, 201, "{}", created.text());
        created.header("location").to_owned()
    }

    /// One request on a connection of its own.
    pub(crate) fn send(&self, request: &str) -> Response {
        self.client().send(request)
    }
}

/// A connection.
pub(crate) struct Client {
    stream: BufReader<TcpStream>,
}

#[derive(Clone, Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Client {
    pub(crate) fn connect(addr: SocketAddr) -> Self {
        let stream = TcpStream::connect(addr).expect("the server accepts");
        stream.set_read_timeout(Some(PATIENCE)).expect("the socket takes a timeout");
        Self { stream: BufReader::new(stream) }
    }

    /// Sends a request in short hand and reads the answer:
    ///
    /// ```text
    /// POST /api/products
    /// if-match: "1"
    ///
    /// {"name":"a"}
    /// ```
    ///
    /// `host`, `content-length` and, for bodies, `content-type: application/json` are added where they are not said.
    pub(crate) fn send(&mut self, request: &str) -> Response {
        self.try_send(request).expect("an answer")
    }

    /// The same; none if the connection is closed.
    pub(crate) fn try_send(&mut self, request: &str) -> Option<Response> {
        let (head, body) = request.split_once("\n\n").unwrap_or((request, ""));
        let mut lines = head.lines();
        let first = lines.next().expect("a request has a first line");
        let headers: Vec<&str> = lines.collect();
        let says = |name: &str| headers.iter().any(|line| line.to_ascii_lowercase().starts_with(&format!("{name}:")));
        let mut text = format!("{first} HTTP/1.1\r\n");
        for line in &headers {
            text += &format!("{line}\r\n");
        }
        if !says("host") {
            text += "host: test\r\n";
        }
        if !body.is_empty() && !says("content-type") {
            text += "content-type: application/json\r\n";
        }
        if !body.is_empty() && !says("content-length") {
            text += &format!("content-length: {}\r\n", body.len());
        }
        self.raw(format!("{text}\r\n{body}").as_bytes());
        self.try_response(first.starts_with("HEAD "))
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        // A server that has hung up already may have answered before.
        let _ = self.stream.get_mut().write_all(bytes);
    }

    /// Says that nothing more will come.
    pub(crate) fn finish(&mut self) {
        // The server may have hung up already.
        let _ = self.stream.get_ref().shutdown(std::net::Shutdown::Write);
    }

    pub(crate) fn response(&mut self, is_head: bool) -> Response {
        self.try_response(is_head).expect("an answer")
    }

    /// The next answer; none if the connection is closed.
    pub(crate) fn try_response(&mut self, is_head: bool) -> Option<Response> {
        let status = self.line()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        loop {
            let line = self.line()?;
            let Some((name, value)) = line.split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        let mut response = Response { status, headers, body: Vec::new() };
        if is_head || status < 200 || status == 204 || status == 304 {
            return Some(response);
        }
        if response.header("transfer-encoding") == "chunked" {
            while let Some(chunk) = self.chunk() {
                response.body.extend(chunk);
            }
        } else {
            response.body = vec![0; response.header("content-length").parse().unwrap_or(0)];
            self.stream.read_exact(&mut response.body).ok()?;
        }
        Some(response)
    }

    /// The next chunk of a body; none at its end.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let length = usize::from_str_radix(self.line()?.trim(), 16).ok()?;
        let mut chunk = vec![0; length];
        self.stream.read_exact(&mut chunk).ok()?;
        self.line()?;
        (length > 0).then_some(chunk)
    }

    /// Whether an answer has begun to come.
    pub(crate) fn has_answer(&self) -> bool {
        let stream = self.stream.get_ref();
        stream.set_nonblocking(true).expect("the socket can be asked");
        let has_bytes = stream.peek(&mut [0]).is_ok();
        stream.set_nonblocking(false).expect("the socket can be asked");
        has_bytes
    }

    /// Whether the server has hung up.
    pub(crate) fn is_closed(&mut self) -> bool {
        match self.stream.read(&mut [0]) {
            Ok(bytes) => bytes == 0,
            Err(error) => error.kind() == std::io::ErrorKind::ConnectionReset,
        }
    }

    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.stream.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

impl Response {
    /// A header's value; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The status and, for problems, the code: `404 record-not-found`.
    pub(crate) fn verdict(&self) -> String {
        if self.header("content-type") != "application/problem+json" {
            return self.status.to_string();
        }
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "a problem repeats its status");
        assert_eq!(problem["request_id"], self.header("x-request-id"), "a problem names its request");
        format!("{} {}", self.status, problem["code"].as_str().expect("a problem has a code"))
    }
}
