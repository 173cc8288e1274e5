//! What is computed.

use lithair_core::prelude::*;

/// What its entries come to, kept and counted.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Bill {
    #[db(primary_key, auto = sequence)]
    id: i64,
    payer: String,
    #[relation(has_many = BillEntry, via = bill_id)]
    entries: Many<BillEntry>,
    #[computed(sum(entries.amount), stored)]
    #[db(decimal(12, 2), index)]
    #[http(sort)]
    total: Decimal,
    #[computed(count(entries))]
    #[http(filter, sort)]
    entry_count: u32,
    #[computed(payer.upper() + (if entry_count > 1 { ": 2" } else { ": 0" }))]
    title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "entries")]
#[db(table = "bill_entries", check(hours * 60 <= 24 * 60 * 10000, "longer than a life"))]
pub(crate) struct BillEntry {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Bill, on_delete = cascade)]
    bill_id: i64,
    hours: i64,
    #[db(decimal(8, 2))]
    rate: Decimal,
    #[computed(hours * rate, stored)]
    #[db(decimal(9, 2))]
    amount: Decimal,
    #[db(default = now() + days(30))]
    due: Timestamp,
}
