//! Soft deletes, and what goes with them.

use lithair_core::prelude::*;

/// Deleted softly, with what is in it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(name, where = deleted_at.is_none()))]
#[lifecycle(soft_delete(cascade(papers), purge_after = "90d"), timestamps(made_at, changed_at))]
pub(crate) struct Binder {
    #[db(primary_key, auto = sequence)]
    number: i64,
    name: String,
    made_at: Timestamp,
    changed_at: Timestamp,
    deleted_at: Option<Timestamp>,
    #[relation(has_many = Paper, via = binder_id)]
    papers: Many<Paper>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
pub(crate) struct Paper {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Binder, on_delete = cascade)]
    binder_id: i64,
    #[http(filter)]
    title: String,
    deleted_at: Option<Timestamp>,
}

/// Goes with its paper, out of sight and for good.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
pub(crate) struct Stamp {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Paper, on_delete = soft)]
    paper_id: i64,
    deleted_at: Option<Timestamp>,
}

/// Holds its binder.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
pub(crate) struct Loan {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Binder)]
    binder_id: i64,
    deleted_at: Option<Timestamp>,
}
