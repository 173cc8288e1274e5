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

fn main() -> impl std::process::Termination {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<Account>()
        .model::<Transfer>()
        .model::<Remark>()
        .model::<Currency>()
        .run()
}
