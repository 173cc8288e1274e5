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

use crate::app::App;
use crate::auth::Who;
use crate::body::Body;
use crate::extract::consistency;
use crate::firewall::Standing;
use crate::inbound::Inbound;
use crate::observe::Slot;
use crate::observe::access_log::{self, Answered};
use crate::rejection::{Problem, Rejection};
use crate::request_id::RequestId;
use crate::respond::{self, Answer};
use crate::router::Endpoint;
use crate::trace::Trace;
use crate::{access, admission, auth, compression, cors, custom, extract, limits, resource, router, validation};

/// Carries one request from admission to response.
///
/// The stages run in this order and nowhere else. Each hands a richer value to the next or stops the request with a
/// [`Rejection`].
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
        return custom::run(app, custom, head, body, principal).await;
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
    // A limit that refuses says itself where the client stands.
    let by_address = seen.standing.take();
    let by_principal = limits::admit_principal(app, &endpoint, head, (client, reader.principal()), now)?;
    seen.standing = Standing::nearest(by_address, by_principal);
    // The body is read only now: a caller we are about to refuse must not cost us memory.
    let input = extract::input(app, &endpoint, head, body).await?;
    if let Endpoint::Auth(action) = endpoint {
        let who = Who { principal: reader.principal(), head, client };
        return Box::pin(auth::run(app, action, (&input.parameters, input.content.bytes()), who, now)).await;
    }
    let operation = validation::check(app, &endpoint, head, input, &reader, (client, now))?;
    limits::admit_related(app, &operation, client)?;
    consistency::catch_up(head, &*app.backend, &app.config.timeouts).await?;
    resource::run(app, operation, &reader, now).await
}

/// What is known of a request also when it is stopped.
struct Seen {
    /// Who asks, behind proxies that are trusted.
    client: IpAddr,
    slot: Slot,
    /// Where the client stands with the limits of the route.
    standing: Option<Standing>,
}

/// Answers one request, whatever it is: a rejection, and even a bug, becomes a response.
pub(crate) async fn respond(app: &App, peer: SocketAddr, request: Request<Inbound>) -> Response<Body> {
    let began = Instant::now();
    let (mut head, body) = request.into_parts();
    let request_id = app.request_ids.of(&head.headers);
    head.extensions.insert(RequestId(request_id.clone()));
    let mut seen = Seen { client: peer.ip().to_canonical(), slot: Slot::UNMATCHED, standing: None };
    let answered = {
        let answering = pin!(answer(app, peer, &head, body, &mut seen));
        caught(answering).await
    };
    let answered = answered.unwrap_or_else(|Panicked| {
        app.metrics.count_panic();
        Err(Problem::Internal.because("see the log of the server"))
    });
    let response = respond::finish(app, answered, request_id);
    let response = dressed(app, &head, &seen, response);
    let time = began.elapsed();
    app.metrics.count(seen.slot, response.status(), time);
    access_log::write(app, &Answered { client: seen.client, slot: seen.slot, head: &head, response: &response, time });
    response
}

/// The response with what the head of the request asks of any: nothing of it decides anything.
fn dressed(app: &App, head: &Parts, seen: &Seen, mut response: Response<Body>) -> Response<Body> {
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
    match app.config.compression {
        true => compression::apply(&head.headers, response, &app.metrics.panics),
        false => response,
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
