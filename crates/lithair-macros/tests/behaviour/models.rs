//! The models of these tests: those of the documentation, and one with everything.

use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Clone, Copy, Debug, PartialEq)]
pub(super) enum Urgency {
    Low,
    Normal,
    High,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(super) struct Project {
    #[db(primary_key, auto = uuid7)]
    pub id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=80)), normalize(trim), filter, sort)]
    pub title: String,
    #[relation(has_many = Ticket, via = project_id)]
    pub tickets: Many<Ticket>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(super) struct Ticket {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[db(index)]
    #[relation(belongs_to = Project, on_delete = cascade)]
    pub project_id: Id<Project>,
    #[db(default = Urgency::Normal)]
    #[http(filter)]
    pub urgency: Urgency,
    pub due: Option<Date>,
}

#[derive(DeclarativeModel)]
#[db(unique(vendor, slug, where = gone_at.is_none()), index(vendor, -price), order(-price, slug))]
#[db(check(price >= cost || urgency in [Urgency::Low, Urgency::High], "too cheap", on = price))]
#[http(path = "/shop/products", ops(list, get, create), page(default = 20, max = 40), body_limit = "16KiB")]
#[permission(all = public)]
pub(super) struct Product {
    pub vendor: String,
    #[http(validate(slug, regex("^[a-z]"), len(1..=64, msg = "short", when = !gone), with(no_spam)))]
    #[http(normalize(trim, lower))]
    pub slug: String,
    #[db(decimal(12, 2), default = 1.50)]
    #[http(validate(range(0..=100000), multiple_of(0.01)))]
    pub price: Decimal,
    pub cost: Decimal,
    #[db(default = false)]
    pub gone: bool,
    pub gone_at: Option<Timestamp>,
    #[db(default = now())]
    #[lifecycle(immutable)]
    pub made_at: Timestamp,
    #[http(validate(each(len(1..=9), with(no_spam)), unique_items))]
    pub tags: Vec<String>,
    #[http(rename = "colour", validate(one_of(Urgency::Low, Urgency::High)))]
    pub urgency: Urgency,
    pub parent: Option<Id<Product>>,
    #[db(default = fn(fresh))]
    pub token: Uuid,
    #[http(hidden)]
    pub secret: Option<String>,
}

#[derive(DeclarativeModel)]
#[db(table = "on_lists", primary_key(list_id, track_id))]
#[permission(all = public)]
pub(super) struct OnList {
    pub list_id: Id<Project>,
    #[relation(belongs_to = Ticket, on_delete = cascade)]
    pub track_id: i64,
    #[relation(on_delete = set_null)]
    pub other: Option<Id<Ticket>>,
    #[db(default = 1)]
    #[relation(belongs_to = Ticket, on_delete = set_default)]
    pub first: i64,
}

/// The rule of an application.
pub(super) fn no_spam(text: &str) -> Result<(), &'static str> {
    if text.contains("spam") { Err("no spam") } else { Ok(()) }
}

/// The default of an application.
pub(super) fn fresh() -> Uuid {
    Uuid::from_u128(7)
}
