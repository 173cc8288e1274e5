use lithair_core::__private::*;
use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Debug, PartialEq)]
pub enum Urgency {
    Low,
    Normal,
    High,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Project {
    #[db(primary_key, auto = uuid7)]
    pub id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=80)), normalize(trim), filter, sort)]
    pub title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Ticket {
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
pub struct Product {
    pub vendor: String,
    #[http(validate(slug, regex("^[a-z]"), len(1..=64, msg = "short", when = !gone), with(no_spam)), normalize(trim, lower))]
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

fn no_spam(text: &str) -> Result<(), String> {
    if text.contains("spam") { Err("no spam".to_owned()) } else { Ok(()) }
}

fn fresh() -> Uuid {
    Uuid::nil()
}

#[test]
fn the_catalog_takes_the_models() {
    let schemas = vec![Project::SCHEMA, Ticket::SCHEMA, Product::SCHEMA];
    let numbers = Numbers::of(&schemas);
    Catalog::new(schemas, &numbers).expect("nothing is wrong");
}
