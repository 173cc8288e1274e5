//! Registration, login, and what users say of themselves.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use lithair_core::Db;
use lithair_core::users::Hashing;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::envelope::{ApiError, Body};
use crate::people::User;
use crate::records::{set, user_of_email};
use crate::who::Me;

const TOKEN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
const PASSWORD_CHARACTERS_MIN: usize = 8;

#[derive(Deserialize)]
pub struct Registration {
    user: NewUser,
}

/// What is left out is empty: the model says what it thinks of that.
#[derive(Deserialize, Default)]
#[serde(default)]
struct NewUser {
    email: String,
    username: String,
    password: String,
}

#[derive(Deserialize)]
pub struct Login {
    user: Credentials,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Credentials {
    email: String,
    password: String,
}

#[derive(Deserialize)]
pub struct Update {
    user: Change,
}

/// What is left out stays; an empty `bio` or `image` is none.
#[derive(Deserialize)]
struct Change {
    email: Option<String>,
    username: Option<String>,
    password: Option<String>,
    bio: Option<String>,
    image: Option<String>,
}

pub async fn register(
    State(hashing): State<Hashing>,
    db: Db,
    Body(Registration { user: new }): Body<Registration>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let password = hashed(&hashing, new.password).await?;
    let user = User { id: 0, email: new.email, username: new.username, password, bio: None, image: None };
    let user = db.repo().create(&user).await?;
    Ok((StatusCode::CREATED, shown(&db, &user)?))
}

/// Whether it is the address or the password that is wrong is not said, and takes as long to find out.
pub async fn log_in(
    State(hashing): State<Hashing>,
    db: Db,
    Body(Login { user: Credentials { email, password } }): Body<Login>,
) -> Result<Json<Value>, ApiError> {
    let user = user_of_email(&db, &email)?;
    let kept = user.as_ref().map(|user| user.password.clone());
    let is_theirs = hashing.is(password, kept).await.ok_or_else(busy)?;
    match user.filter(|_| is_theirs) {
        Some(user) => shown(&db, &user),
        None => Err(ApiError::new(StatusCode::UNAUTHORIZED, "email or password", "is invalid")),
    }
}

pub async fn current(me: Me) -> Result<Json<Value>, ApiError> {
    shown(&me.db, &me.user)
}

pub async fn update(
    State(hashing): State<Hashing>,
    me: Me,
    Body(Update { user: change }): Body<Update>,
) -> Result<Json<Value>, ApiError> {
    let password = match change.password {
        Some(password) => Some(hashed(&hashing, password).await?),
        None => None,
    };
    let [bio, image] = [change.bio, change.image].map(|new| new.map(|text| Some(text).filter(|text| !text.is_empty())));
    let apply = move |user: &mut User| {
        set(&mut user.email, &change.email);
        set(&mut user.username, &change.username);
        set(&mut user.password, &password);
        set(&mut user.bio, &bio);
        set(&mut user.image, &image);
    };
    let user = me.db.repo().update(me.user.id, apply).await?.ok_or_else(ApiError::unauthorized)?;
    shown(&me.db, &user)
}

/// Each answer has a new token: whoever goes on using the API stays logged in.
fn shown(db: &Db, user: &User) -> Result<Json<Value>, ApiError> {
    let User { id, email, username, bio, image, .. } = user;
    let token = db.issue_token(&id.to_string(), TOKEN_LIFETIME)?;
    Ok(Json(json!({
        "user": { "email": email, "token": token, "username": username, "bio": bio, "image": image }
    })))
}

async fn hashed(hashing: &Hashing, password: String) -> Result<String, ApiError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(ApiError::invalid("password", "has 8 characters or more"));
    }
    hashing.of(password).await.ok_or_else(busy)
}

/// Hashes take memory: so many at once, and others come again.
fn busy() -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "password", "could not be looked at: try again")
}
