//! A blocking HTTP client for one server: what `--url` talks with, and what tests talk with.

use std::time::Duration;

use bytes::Bytes;
use http::header::{HOST, HeaderMap};
use http::uri::{Authority, Scheme};
use http::{Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;

const CONNECT_MAX: Duration = Duration::from_secs(10);
/// Between two signs of life from a server that is answering.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// One connection to one server, made when it is first needed and made again when it was closed. Not for use on a thread of an async
/// runtime: it waits.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    url: String,
    authority: Authority,
    /// What [`TcpStream::connect`] takes: host and port.
    place: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The caller's doing.
    #[error("{url}: expected http://HOST:PORT, {reason}")]
    Url {
        /// What was given.
        url: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// There is no connection, or it broke before the whole answer had come.
    #[error("{url}: {reason}")]
    Unreachable {
        /// The server.
        url: String,
        /// What the network said.
        reason: String,
    },
}

/// An answer whose body is still coming.
pub struct Answer<'a> {
    client: &'a Client,
    status: u16,
    headers: HeaderMap,
    body: Incoming,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client for `http://host:port`. Nothing is sent yet.
    ///
    /// # Errors
    /// It is no such address.
    pub fn new(url: &str) -> Result<Self, ClientError> {
        let wrong = |reason| ClientError::Url { url: url.to_owned(), reason };
        let uri: Uri = url.parse().map_err(|_| wrong("found no URL"))?;
        match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => {}
            Some(scheme) if *scheme == Scheme::HTTPS => return Err(wrong("and TLS is not supported yet")),
            _ => return Err(wrong("found another scheme")),
        }
        let authority = uri.authority().cloned().ok_or_else(|| wrong("found no host"))?;
        if uri.path() != "/" || uri.query().is_some() {
            return Err(wrong("found a path"));
        }
        if authority.as_str().contains('@') {
            return Err(wrong("found a user"));
        }
        let place = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| ClientError::Unreachable { url: url.to_owned(), reason: error.to_string() })?;
        Ok(Self { runtime, url: url.trim_end_matches('/').to_owned(), authority, place, sender: None })
    }

    /// The server.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Sends a request and takes the whole answer.
    ///
    /// # Errors
    /// The server cannot be reached, or the connection broke. The request may have had its effect.
    pub fn request(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Response, ClientError> {
        self.send(method, path, headers, body)?.whole()
    }

    /// Sends a request and takes the head of the answer.
    ///
    /// # Errors
    /// As [`Client::request`].
    pub fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Result<Answer<'_>, ClientError> {
        let mut request = Request::builder().method(method).uri(path).header(HOST, self.authority.as_str());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).map_err(|error| self.unreachable(&error))?;
        let mut sender = self.ready()?;
        let answered = self.runtime.block_on(async { timeout(SILENCE_MAX, sender.send_request(request)).await });
        let response = answered.map_err(|error| self.unreachable(&error))?.map_err(|error| self.unreachable(&error))?;
        self.sender = Some(sender);
        let (head, body) = response.into_parts();
        Ok(Answer { client: self, status: head.status.as_u16(), headers: head.headers, body })
    }

    /// The connection there is, or a new one.
    fn ready(&mut self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        if let Some(mut sender) = self.sender.take()
            && self.runtime.block_on(sender.ready()).is_ok()
        {
            return Ok(sender);
        }
        self.connect()
    }

    fn connect(&self) -> Result<SendRequest<Full<Bytes>>, ClientError> {
        self.runtime.block_on(async {
            let stream = timeout(CONNECT_MAX, TcpStream::connect(&self.place)).await;
            let stream = stream.map_err(|error| self.unreachable(&error))?.map_err(|error| self.unreachable(&error))?;
            stream.set_nodelay(true).map_err(|error| self.unreachable(&error))?;
            let (sender, connection) =
                handshake(TokioIo::new(stream)).await.map_err(|error| self.unreachable(&error))?;
            // What ends the connection is told to whoever waits for an answer.
            tokio::spawn(async { drop(connection.await) });
            Ok(sender)
        })
    }

    fn unreachable(&self, error: &dyn std::error::Error) -> ClientError {
        let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
        ClientError::Unreachable { url: self.url.clone(), reason: format!("{error}{cause}") }
    }
}

impl Answer<'_> {
    /// The status code.
    pub const fn status(&self) -> u16 {
        self.status
    }

    /// The next piece of the body; none at its end.
    ///
    /// # Errors
    /// The connection broke before the end.
    pub fn piece(&mut self) -> Result<Option<Bytes>, ClientError> {
        let Self { client, body, .. } = self;
        loop {
            let frame = client.runtime.block_on(async { timeout(SILENCE_MAX, body.frame()).await });
            let Some(frame) = frame.map_err(|error| client.unreachable(&error))? else { return Ok(None) };
            // A frame that is no data is a trailer: nothing here asks for one.
            if let Ok(data) = frame.map_err(|error| client.unreachable(&error))?.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// The whole answer, once the rest of its body has come.
    ///
    /// # Errors
    /// The connection broke before the end.
    pub fn whole(mut self) -> Result<Response, ClientError> {
        let mut bytes = Vec::new();
        while let Some(piece) = self.piece()? {
            bytes.extend_from_slice(&piece);
        }
        Ok(Response { status: self.status, headers: self.headers, body: bytes })
    }
}

impl Response {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// It is none.
    pub fn json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_before_anything_is_sent() {
        for (url, reason) in [
            ("127.0.0.1:80", "found"),
            ("https://example.org", "TLS"),
            ("http://a:80/api", "path"),
            ("http://a@b:80", "user"),
            ("", "no URL"),
            ("ftp://x", "scheme"),
        ] {
            let error = Client::new(url).expect_err(url).to_string();
            assert!(error.contains("http://HOST:PORT") && error.contains(reason), "{url}: {error}");
        }
        for (url, place) in
            [("http://[::1]:8080", "[::1]:8080"), ("http://localhost", "localhost:80"), ("http://a:1/", "a:1")]
        {
            assert_eq!(Client::new(url).expect(url).place, place);
        }
    }

    #[test]
    fn nobody_there_is_unreachable() {
        // A port that was free a moment ago.
        let free =
            std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
        let mut client = Client::new(&format!("http://{free}")).expect("is an address");
        let error = client.request("GET", "/", &[], "").expect_err("nobody listens");
        assert!(matches!(error, ClientError::Unreachable { .. }), "{error}");
    }
}
