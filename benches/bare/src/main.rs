//! The calibrator: a bare hyper server that reads each request whole and answers bytes it was given at start.
//!
//! `bare THREADS FILE`: FILE holds one HTTP response as it came over the wire, head and body. The server answers every
//! request with that status, those headers and that body. It prints its address and serves until it is killed.

use std::convert::Infallible;
use std::io::Write as _;
use std::net::{SocketAddr, TcpListener};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::header::{HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use socket2::{Domain, Protocol, Socket, Type};

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// What every request is answered with.
#[derive(Clone)]
struct Canned {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

fn main() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let threads: usize = arguments.next().ok_or("usage: bare THREADS FILE")?.parse()?;
    let canned = parse(&std::fs::read(arguments.next().ok_or("usage: bare THREADS FILE")?)?)?;

    let first = listen("127.0.0.1:0".parse()?)?;
    let address = first.local_addr()?;
    let mut listeners = vec![first];
    for _ in 1..threads {
        listeners.push(listen(address)?);
    }
    writeln!(std::io::stdout(), "{address}")?;

    let reactors: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let canned = canned.clone();
            std::thread::spawn(move || react(listener, canned))
        })
        .collect();
    for reactor in reactors {
        reactor.join().map_err(|_| "a reactor panicked")??;
    }
    Ok(())
}

/// Every reactor has its own socket on the one address; the kernel deals the connections.
fn listen(address: SocketAddr) -> Result<TcpListener, AnyError> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

fn react(listener: TcpListener, canned: Canned) -> Result<(), AnyError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async move {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            let canned = canned.clone();
            tokio::task::spawn_local(async move {
                let service = service_fn(move |request| respond(canned.clone(), request));
                // A client that goes away ends its connection, nothing else.
                let _ =
                    http1::Builder::new().pipeline_flush(true).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    })
}

async fn respond(canned: Canned, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let _ = request.into_body().collect().await;
    let mut response = Response::new(Full::new(canned.body));
    *response.status_mut() = canned.status;
    *response.headers_mut() = canned.headers;
    Ok(response)
}

fn parse(response: &[u8]) -> Result<Canned, AnyError> {
    let end = response.windows(4).position(|window| window == b"\r\n\r\n").ok_or("no end of head")?;
    let head = std::str::from_utf8(&response[..end])?;
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).ok_or("no status")?.parse()?;
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").ok_or("a header without a value")?;
        // hyper writes these two itself.
        if !name.eq_ignore_ascii_case("date") && !name.eq_ignore_ascii_case("content-length") {
            headers.append(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
        }
    }
    Ok(Canned { status, headers, body: Bytes::copy_from_slice(&response[end + 4..]) })
}
