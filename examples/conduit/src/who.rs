//! Who asks. The server checks tokens; here they become a user.

use axum::extract::{FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use lithair_core::Db;

use crate::api::PREFIX;
use crate::envelope::ApiError;
use crate::people::User;

/// What the server's own refusals are.
const PROBLEM: &str = "application/problem+json";

/// Somebody, or nobody in particular, who reads.
pub struct Viewer {
    pub db: Db,
    /// Who, if they have shown it.
    pub id: Option<i64>,
}

/// Somebody who has shown who they are.
pub struct Me {
    pub db: Db,
    pub user: User,
}

impl Me {
    /// The same, as one who reads.
    pub fn viewer(&self) -> Viewer {
        Viewer { db: self.db.clone(), id: Some(self.user.id) }
    }
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let db = Db::from_request_parts(parts, state).await?;
        let id = db.principal().subject().and_then(|subject| subject.parse().ok());
        Ok(Self { db, id })
    }
}

impl<S: Sync> FromRequestParts<S> for Me {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Viewer { db, id } = Viewer::from_request_parts(parts, state).await?;
        let id = id.ok_or_else(ApiError::unauthorized)?;
        let user = db.repo().get(&id)?.ok_or_else(ApiError::unauthorized)?;
        Ok(Self { db, user })
    }
}

/// This API's words for tokens: `Authorization: Token ..` is the server's `Authorization: Bearer ..`, and what the server refuses is told in
/// the envelope.
pub async fn tokens(mut request: Request, next: Next) -> Response {
    if !request.uri().path().starts_with(PREFIX) {
        return next.run(request).await;
    }
    if let Some(value) = request.headers_mut().get_mut(AUTHORIZATION)
        && let Some(token) = value.to_str().ok().and_then(|text| text.strip_prefix("Token "))
        && let Ok(bearer) = HeaderValue::try_from(format!("Bearer {token}"))
    {
        *value = bearer;
    }
    let response = next.run(request).await;
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM);
    if is_problem && response.status() == StatusCode::UNAUTHORIZED { in_envelope(response) } else { response }
}

/// The server's 401 in this API's words; what else the server says in headers stays.
fn in_envelope(response: Response) -> Response {
    let (mut head, _) = response.into_parts();
    let (told, body) = ApiError::unauthorized().into_response().into_parts();
    head.headers.remove(CONTENT_LENGTH);
    head.headers.extend(told.headers);
    Response::from_parts(head, body)
}
