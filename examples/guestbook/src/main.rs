//! A guest book: the generated API, and beside it routes of its own with the same records.
//!
//! ```text
//! /api/guests ..             generated
//! GET  /                     a page of HTML
//! POST /sign                 {"name": "Ada"}: one of two ways to write, with the same rules
//! POST /guests/{number}/wave a command of the model
//! ```

use axum::Json;
use axum::Router;
use axum::extract::{Path, Request};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use lithair_core::prelude::*;
use lithair_core::{Db, DbError, Repo};
use serde::{Deserialize, Serialize};

#[derive(DeclarativeModel, Debug)]
#[permission(all = public)]
#[db(order(-number))]
struct Guest {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[db(unique)]
    #[http(validate(len(1..=20)), normalize(trim), filter)]
    name: String,
    #[db(default = 0)]
    #[http(read_only, sort)]
    waves: i64,
}

#[derive(CommandError)]
enum WaveError {
    #[error(status = 409, "{name} has waved enough")]
    Enough { name: String },
}

#[commands]
impl Guest {
    /// Waves.
    #[command]
    fn wave(&mut self, _cx: &Context) -> Result<(), WaveError> {
        if self.waves == 3 {
            return Err(WaveError::Enough { name: self.name.clone() });
        }
        self.waves += 1;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Signature {
    name: String,
}

#[derive(Serialize)]
struct Signed {
    number: i64,
    guests: u64,
}

async fn page(guests: Repo<Guest>) -> Result<Html<String>, DbError> {
    let last = guests.find().limit(10).list()?;
    let items: String = last.iter().map(|guest| format!("<li>{}", escaped(&guest.name))).collect();
    Ok(Html(format!("<!doctype html><title>Guests</title><ul>{items}</ul>")))
}

async fn sign(guests: Repo<Guest>, Json(Signature { name }): Json<Signature>) -> Result<impl IntoResponse, DbError> {
    let guest = guests.create(&Guest { number: 0, name, waves: 0 }).await?;
    Ok((StatusCode::CREATED, Json(Signed { number: guest.number, guests: guests.find().count()? })))
}

async fn wave(guests: Repo<Guest>, Path(number): Path<i64>) -> Result<String, DbError> {
    let guest = guests.run(&number, "wave", "{}").await?;
    Ok(format!("{} has waved {} times", guest.name, guest.waves))
}

/// Everything at once: all or nothing.
async fn forget(db: Db) -> Result<StatusCode, DbError> {
    let numbers: Vec<i64> = db.repo::<Guest>().find().limit(1_000).list()?.iter().map(|guest| guest.number).collect();
    db.transaction(move |records| {
        numbers.iter().for_each(|number| records.delete::<Guest>(number));
        Ok::<_, std::convert::Infallible>(())
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn polite(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response.headers_mut().insert("x-welcome", HeaderValue::from_static("to everybody"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn routes() -> Router {
    Router::new()
        .route("/", get(page))
        .route("/sign", post(sign))
        .route("/guests/{number}/wave", post(wave))
        .route("/forget", post(forget))
        .route("/broken", get(broken))
        .route("/slow", get(slow))
        // Never reached: what is below the server's own prefixes is the server's.
        .route("/api/guests", get(broken))
}

/// A bug.
async fn broken() {
    panic!("a bug of the handler");
}

/// Takes its time; the answer is finished even if the server stops meanwhile.
async fn slow() -> &'static str {
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    "done"
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080").model::<Guest>().routes(routes()).layer(from_fn(polite))
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use crate::Guest;

    lithair_core::model_tests!(Guest; server = crate::program());
}
