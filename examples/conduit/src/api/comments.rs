//! Comments on an article.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use lithair_core::Filter;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::articles::{Comment, UNSET};
use crate::envelope::{ApiError, Body};
use crate::records::article_of;
use crate::who::{Me, Viewer};

/// Comments of one article that are listed, the newest first.
const COMMENTS_MAX: usize = 500;

#[derive(Deserialize)]
pub struct Writing {
    comment: NewComment,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct NewComment {
    body: String,
}

pub async fn list(viewer: Viewer, Path(slug): Path<String>) -> Result<Json<Value>, ApiError> {
    let article = article_of(&viewer.db, &slug)?.number;
    let comments = viewer.db.repo::<Comment>();
    let found =
        comments.find().filter(Filter::new("article = ?").bind(&article)).sort("-id").limit(COMMENTS_MAX).list()?;
    let shown: Result<Vec<_>, _> = found.into_iter().map(|comment| viewer.comment(comment)).collect();
    Ok(Json(json!({ "comments": shown? })))
}

pub async fn write(
    me: Me,
    Path(slug): Path<String>,
    Body(Writing { comment: new }): Body<Writing>,
) -> Result<Json<Value>, ApiError> {
    let (article, author_id, body) = (article_of(&me.db, &slug)?.number, me.user.id, new.body);
    let comment = Comment { id: 0, article, author_id, body, created_at: UNSET, updated_at: UNSET };
    let comment = me.db.repo().create(&comment).await?;
    Ok(Json(json!({ "comment": me.viewer().comment(comment)? })))
}

pub async fn remove(me: Me, Path((slug, id)): Path<(String, String)>) -> Result<StatusCode, ApiError> {
    let article = article_of(&me.db, &slug)?.number;
    let comments = me.db.repo::<Comment>();
    let not_found = || ApiError::not_found("comment");
    let id = id.parse().map_err(|_| not_found())?;
    let comment = comments.get(&id)?.filter(|comment| comment.article == article).ok_or_else(not_found)?;
    if comment.author_id != me.user.id {
        return Err(ApiError::forbidden("comment"));
    }
    comments.delete(id).await?;
    Ok(StatusCode::NO_CONTENT)
}
