//! One connection, from its first byte to its end.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;

use http::header::CONNECTION;
use http::{HeaderValue, Request, Response, Version};
use hyper::body::{Body as _, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::accept::until_stopped;
use crate::activity::{Activity, UnderWay, Verdict};
use crate::app::App;
use crate::body::Body;
use crate::gate::Permit;
use crate::inbound::Inbound;
use crate::io::Socket;
use crate::{Limits, service};

/// Bytes that hyper buffers of a head; ours to judge are fewer ([`Limits::header_bytes_max`]).
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// How many headers a request may have; more are 431.
const HEADERS_MAX: usize = 100;
/// Streams that a client may reset before they were handled (CVE-2023-44487).
const RESET_STREAMS_MAX: usize = 20;
/// Bytes of a stream's answer that wait for the client.
const STREAM_SEND_BYTES_MAX: usize = 256 * 1024;

/// Serves one connection until the client leaves, is too slow, or the server stops and the connection is idle.
pub(crate) async fn serve(
    stream: TcpStream,
    peer: SocketAddr,
    _permit: Permit,
    app: Arc<App>,
    mut stopped: watch::Receiver<bool>,
) {
    let activity = Arc::new(Activity::new());
    let timeouts = &app.config.timeouts;
    let socket = Socket::new(stream, Arc::clone(&activity), &app);
    let builder = builder(&app.config.limits);
    let connected = Arc::new(Connected { app: Arc::clone(&app), peer, activity: Arc::clone(&activity) });
    let service = service_fn(move |request| answer(Arc::clone(&connected), request));
    let mut connection = pin!(builder.serve_connection(socket, service));
    let mut timer = pin!(sleep_until(Instant::now() + Activity::shortest(timeouts)));
    let mut goodbye = false;
    loop {
        tokio::select! {
            biased;
            // Errors are the client's: bytes that are no HTTP, or a connection that broke. hyper has answered what can be.
            _ = connection.as_mut() => return,
            () = timer.as_mut() => match activity.judge(timeouts) {
                Verdict::Wait(until) => timer.as_mut().reset(until),
                Verdict::TooSlow => return,
                // Said before, and the client has stayed without asking for anything.
                Verdict::Idle if goodbye => return,
                Verdict::Idle => {
                    goodbye = true;
                    connection.as_mut().graceful_shutdown();
                    timer.as_mut().reset(Instant::now() + timeouts.header);
                }
            },
            () = until_stopped(&mut stopped), if !goodbye => {
                goodbye = true;
                connection.as_mut().graceful_shutdown();
                timer.as_mut().reset(Instant::now() + timeouts.drain);
            }
        }
    }
}

fn builder(limits: &Limits) -> auto::Builder<TokioExecutor> {
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        // The connection's own timer covers this, and costs nothing a request.
        .header_read_timeout(None)
        // A client that says that it has no more to ask still waits for its answer.
        .half_close(true)
        // No `pipeline_flush`: it holds an answer back while any byte of a next request is there, and for ever if those bytes
        // are half a request, an empty line, or no HTTP. The client then never learns of a write that was made.
        .max_headers(HEADERS_MAX)
        .max_buf_size(BUFFER_BYTES_MAX);
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(limits.streams_max)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX))
        .max_pending_accept_reset_streams(Some(RESET_STREAMS_MAX))
        .max_send_buf_size(STREAM_SEND_BYTES_MAX);
    builder
}

/// What the requests of one connection share.
#[derive(Debug)]
struct Connected {
    app: Arc<App>,
    peer: SocketAddr,
    activity: Arc<Activity>,
}

async fn answer(connected: Arc<Connected>, request: Request<Incoming>) -> Result<Response<Body>, Infallible> {
    let version = request.version();
    let number = connected.activity.request_begins(version == Version::HTTP_2);
    let under_way = UnderWay::begun(Arc::clone(&connected.activity));
    let has_body = !request.body().is_end_stream();
    let mut response = service::enter(&connected.app, connected.peer, request.map(Inbound::Wire)).await;
    if number >= connected.app.config.limits.requests_per_connection_max && version != Version::HTTP_2 {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if has_body && response.status().is_client_error() {
        connected.activity.leaves_body();
    }
    // A stream of records is under way until its last byte.
    Ok(response.map(|body| body.keeping(under_way)))
}
