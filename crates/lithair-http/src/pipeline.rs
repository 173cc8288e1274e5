//! The flow of a request, on one screen.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Instant;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;
use lithair_model::Reader;

use crate::app::App;
use crate::body::Body;
use crate::extract::consistency;
use crate::observe::Slot;
use crate::rejection::{Problem, Rejection};
use crate::respond::{self, Answer};
use crate::{access, admission, auth, extract, resource, router, validation};

/// Carries one request from admission to response.
///
/// The stages run in this order and nowhere else. Each hands a richer value to the next or stops the request with a
/// [`Rejection`].
async fn answer(app: &App, head: &Parts, body: Incoming, slot: &mut Slot) -> Result<Answer, Rejection> {
    let now = App::now();

    admission::admit(head, &app.config.limits)?;
    let path = router::lookup_path(head.uri.path())?;
    let endpoint = app.router.resolve(&head.method, &path, &app.catalog)?;
    *slot = Slot::of(&endpoint);
    let principal = auth::identify(app, head);
    let reader = Reader::new(&app.catalog, principal, now);
    access::permit(&reader, &endpoint)?;
    // The body is read only now: a caller we are about to refuse must not cost us memory.
    let input = extract::input(app, &endpoint, head, body).await?;
    let operation = validation::check(app, &endpoint, head, input, &reader, now)?;
    consistency::catch_up(head, &*app.backend, &app.config.timeouts).await?;
    resource::run(app, operation, &reader, now).await
}

/// Answers one request, whatever it is: a rejection, and even a bug, becomes a response.
pub(crate) async fn respond(app: &App, _peer: SocketAddr, request: Request<Incoming>) -> Response<Body> {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let request_id = app.request_ids.of(&head.headers);
    let mut slot = Slot::UNMATCHED;
    let answered = {
        let answering = pin!(answer(app, &head, body, &mut slot));
        caught(answering).await
    };
    let answered = answered.unwrap_or_else(|Panicked| {
        app.metrics.count_panic();
        Err(Problem::Internal.because("see the log of the server"))
    });
    let response = respond::finish(app, answered, request_id);
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
