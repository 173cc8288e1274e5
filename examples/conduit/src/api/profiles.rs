//! Users as others see them, and following.

use axum::Json;
use axum::extract::Path;
use lithair_core::Db;
use serde_json::{Value, json};

use crate::envelope::ApiError;
use crate::people::{Follow, User};
use crate::records::{once, user_named};
use crate::who::{Me, Viewer};

pub async fn show(viewer: Viewer, Path(username): Path<String>) -> Result<Json<Value>, ApiError> {
    shown(&viewer, named(&viewer.db, &username)?)
}

pub async fn follow(me: Me, Path(username): Path<String>) -> Result<Json<Value>, ApiError> {
    let followed = named(&me.db, &username)?;
    let follow = Follow { follower_id: me.user.id, followed_id: followed.id };
    once(me.db.repo().create(&follow).await)?;
    shown(&me.viewer(), followed)
}

pub async fn unfollow(me: Me, Path(username): Path<String>) -> Result<Json<Value>, ApiError> {
    let followed = named(&me.db, &username)?;
    me.db.repo::<Follow>().delete((me.user.id, followed.id)).await?;
    shown(&me.viewer(), followed)
}

fn named(db: &Db, username: &str) -> Result<User, ApiError> {
    user_named(db, username)?.ok_or_else(|| ApiError::not_found("profile"))
}

fn shown(viewer: &Viewer, user: User) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "profile": viewer.profile(user)? })))
}
