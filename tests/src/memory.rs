//! What is remembered of records.

use lithair_core::prelude::*;

/// Remembers little.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(3))]
pub(crate) struct Memo {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(filter, sort)]
    text: String,
    #[http(filter, sort)]
    #[lifecycle(snapshot_only)]
    pin: Option<String>,
}

/// Remembers nothing.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(snapshot_only)]
pub(crate) struct Whisper {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

/// Remembers, and does not tell.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get, create, update))]
pub(crate) struct Oath {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}
