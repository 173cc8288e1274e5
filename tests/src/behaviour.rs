//! Models that tell of what happens to them, in the file outside.

use lithair_core::prelude::*;

use crate::parcels::outside;

/// Deleted softly, and tells of everything.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
#[db(table = "shelves")]
#[http(path = "shelves")]
pub(crate) struct Shelf {
    #[db(primary_key, auto = sequence)]
    number: i64,
    name: String,
    deleted_at: Option<Timestamp>,
}

#[hooks]
impl Shelf {
    #[hook(after(create, restore), outbox)]
    async fn comes(shelf: &Shelf, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("in {} {}", shelf.name, fx.key()))
    }

    #[hook(after(update), outbox)]
    async fn changes(was: &Shelf, is: &Shelf, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("now {}>{} {}", was.name, is.name, fx.key()))
    }

    #[hook(after(delete), outbox)]
    async fn goes(shelf: &Shelf, fx: &Effects) -> Result<(), HookError> {
        let since = if shelf.deleted_at.is_some() { "trash" } else { "gone" };
        outside(&format!("out {}-{since} {}", shelf.name, fx.key()))
    }

    #[hook(after(purge), outbox)]
    async fn ends(shelf: &Shelf, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("end {} {}", shelf.name, fx.key()))
    }
}

#[hooks]
impl Book {
    #[hook(after(update, delete), outbox)]
    async fn read(book: &Book, fx: &Effects) -> Result<(), HookError> {
        outside(&format!("book {} {}", book.title, fx.key()))
    }

    /// Every leap year, as long as nothing is on the shelves.
    #[schedule(cron = "0 3 29 feb *")]
    fn dust(_cx: &Context, _due: Timestamp) {}
}

/// How many shelves of a name are in sight.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
pub(crate) struct ShelfName {
    #[db(primary_key)]
    name: String,
    #[http(sort)]
    count: i64,
}

#[projection]
impl ShelfName {
    #[fold(of = Shelf, after(create, restore))]
    fn comes(rows: &mut Rows<Self>, shelf: &Shelf, _fact: &Fact) {
        rows.upsert(&shelf.name, || Self { name: shelf.name.clone(), count: 0 }, |name| name.count += 1);
    }

    #[fold(of = Shelf, after(update))]
    fn changes(rows: &mut Rows<Self>, was: &Shelf, is: &Shelf, fact: &Fact) {
        Self::goes(rows, was, fact);
        Self::comes(rows, is, fact);
    }

    #[fold(of = Shelf, after(delete))]
    fn goes(rows: &mut Rows<Self>, shelf: &Shelf, _fact: &Fact) {
        rows.update(&shelf.name, |name| name.count -= 1);
    }
}

/// Goes for good with its shelf.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Book {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Shelf, on_delete = cascade)]
    shelf_id: i64,
    title: String,
}
