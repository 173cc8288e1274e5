//! When and how records change, and what the server gives them.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Currency {
    #[db(primary_key)]
    code: String,
    name: String,
}

#[derive(DeclarativeEnum)]
pub(crate) enum Stage {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(opened_at, touched_at), optimistic_lock, immutable_when = stage == Stage::Closed)]
pub(crate) struct Contract {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[db(default = Stage::Open)]
    stage: Stage,
    #[lifecycle(write_once)]
    signature: Option<String>,
    #[db(default = 0)]
    #[lifecycle(monotonic)]
    pages: i64,
    text: Option<String>,
    #[relation(belongs_to = Currency, on_delete = set_null)]
    currency: Option<String>,
    opened_at: Timestamp,
    touched_at: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Page {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Contract, on_delete = cascade)]
    contract: i64,
}

/// What may be written as in the public crate of this name, and values that the server gives.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versioned = 2)]
#[firewall(deny = "192.0.2.0/24", per_ip_qps = 100000)]
pub(crate) struct Letter {
    #[db(primary_key, auto = ulid)]
    id: String,
    #[db(indexed)]
    #[http(expose, validate = "email", example = "ada@example.org")]
    sender: String,
    #[db(fk = "Currency")]
    postage_in: Option<String>,
    #[http(expose = false)]
    note: Option<String>,
    #[db(default = 0, on_update = 7)]
    #[http(deprecated = "count the changes yourself")]
    touched: i64,
    #[db(default = now(), on_update = now())]
    #[http(read_only)]
    seen_at: Timestamp,
}
