//! Code of the application beside the generated API: what is below none of the prefixes is its to answer, within the limits that hold for
//! every request.

mod guarded;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use guarded::{Broken, Guarded};
use http::request::Parts;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use lithair_model::Principal;

use crate::answer::Answer;
use crate::app::App;
use crate::body::{Body, CustomBody};
use crate::inbound::Inbound;
use crate::rejection::{Problem, Rejection};
use crate::request_id::RequestId;

/// An answer under way.
pub type CustomAnswer = Pin<Box<dyn Future<Output = Response<CustomBody>> + Send>>;

/// Code that answers requests. What it panics with is answered as any bug is.
#[derive(Clone)]
pub struct Custom(Arc<dyn Fn(Request<CustomBody>) -> CustomAnswer + Send + Sync>);

impl Custom {
    /// This code.
    pub fn new(code: impl Fn(Request<CustomBody>) -> CustomAnswer + Send + Sync + 'static) -> Self {
        Self(Arc::new(code))
    }

    pub(crate) fn call(&self, request: Request<CustomBody>) -> CustomAnswer {
        (self.0)(request)
    }
}

impl std::fmt::Debug for Custom {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Custom(..)")
    }
}

/// Has the application answer. Who asks, and the request's identifier, are extensions of the request; its body is held to the limits on size
/// and time, whatever becomes of what the application does with it.
pub(crate) async fn run(
    app: &App,
    custom: &Custom,
    head: &Parts,
    body: Inbound,
    (principal, request_id): (Principal, RequestId),
) -> Result<Answer, Rejection> {
    let limit = app.config.limits.custom_body_bytes_max;
    let (guarded, verdict) = Guarded::new(body, limit, &app.config.timeouts);
    let mut request = Request::from_parts(head.clone(), guarded.boxed_unsync());
    request.extensions_mut().insert(principal);
    request.extensions_mut().insert(request_id);
    let response = custom.call(request).await;
    match verdict.get() {
        // The application was told that the body is broken, and can have made nothing of it.
        Some(Broken::TooLarge) => {
            Err(Problem::BodyTooLarge.because(format!("at most {limit} bytes")).member("limit", limit))
        }
        Some(Broken::TooSlow) => Err(Problem::BodyTimeout.because("the body came too slowly")),
        None => Ok(Answer::custom(response.map(Body::custom))),
    }
}
