use lithair_core::__private::*;
use lithair_core::prelude::*;

use super::models::{Urgency, fresh, no_spam};

/// Every rule and every form of an expression: what the derive takes, rustc and the catalog take too.
#[derive(DeclarativeModel)]
#[db(check(a >= 1 && !(b == "x" || c) && (d > now() || now() > d) && a != -1, "all of it", on = a))]
#[db(check(urgency in [Urgency::Low, Urgency::High] || a in [1, 2] || b in ["x"], "lists"))]
#[db(check(b.len() <= 5 && tags.len() == a && "x" != b && b.len() in [1, 2], "lengths"))]
#[db(check(maybe.is_none() || maybe.is_some() && maybe == true && maybe, "options"))]
#[db(check(price > 0.5 && price < 10 && price >= "1.25" && real > -0.5, "numbers"))]
#[db(check(d > "2026-01-01T00:00:00Z" && day >= "2026-01-01" && token != "00000000-0000-0000-0000-000000000000", "texts"))]
#[db(check(urgency == Urgency::Low && urgency < other_urgency && d < d2, "fields"))]
#[db(unique(b, day, where = c == false && other_urgency == urgency))]
#[permission(all = public)]
struct EveryRule {
    #[http(validate(required, range(0..=9), range(1..), range(..=8), gt(-1), gte(0), lt(10), lte(9), multiple_of(2)))]
    #[http(filter)]
    a: i64,
    #[http(validate(
        required(msg = "give one"), non_empty, len(1..=5), len(1..), bytes(..=72), regex(r"^\p{L}+$"), starts_with("a"),
        ends_with("z"), contains("m"), one_of("x", "y"), with(no_spam, msg = "spam", when = c && a > 1),
    ))]
    b: String,
    c: bool,
    #[http(validate(past, future(when = a == 1), gt("2026-01-01T00:00:00Z")))]
    d: Timestamp,
    #[db(default = fn(now_and_here))]
    d2: Timestamp,
    #[http(validate(range("2026-01-01"..="2026-12-31")))]
    day: Date,
    #[http(validate(non_empty, unique_items, len(..=9), each(len(1..=5), slug, regex("a", msg = "b"), with(no_spam))))]
    tags: Vec<String>,
    #[http(validate(each(each(range(0..=9)), len(1..=2))))]
    matrix: Option<Vec<Vec<u8>>>,
    #[http(validate(required, non_empty))]
    free: Option<Json>,
    #[http(validate(one_of(Urgency::Low, Urgency::High)))]
    #[db(default = Urgency::High)]
    urgency: Urgency,
    other_urgency: Urgency,
    maybe: Option<bool>,
    #[db(decimal(12, 2), default = -1)]
    #[http(validate(range(-1..=9.5), multiple_of(0.01), one_of(-1, 2.5)))]
    price: Decimal,
    #[db(default = 0.5)]
    #[http(validate(lt(1.5), multiple_of(0.1)))]
    real: f64,
    #[db(default = fn(fresh))]
    token: Uuid,
    #[http(validate(email, url, uuid, phone, ip, hostname, slug, date, time, datetime, iso4217, iso3166))]
    formats: String,
    #[db(default = "2026-01-01")]
    since: Option<Date>,
}

fn now_and_here() -> Timestamp {
    Timestamp::from_micros(0)
}

#[test]
fn the_catalog_takes_every_rule() {
    let schemas = vec![EveryRule::SCHEMA];
    let numbers = Numbers::of(&schemas);
    if let Err(error) = Catalog::new(schemas, &numbers) {
        panic!("{error}");
    }
    let formats = EveryRule::SCHEMA.fields.iter().find(|field| field.name == "formats").expect("the field is there");
    assert_eq!(formats.rules.len(), 12);
}
