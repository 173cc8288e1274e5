//! The RealWorld API: its paths, below one prefix.

mod articles;
mod comments;
mod favorites;
mod profiles;
mod users;

use axum::Router;
use axum::routing::{delete, get, post};
use lithair_core::users::Hashing;

use crate::envelope::ApiError;

/// Below this; `/api` is the generated API's.
pub const PREFIX: &str = "/conduit";

pub fn routes() -> Router {
    let routes = Router::new()
        .route("/users", post(users::register))
        .route("/users/login", post(users::log_in))
        .route("/user", get(users::current).put(users::update))
        .route("/profiles/{username}", get(profiles::show))
        .route("/profiles/{username}/follow", post(profiles::follow).delete(profiles::unfollow))
        .route("/articles", get(articles::list).post(articles::write))
        .route("/articles/feed", get(articles::feed))
        .route("/articles/{slug}", get(articles::show).put(articles::rewrite).delete(articles::remove))
        .route("/articles/{slug}/favorite", post(favorites::add).delete(favorites::remove))
        .route("/articles/{slug}/comments", get(comments::list).post(comments::write))
        .route("/articles/{slug}/comments/{id}", delete(comments::remove))
        .route("/tags", get(articles::tags))
        .fallback(async || ApiError::not_found("path"))
        .with_state(Hashing::new());
    Router::new().nest(PREFIX, routes)
}
