//! Accounts, and what is at accounts.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Account {
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
pub(crate) struct Transfer {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Account, on_delete = restrict)]
    account_id: Id<Account>,
    #[db(decimal(12, 2))]
    amount: Decimal,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Remark {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Account, on_delete = cascade)]
    account_id: Id<Account>,
    #[http(validate(non_empty))]
    text: String,
}
