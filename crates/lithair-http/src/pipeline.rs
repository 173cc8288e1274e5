//! The flow of a request, on one screen.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use http::header::CACHE_CONTROL;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use lithair_model::{Principal, Reader};

use crate::answer::Answer;
use crate::app::App;
use crate::body::Body;
use crate::credentials::Who;
use crate::endpoint::Endpoint;
use crate::firewall::Standing;
use crate::inbound::Inbound;
use crate::observe::Slot;
use crate::observe::access_log::{self, Answered};
use crate::rejection::{Problem, Rejection};
use crate::request_id::RequestId;
use crate::trace::Trace;
use crate::{
    access, admission, auth, catch_up, compression, cors, credentials, custom, extract, limits, resource, respond,
    router, validation,
};

/// Carries one request from admission to response.
///
/// The stages run in this order and nowhere else, but for the operations of a batch and the lines of an import: each of those is counted
/// and permitted as if it had come alone. Each stage hands a richer value to the next or stops the request with a [`Rejection`]. A stage
/// knows no later one, as `tests.rs` finds in the sources.
async fn answer(
    app: &App,
    peer: SocketAddr,
    head: &Parts,
    body: Inbound,
    seen: &mut Seen,
) -> Result<Answer, Rejection> {
    let now = App::now();

    let client = app.firewall.apply_rules(peer.ip(), &head.headers, now)?;
    seen.client = client;
    admission::admit(head, &app.config.limits)?;
    let path = router::lookup_path(head.uri.path())?;
    if let Some(custom) = app.custom(&path) {
        seen.slot = Slot::CUSTOM;
        let principal = auth::identify(app, head, client, now).await?;
        seen.has_position = true;
        return custom::run(app, custom, head, body, (principal, RequestId(seen.request_id.clone()))).await;
    }
    let endpoint = app.router.resolve(&head.method, &path, &app.catalog)?;
    seen.slot = Slot::of(&endpoint);
    seen.standing = limits::admit(app, &endpoint, head, client, now)?;
    let principal = match endpoint {
        Endpoint::Auth(action) if action.is_for_strangers() => Principal::Anonymous,
        _ => auth::identify(app, head, client, now).await?,
    };
    let reader = Reader::new(&app.catalog, principal, now);
    access::permit(&reader, &endpoint)?;
    access::permit_metrics(app, &endpoint, head, (peer.ip(), client), reader.principal())?;
    seen.has_position = endpoint.model().is_some();
    // A limit that refuses says itself where the client stands.
    let by_address = seen.standing.take();
    let by_principal = limits::admit_principal(app, &endpoint, head, (client, reader.principal()), now)?;
    seen.standing = Standing::nearest(by_address, by_principal);
    // The body is read only now: a caller we are about to refuse must not cost us memory.
    let input = extract::input(app, &endpoint, head, body).await?;
    if let Endpoint::Auth(action) = endpoint {
        let who = Who { principal: reader.principal(), head, client };
        return Box::pin(credentials::run(app, action, (&input.parameters, input.content.bytes()), who, now)).await;
    }
    let operation = validation::check(app, &endpoint, head, input, &reader, (client, now))?;
    // Of a batch, each operation has come here with its own endpoint.
    seen.has_position |= endpoint == Endpoint::Batch;
    limits::admit_related(app, &operation, client)?;
    if !matches!(endpoint, Endpoint::Tool(_) | Endpoint::Methods(_)) {
        catch_up::wait(head, &*app.backend, &app.config.timeouts).await?;
    }
    resource::run(app, operation, (head, &reader), now).await
}

/// What is known of a request also when it is stopped.
struct Seen {
    request_id: HeaderValue,
    /// Who asks, behind proxies that are trusted.
    client: IpAddr,
    slot: Slot,
    /// Whether it is about records, and who sends it may ask about some: the answer says where the log is.
    has_position: bool,
    /// Where the client stands with the limits of the route.
    standing: Option<Standing>,
}

/// Answers one request, whatever it is: a rejection, and even a bug, becomes a response.
pub(crate) async fn respond(app: &App, peer: SocketAddr, request: Request<Inbound>) -> Response<Body> {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let mut seen = Seen {
        request_id: app.request_ids.of(&head.headers),
        client: peer.ip().to_canonical(),
        slot: Slot::UNMATCHED,
        has_position: false,
        standing: None,
    };
    let answered = {
        let answering = pin!(answer(app, peer, &head, body, &mut seen));
        caught(answering).await
    };
    let answered = answered.unwrap_or_else(|Panicked| {
        app.metrics.count_panic();
        Err(Problem::Internal.because("see the log of the server"))
    });
    let mut response = respond::finish(app, answered, seen.request_id.clone(), seen.has_position);
    add_common_headers(app, &head, &seen, &mut response);
    if app.config.compression {
        response = compression::apply(&head.headers, response, &app.metrics.panics);
    }
    let time = began.elapsed();
    app.metrics.count(seen.slot, response.status(), time);
    access_log::write(app, &Answered { client: seen.client, slot: seen.slot, head: &head, response: &response, time });
    response
}

/// Adds the headers that the head of the request asks of any answer, whatever it is.
fn add_common_headers(app: &App, head: &Parts, seen: &Seen, response: &mut Response<Body>) {
    let (status, headers) = (response.status(), response.headers_mut());
    if auth::is_personal(&head.headers) {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if let Some(standing) = &seen.standing {
        standing.insert(headers);
    }
    if let Some(trace) = Trace::of(&head.headers) {
        trace.insert(app.request_ids.span(), headers);
    }
    if !app.config.cors.origins.is_empty() {
        cors::permit(&app.config.cors, head, status, headers);
    }
}

/// A bug: no request may cause it. The request is answered and the server goes on.
pub(crate) struct Panicked;

/// Awaits a future, catching its panics.
pub(crate) async fn caught<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, Panicked> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests;
