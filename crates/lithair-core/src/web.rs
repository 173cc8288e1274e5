//! Asking issuers and providers: one question, one connection.

#[cfg(feature = "oidc")]
mod tls;

use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST, USER_AGENT};
use http::{HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use lithair_auth::oidc::{ANSWER_BYTES_MAX, Ask, Reply, Sent, Web, WebError, server_of};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[cfg(feature = "oidc")]
use self::tls::Tls;
#[cfg(feature = "oidc")]
pub(crate) use self::tls::TlsError;

/// From the name of the server to the last byte of its answer.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// Bytes of the head of an answer, and headers of it.
const HEAD_BYTES_MAX: usize = 64 * 1024;
const HEADERS_MAX: usize = 100;

/// Asks by HTTP/1.1: by TLS 1.2 or 1.3, or plainly on this machine.
pub(crate) struct Http {
    tls: Option<Tls>,
}

impl Http {
    /// To this machine alone.
    pub(crate) const fn plain() -> Self {
        Self { tls: None }
    }

    /// To servers whose certificates are signed by authorities of the file, or of the system if there is none.
    #[cfg(feature = "oidc")]
    pub(crate) fn with_tls(ca_file: Option<&std::path::Path>) -> Result<Self, TlsError> {
        Ok(Self { tls: Some(Tls::new(ca_file)?) })
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
        let stream = TcpStream::connect(format!("{host}:{port}")).await.map_err(with_causes)?;
        if !is_tls {
            return talk(stream, request).await;
        }
        let tls = self.tls.as_ref().ok_or("TLS was not set up, for no setting names https://")?;
        talk(tls.connect(host, stream).await?, request).await
    }
}

impl Web for Http {
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

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http(..)")
    }
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
        let mut value = HeaderValue::try_from(authorization).map_err(with_causes)?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    request.body(Full::new(ask.form.unwrap_or_default().into())).map_err(with_causes)
}

/// Sends the request and reads the answer. Both halves of the connection are here, so that nothing of it goes on when nobody waits any more.
async fn talk<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Reply, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut builder = http1::Builder::new();
    builder.max_buf_size(HEAD_BYTES_MAX).max_headers(HEADERS_MAX);
    let (sender, connection) = builder.handshake(TokioIo::new(stream)).await.map_err(with_causes)?;
    let (mut connection, mut answer) = (pin!(connection), pin!(answer(sender, request)));
    tokio::select! {
        answered = answer.as_mut() => return answered,
        // What broke it is told to whoever waits for the answer; and what came before it ended may be the whole answer.
        _ = connection.as_mut() => {}
    }
    answer.await
}

async fn answer(mut sender: SendRequest<Full<Bytes>>, request: Request<Full<Bytes>>) -> Result<Reply, String> {
    let response = sender.send_request(request).await.map_err(with_causes)?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| match error.downcast_ref::<http_body_util::LengthLimitError>() {
        Some(_) => format!("the answer has more than {ANSWER_BYTES_MAX} bytes"),
        None => error.to_string(),
    })?;
    Ok(Reply { status: head.status.as_u16(), body: body.to_bytes().into() })
}

/// An error with its causes, for operators.
fn with_causes(error: impl std::error::Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        words.push_str(&format!(": {inner}"));
        cause = inner.source();
    }
    words
}

/// There is none in a program without the feature `oidc`, whose settings name no `https://`.
#[cfg(not(feature = "oidc"))]
enum Tls {}

#[cfg(not(feature = "oidc"))]
impl Tls {
    async fn connect(&self, _: &str, _: TcpStream) -> Result<TcpStream, String> {
        match *self {}
    }
}
