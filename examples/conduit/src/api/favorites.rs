//! Favorites. The article's count of them is the engine's to keep.

use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use crate::articles::Favorite;
use crate::envelope::ApiError;
use crate::records::{article_of, once};
use crate::who::Me;

pub async fn add(me: Me, Path(slug): Path<String>) -> Result<Json<Value>, ApiError> {
    let favorite = Favorite { user_id: me.user.id, article: article_of(&me.db, &slug)?.number };
    once(me.db.repo().create(&favorite).await)?;
    shown(&me, &slug)
}

pub async fn remove(me: Me, Path(slug): Path<String>) -> Result<Json<Value>, ApiError> {
    let article = article_of(&me.db, &slug)?.number;
    me.db.repo::<Favorite>().delete((me.user.id, article)).await?;
    shown(&me, &slug)
}

/// The article with the count as it is now.
fn shown(me: &Me, slug: &str) -> Result<Json<Value>, ApiError> {
    let article = article_of(&me.db, slug)?;
    Ok(Json(json!({ "article": me.viewer().article(article)? })))
}
