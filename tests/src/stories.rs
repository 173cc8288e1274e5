//! Texts that are searched.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(fulltext(title * 3, body))]
#[lifecycle(soft_delete)]
pub(crate) struct Story {
    #[db(primary_key)]
    number: i64,
    title: String,
    body: Option<String>,
    #[http(search, filter)]
    tags: Vec<String>,
    #[db(default = 0, index)]
    stars: i64,
    deleted_at: Option<Timestamp>,
}
