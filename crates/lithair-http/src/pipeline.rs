//! The flow of a request, on one screen.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use http::header::CACHE_CONTROL;
use http::request::Parts;
use http::{HeaderValue, Request, Response};
use hyper::body::Incoming;
use lithair_model::Principal;

use crate::app::App;
use crate::auth::Who;
use crate::body::Body;
use crate::extract::consistency;
use crate::observe::Slot;
use crate::rejection::{Problem, Rejection};
use crate::respond::{self, Answer};
use crate::router::Endpoint;
use crate::{access, admission, auth, extract, resource, router, validation};

/// Carries one request from admission to response.
///
/// The stages run in this order and nowhere else. Each hands a richer value to the next or stops the request with a
/// [`Rejection`].
async fn answer(
    app: &App,
    head: &Parts,
    peer: SocketAddr,
    body: Incoming,
    slot: &mut Slot,
) -> Result<Answer, Rejection> {
    let now = App::now();

    admission::admit(head, &app.config.limits)?;
    let path = router::lookup_path(head.uri.path())?;
    let endpoint = app.router.resolve(&head.method, &path, &app.catalog)?;
    *slot = Slot::of(&endpoint);
    let principal = match endpoint {
        Endpoint::Auth(action) if action.is_for_strangers() => Principal::Anonymous,
        _ => app.auth.identify(&*app.backend, head, peer.ip(), now).await?,
    };
    access::permit(&principal, &endpoint, &app.catalog)?;
    // The body is read only now: a caller we are about to refuse must not cost us memory.
    let input = extract::input(app, &endpoint, head, body).await?;
    if let Endpoint::Auth(action) = endpoint {
        return Box::pin(auth::run(
            app,
            action,
            input.content.bytes(),
            Who { principal: &principal, head, peer: peer.ip() },
            now,
        ))
        .await;
    }
    let operation = validation::check(app, &endpoint, head, input, &principal, now)?;
    consistency::catch_up(head, &*app.backend, &app.config.timeouts).await?;
    resource::run(app, operation, &principal, now).await
}

/// Answers one request, whatever it is: a rejection, and even a bug, becomes a response.
pub(crate) async fn respond(app: &App, peer: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let request_id = app.request_ids.of(&head.headers);
    let mut slot = Slot::UNMATCHED;
    let answered = {
        let answering = pin!(answer(app, &head, peer, body, &mut slot));
        caught(answering).await
    };
    let answered = answered.unwrap_or_else(|Panicked| {
        app.metrics.count_panic();
        Err(Problem::Internal.because("see the log of the server"))
    });
    let mut response = respond::finish(app, answered, request_id);
    if auth::is_personal(&head.headers) {
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    app.metrics.count(slot, response.status(), began.elapsed());
    response
}

/// A bug: no request may cause it. The request is answered and the server goes on.
struct Panicked;

/// Awaits a future, catching its panics.
async fn caught<F: Future>(mut future: Pin<&mut F>) -> Result<F::Output, Panicked> {
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}
