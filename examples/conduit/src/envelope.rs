//! How this API speaks: bodies in, errors out. `{"errors": {"email": ["another record has this value"]}}`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use lithair_core::DbError;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The body of a request.
pub struct Body<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let Json(body) = Json::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// The query of a request.
pub struct Asked<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Query(asked) = Query::from_request_parts(parts, state).await?;
        Ok(Self(asked))
    }
}

/// Why there is no other answer.
#[derive(Debug, Serialize)]
pub struct ApiError {
    #[serde(skip)]
    status: StatusCode,
    errors: BTreeMap<String, Vec<String>>,
}

impl ApiError {
    /// What is wrong with one thing.
    pub fn new(status: StatusCode, what: &str, detail: impl Into<String>) -> Self {
        Self { status, errors: BTreeMap::from([(what.to_owned(), vec![detail.into()])]) }
    }

    /// A field that is not as it has to be.
    pub fn invalid(field: &str, detail: &str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, field, detail)
    }

    /// Nobody has shown who they are.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "token", "is missing or not good")
    }

    /// It is somebody else's.
    pub fn forbidden(what: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, what, "is somebody else's")
    }

    /// There is no such thing.
    pub fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, what, "is not there")
    }
}

/// What the engine refuses, field by field. To this API, a value that another record has is a wrong one like any other.
impl From<DbError> for ApiError {
    fn from(error: DbError) -> Self {
        let document = error.document();
        let status = match StatusCode::from_u16(document.status()) {
            Ok(StatusCode::CONFLICT) => StatusCode::UNPROCESSABLE_ENTITY,
            Ok(status) => status,
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let mut errors = BTreeMap::<String, Vec<String>>::new();
        for (pointer, detail) in document.errors() {
            let field = pointer.trim_start_matches('/');
            let field = if field.is_empty() { "record" } else { field };
            errors.entry(field.to_owned()).or_default().push(detail.to_owned());
        }
        if errors.is_empty() {
            return Self::new(status, "body", document.detail());
        }
        Self { status, errors }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        // A body that is too large stays one.
        let status = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, "body", rejection.body_text())
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid("query", &rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(&self)).into_response()
    }
}
