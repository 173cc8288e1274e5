//! The server as a service: what other routers mount, and what layers stand around.

use std::net::{Ipv4Addr, SocketAddr};
use std::pin::{Pin, pin};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt as _;
use lithair_model::Backend;

use crate::app::App;
use crate::body::{Body, CustomBody};
use crate::custom::Custom;
use crate::inbound::{BoxError, Inbound};
use crate::pipeline::{self, caught};
use crate::rejection::Problem;
use crate::{HttpConfig, respond};

/// Everything that the server answers, as one function from a request to its answer: the generated API, the tools, the health checks.
///
/// With feature `tower` it is a `tower::Service`. Connections, and the limits on them, are whoever's who calls it; limits on bodies and their time
/// hold. The address of the client is the extension [`SocketAddr`] of the request; without one, no address is known, and rules for networks
/// take it for none that they name.
#[derive(Clone, Debug)]
pub struct LithairService {
    app: Weak<App>,
    /// Whoever mounts the service keeps what it needs; a layer of the server does not, or nothing would ever end.
    _kept: Option<Arc<App>>,
}

/// What stands around the whole server: from the server as a service to what answers instead.
#[derive(Clone)]
pub struct Around(Arc<dyn Fn(LithairService) -> Custom + Send + Sync>);

impl Around {
    /// What this makes of the server.
    pub fn new(code: impl Fn(LithairService) -> Custom + Send + Sync + 'static) -> Self {
        Self(Arc::new(code))
    }
}

impl std::fmt::Debug for Around {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Around(..)")
    }
}

impl LithairService {
    /// The service of a configuration, whose address nobody listens at.
    pub fn new(config: HttpConfig, backend: Arc<dyn Backend>) -> Self {
        let app = Arc::new(App::new(config, backend));
        Self { app: Arc::downgrade(&app), _kept: Some(app) }
    }

    /// The answer to a request, whatever it is.
    pub async fn respond<B>(&self, request: Request<B>) -> Response<ServiceBody>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let Some(app) = self.app.upgrade() else {
            let mut gone = Response::new(ServiceBody(Body::empty()));
            *gone.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            return gone;
        };
        let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let peer = request.extensions().get::<SocketAddr>().copied().unwrap_or(unknown);
        let request = request.map(|body| Inbound::Given(Box::pin(body.map_err(Into::into))));
        pipeline::respond(&app, peer, request).await.map(ServiceBody)
    }
}

/// The body of an answer.
#[derive(Debug)]
pub struct ServiceBody(Body);

impl http_body::Body for ServiceBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        Pin::new(&mut self.0).poll_frame(context).map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.size_hint()
    }
}

#[cfg(feature = "tower")]
impl<B> tower_service::Service<Request<B>> for LithairService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<ServiceBody>;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.respond(request).await) })
    }
}

/// Puts what stands around the server there, once it is made.
pub(crate) fn surround(app: &Arc<App>) {
    if let Some(Around(make)) = &app.config.around {
        let service = LithairService { app: Arc::downgrade(app), _kept: None };
        let _ = app.around.set(make(service));
    }
}

/// Answers a request of a connection: by what stands around the server, if anything does.
pub(crate) async fn enter(app: &App, peer: SocketAddr, request: Request<Inbound>) -> Response<Body> {
    let Some(around) = app.around.get() else {
        return pipeline::respond(app, peer, request).await;
    };
    let request_id = app.request_ids.of(request.headers());
    let mut request: Request<CustomBody> = request.map(|body| body.boxed_unsync());
    request.extensions_mut().insert(peer);
    let answering = pin!(around.call(request));
    match caught(answering).await {
        Ok(response) => response.map(Body::custom),
        Err(_) => {
            app.metrics.count_panic();
            respond::finish(app, Err(Problem::Internal.because("see the log of the server")), request_id, false)
        }
    }
}
