//! Values of several parts: embedded structs, lists of them, variants with data, free JSON that fits a type.

use lithair_core::prelude::*;

use crate::orders::House;

/// Where somebody is.
#[derive(DeclarativeStruct)]
pub(crate) struct Address {
    #[http(validate(len(1..=60)), normalize(trim), example = "Hauptstrasse 1")]
    street: String,
    #[http(validate(non_empty), normalize(trim))]
    city: String,
    #[http(rename = "postalCode", validate(regex("^[0-9]{4}$", msg = "four digits", when = country == "CH")))]
    zip: String,
    #[db(default = "CH")]
    #[http(validate(iso3166))]
    country: String,
    position: Option<Position>,
}

#[derive(DeclarativeStruct)]
pub(crate) struct Position {
    #[http(validate(range(-90..=90)))]
    latitude: f64,
    #[http(validate(range(-180..=180)))]
    longitude: f64,
}

#[derive(DeclarativeStruct)]
#[http(rename_all = "camelCase")]
pub(crate) struct Line {
    #[http(validate(slug))]
    product: String,
    #[db(default = 1)]
    #[http(validate(range(1..=1000)))]
    quantity: i32,
    #[db(decimal(10, 2))]
    #[http(validate(gte(0)))]
    unit_price: Decimal,
    #[http(deprecated = "use tags")]
    note: Option<String>,
}

#[derive(DeclarativeEnum)]
pub(crate) enum Payment {
    Cash,
    Card {
        #[http(validate(regex("^[0-9]{4}$")), example = "4242")]
        last: String,
        #[db(default = false)]
        saved: bool,
    },
    Transfer {
        #[http(normalize(trim), validate(len(4..=34)))]
        account: String,
        #[db(decimal(8, 2))]
        #[http(deprecated = "fees are ours now")]
        fee: Option<Decimal>,
        payer: Address,
    },
}

/// An order, with everything that is a part of it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(
    index(address.city, -number),
    index(billing.position.latitude),
    check(address.zip.len() <= 9, "a postal code has at most 9 letters", on = address)
)]
pub(crate) struct Delivery {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(filter, sort)]
    address: Address,
    billing: Option<Address>,
    #[http(filter, validate(len(..=20)))]
    lines: Vec<Line>,
    payment: Payment,
    #[http(validate(unique_items, each(len(1..=3), each(len(2..=5)))), normalize(trim, lower))]
    words: Vec<Vec<String>>,
    #[http(validate(json(schema = Line)))]
    extra: Option<Json>,
}

/// Names that are told apart by more than their case, in each team while nobody has left.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(team, name, ci, where = left == false))]
pub(crate) struct Nickname {
    #[db(primary_key, auto = sequence)]
    id: i64,
    team: i64,
    #[http(validate(len(4..=30)))]
    name: String,
    #[db(unique(ci))]
    mark: Option<String>,
    #[relation(belongs_to = House, on_delete = set_null)]
    house: Option<Id<House>>,
    #[db(default = false)]
    left: bool,
    #[http(rename = "also-known-as", filter, sort)]
    alias: Option<String>,
}
