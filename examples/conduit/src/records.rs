//! Records, found by what callers call them and changed as callers mean it.

use lithair_core::model::RefusalReason;
use lithair_core::{Db, DbError, Filter};

use crate::articles::Article;
use crate::envelope::ApiError;
use crate::people::User;

pub fn user_of_email(db: &Db, email: &str) -> Result<Option<User>, DbError> {
    db.repo().find().filter(Filter::new("email = ?").bind(&email.trim().to_lowercase())).first()
}

pub fn user_named(db: &Db, name: &str) -> Result<Option<User>, DbError> {
    db.repo().find().filter(Filter::new("username = ?").bind(name)).first()
}

pub fn article_of(db: &Db, slug: &str) -> Result<Article, ApiError> {
    let found = db.repo().find().filter(Filter::new("slug = ?").bind(slug)).first()?;
    found.ok_or_else(|| ApiError::not_found("article"))
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
