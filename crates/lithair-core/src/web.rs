//! Asking issuers and providers, by TLS: one question, one connection.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use lithair_auth::oidc::{ANSWER_BYTES_MAX, Ask, Reply, Sent, Web, WebError, server_of};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// From the name of the server to the last byte of its answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Bytes of the head of an answer, and headers of it.
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;

/// Why nobody can be asked by TLS.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file of authorities has none.
    #[error("auth.ca_file {path}: {reason}")]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The system has no authorities.
    #[error("this system trusts no authority that signs certificates ({0}): name a file of them as auth.ca_file")]
    System(String),
    /// The library does not take what it is told.
    #[error("TLS cannot be set up: {0}")]
    Library(#[from] rustls::Error),
}

/// Asks by HTTP/1.1: by TLS 1.2 or 1.3, or plainly on this machine.
pub(crate) struct Https {
    tls: Option<TlsConnector>,
}

impl Https {
    /// For this machine alone.
    pub(crate) const fn plain() -> Self {
        Self { tls: None }
    }

    /// For servers whose certificates are signed by authorities of the file, or of the system if there is none.
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, TlsError> {
        let roots = match ca_file {
            Some(path) => of_file(path)?,
            None => of_system()?,
        };
        // The provider is named: what a process has by default is whatever was asked for first.
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions()?.with_root_certificates(roots).with_no_client_auth();
        Ok(Self { tls: Some(TlsConnector::from(Arc::new(config))) })
    }

    async fn ask(&self, ask: Ask) -> Result<Reply, String> {
        let uri: Uri = ask.url.parse().map_err(|_| "it is no address".to_owned())?;
        if server_of(&ask.url).is_none() {
            return Err("it is neither https:// nor an address of this machine".to_owned());
        }
        let host = uri.host().unwrap_or_default();
        let is_tls = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if is_tls { 443 } else { 80 });
        let request = request(&uri, ask)?;
        let stream = TcpStream::connect(format!("{host}:{port}")).await.map_err(told)?;
        if !is_tls {
            return talk(stream, request).await;
        }
        let tls = self.tls.as_ref().ok_or("TLS was not set up, for no setting names https://")?;
        let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(name).map_err(told)?;
        talk(tls.connect(name, stream).await.map_err(told)?, request).await
    }
}

impl Web for Https {
    fn send(&self, ask: Ask) -> Sent<'_> {
        Box::pin(async move {
            // What is asked may be secret; where, is not.
            let url = ask.url.split('?').next().unwrap_or_default().to_owned();
            let answered = timeout(ANSWER_MAX, self.ask(ask)).await;
            let silent = || Err(format!("there was no whole answer within {} seconds", ANSWER_MAX.as_secs()));
            answered.unwrap_or_else(|_| silent()).map_err(|reason| WebError { url, reason })
        })
    }
}

impl std::fmt::Debug for Https {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Https(..)")
    }
}

fn of_file(path: &Path) -> Result<RootCertStore, TlsError> {
    let wrong = |reason: String| TlsError::File { path: path.to_owned(), reason };
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates {
        let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
        roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
    }
    if roots.is_empty() { Err(wrong("found no certificate in PEM".to_owned())) } else { Ok(roots) }
}

/// Those that the operator of the machine trusts. Of a hundred some are old and odd: what cannot be read is not trusted.
fn of_system() -> Result<RootCertStore, TlsError> {
    let found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        let reasons: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
        let reasons = if reasons.is_empty() { "there are none".to_owned() } else { reasons.join("; ") };
        return Err(TlsError::System(reasons));
    }
    Ok(roots)
}

fn request(uri: &Uri, ask: Ask) -> Result<Request<Full<Bytes>>, String> {
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let method = if ask.form.is_some() { Method::POST } else { Method::GET };
    let mut request = Request::builder().method(method).uri(path).header(HOST, authority);
    request = request.header(ACCEPT, "application/json").header(USER_AGENT, "lithair");
    if ask.form.is_some() {
        request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    if let Some(authorization) = ask.authorization {
        let mut value = HeaderValue::try_from(authorization).map_err(told)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request.body(Full::new(ask.form.unwrap_or_default().into())).map_err(told)
}

/// Sends the request and reads the answer. Both halves of the connection are here, so that nothing of it goes on when nobody waits any more.
async fn talk<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Reply, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(told)?;
    let (mut connection, mut answer) = (pin!(connection), pin!(answer(sender, request)));
    tokio::select! {
        answered = answer.as_mut() => return answered,
        // What broke it is told to whoever waits for the answer; and what came before it ended may be the whole answer.
        _ = connection.as_mut() => {}
    }
    answer.await
}

async fn answer(mut sender: SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<Reply, String> {
    let response = sender.send_request(request).await.map_err(told)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
        Some(_) => format!("the answer has more than {ANSWER_BYTES_MAX} bytes"),
        None => error.to_string(),
    })?;
    Ok(Reply { status: head.status.as_u16(), body: body.to_bytes().into() })
}

/// An error with its causes, for operators.
fn told(error: impl std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}
