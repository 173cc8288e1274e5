//! Conduit, the application of the RealWorld project, with its own API in its own words: <https://github.com/realworld-apps/realworld>.
//!
//! ```text
//! Authorization: Token ..  -> who.rs: the server checks it    -> Viewer, or Me
//! /conduit/..              -> api.rs: one handler a route     -> records: people.rs, articles.rs
//!                             views.rs: what callers see      -> envelope.rs: {"errors": {..}} where something is wrong
//! /api/articles ..            generated: public reading, nothing else
//! ```
//!
//! The models say what a handler then does not have to: what is unique, counted, dated and valid, what goes when an article goes.

mod api;
mod articles;
mod envelope;
mod people;
mod records;
mod views;
mod who;

use axum::middleware::from_fn;
use lithair_core::prelude::*;

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<people::User>()
        .model::<people::Follow>()
        .model::<articles::Article>()
        .model::<articles::Tag>()
        .model::<articles::Tagging>()
        .model::<articles::Favorite>()
        .model::<articles::Comment>()
        .with_own_tokens()
        .routes(api::routes())
        .layer(from_fn(who::tokens))
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use crate::articles::{Article, Comment, Favorite, Tag, Tagging};
    use crate::people::{Follow, User};

    lithair_core::model_tests!(User, Follow, Article, Tag, Tagging, Favorite, Comment; server = crate::program());
}
