//! Routes of the application's own, by axum: handlers with [`Db`] and [`Repo`], below paths that are none of the server's.

use std::future::Future;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::Request;
use http::request::Parts;
use http_body_util::BodyExt as _;
use lithair_http::{Around, BoxError, Custom, CustomBody, HttpConfig, Problem, ProblemDocument, RequestId};
use lithair_model::{Model, Principal};
use tower_service::Service as _;

use crate::additions::Additions;
use crate::db::{Db, DbError, Repo};
use crate::{DeclarativeServer, Engine};

/// Puts a layer around a router.
pub(crate) type AddLayer = Arc<dyn Fn(Router) -> Router + Send + Sync>;

impl DeclarativeServer {
    /// Adds routes of the application's own. The server's prefixes (`/api`, `/_lithair`, `/health`, `/metrics`) are asked first; a request for
    /// another path goes to these. The limits on connections, heads, bodies and times hold for them as for everything, and a panic is a 500.
    /// Handlers may take [`Db`] and [`Repo`], which see and do what whoever asks may.
    #[must_use]
    pub fn routes(mut self, router: Router) -> Self {
        let additions = self.additions_mut();
        additions.router = Some(additions.router.take().unwrap_or_default().merge(router));
        self
    }

    /// Puts a layer around the whole server, around those that were added before: each request goes through it, the generated API's too.
    #[must_use]
    pub fn layer<L>(mut self, layer: L) -> Self
    where
        L: tower_layer::Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
        L::Service: tower_service::Service<Request<Body>> + Clone + Send + Sync + 'static,
        <L::Service as tower_service::Service<Request<Body>>>::Response: IntoResponse + 'static,
        <L::Service as tower_service::Service<Request<Body>>>::Error: Into<std::convert::Infallible> + 'static,
        <L::Service as tower_service::Service<Request<Body>>>::Future: Send + 'static,
    {
        self.additions_mut().layers.push(Arc::new(move |router: Router| router.layer(layer.clone())));
        self
    }
}

/// What the program adds, in the server's terms.
pub(crate) fn add(additions: &Additions, http: &mut HttpConfig, engine: &Arc<Engine>) {
    if let Some(router) = &additions.router {
        let (router, db) = (router.clone(), Db::new(Arc::clone(engine)));
        http.custom = Some(Custom::new(move |mut request| {
            let principal = request.extensions().get::<Principal>().cloned().unwrap_or_default();
            request.extensions_mut().insert(db.by(principal));
            let id = request.extensions().get::<RequestId>().cloned();
            Box::pin(REQUEST.scope(id, answer(router.clone(), request)))
        }));
    }
    if !additions.layers.is_empty() {
        let layers = additions.layers.clone();
        http.around = Some(Around::new(move |service| {
            let inside = Router::new().fallback_service(service);
            let router = layers.iter().fold(inside, |router, add| add(router));
            Custom::new(move |request| Box::pin(answer(router.clone(), request)))
        }));
    }
}

async fn answer(mut router: Router, request: Request<CustomBody>) -> http::Response<CustomBody> {
    let response: Result<Response, std::convert::Infallible> = router.call(request.map(Body::new)).await;
    let Ok(response) = response;
    response.map(|body| body.map_err(BoxError::from).boxed_unsync())
}

/// Given to handlers by the server. Where the server is mounted in a router of the application's, `.layer(Extension(db))` gives it.
impl<S: Sync> FromRequestParts<S> for Db {
    type Rejection = DbError;

    fn from_request_parts(parts: &mut Parts, _: &S) -> impl Future<Output = Result<Self, DbError>> + Send {
        let db = parts.extensions.get::<Self>().cloned();
        let missing = || {
            let detail = "the request has no `Db`: add `.layer(Extension(server.db()))` to the router";
            DbError::of(ProblemDocument::new(Problem::Internal, detail))
        };
        std::future::ready(db.ok_or_else(missing))
    }
}

impl<S: Sync, M: Model> FromRequestParts<S> for Repo<M> {
    type Rejection = DbError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, DbError> {
        Ok(Db::from_request_parts(parts, state).await?.repo())
    }
}

tokio::task_local! {
    /// The request that a route is answering: an error becomes an answer where nothing is at hand but the error.
    static REQUEST: Option<RequestId>;
}

impl IntoResponse for DbError {
    fn into_response(self) -> Response {
        let request = REQUEST.try_with(Clone::clone).ok().flatten();
        self.document().response(request.as_ref()).map(Body::from)
    }
}
