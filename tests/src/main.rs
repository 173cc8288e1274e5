//! The application that the acceptance tests run.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Account {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=200)), filter, sort)]
    name: String,
    #[db(default = 0, index)]
    #[http(filter, sort)]
    balance: i64,
    note: Option<String>,
    document: Option<Json>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Transfer {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Account, on_delete = restrict)]
    account_id: Id<Account>,
    #[db(decimal(12, 2))]
    amount: Decimal,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Remark {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Account, on_delete = cascade)]
    account_id: Id<Account>,
    #[http(validate(non_empty))]
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Currency {
    #[db(primary_key)]
    code: String,
    name: String,
}

#[derive(DeclarativeEnum)]
enum Stage {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(opened_at, touched_at), optimistic_lock, immutable_when = stage == Stage::Closed)]
struct Contract {
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
struct Page {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Contract, on_delete = cascade)]
    contract: i64,
}

/// What may be written as in the public crate of this name, and values that the server gives.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Letter {
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

fn main() -> impl std::process::Termination {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<Account>()
        .model::<Transfer>()
        .model::<Remark>()
        .model::<Currency>()
        .model::<Contract>()
        .model::<Page>()
        .model::<Letter>()
        .run()
}
