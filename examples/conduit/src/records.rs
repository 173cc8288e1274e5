//! Records, found by what callers call them and changed as callers mean it.

use lithair_core::model::RefusalReason;
use lithair_core::{Db, DbError};

use crate::articles::Article;
use crate::envelope::ApiError;
use crate::people::User;

pub fn user_of_email(db: &Db, email: &str) -> Result<Option<User>, DbError> {
    db.repo().find().filter(format!("email = {}", quoted(&email.trim().to_lowercase()))).first()
}

pub fn user_named(db: &Db, name: &str) -> Result<Option<User>, DbError> {
    db.repo().find().filter(format!("username = {}", quoted(name))).first()
}

pub fn article_of(db: &Db, slug: &str) -> Result<Article, ApiError> {
    let found = db.repo().find().filter(format!("slug = {}", quoted(slug))).first()?;
    found.ok_or_else(|| ApiError::not_found("article"))
}

/// A text as a filter has it. Whatever a caller wrote, it is a text and ends where it ends.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Whether a record was made or was there already: to do it twice is to do it once.
pub fn once<M>(made: Result<M, DbError>) -> Result<(), DbError> {
    match made {
        Err(error) if error.reason() == Some(&RefusalReason::KeyTaken) => Ok(()),
        made => made.map(drop),
    }
}

/// Sets what is given; what is left out stays.
pub fn set<T: Clone>(field: &mut T, new: &Option<T>) {
    if let Some(new) = new {
        field.clone_from(new);
    }
}
