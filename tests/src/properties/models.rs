//! A model with a field of every kind.

use std::sync::{Arc, LazyLock};

use lithair_core::model::{Catalog, Numbers};
use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
pub(super) enum Shape {
    Point,
    Circle { radius: f64, label: Option<String> },
}

#[derive(DeclarativeEnum)]
pub(super) enum Level {
    Low,
    High,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(low <= high, "low is above high", on = low), unique(name, day, where = flag == true))]
pub(super) struct Sample {
    #[db(primary_key)]
    id: i64,
    #[http(validate(len(0..=50)), normalize(trim, nfc), filter, sort)]
    name: String,
    #[db(unique(ci))]
    code: Option<String>,
    #[db(default = false)]
    #[http(filter)]
    flag: bool,
    #[http(filter, sort)]
    tiny: Option<i8>,
    #[http(filter)]
    huge: Option<u64>,
    #[http(filter, validate(range(-1000.5..=1000.5)))]
    float: Option<f32>,
    #[http(filter)]
    double: Option<f64>,
    #[db(decimal(12, 3))]
    #[http(filter, validate(multiple_of(0.5)))]
    price: Option<Decimal>,
    #[http(filter)]
    uuid: Option<Uuid>,
    #[http(filter, sort)]
    at: Option<Timestamp>,
    #[http(filter)]
    day: Option<Date>,
    #[db(default = 0)]
    low: i32,
    #[db(default = 0, index)]
    high: i32,
    #[http(filter)]
    level: Option<Level>,
    shape: Option<Shape>,
    #[http(validate(unique_items))]
    tags: Option<Vec<String>>,
    document: Option<Json>,
}

/// The catalog of the one model.
pub(super) static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let schemas = vec![Sample::SCHEMA];
    let numbers = Numbers::of(&schemas);
    Arc::new(Catalog::new(schemas, &numbers).expect("the model is right"))
});
