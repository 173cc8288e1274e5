//! The application that the benchmark measures: products of about 220 bytes of JSON, one unique field, one index.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Product {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=40)))]
    sku: String,
    #[http(validate(len(1..=120)))]
    name: String,
    #[db(index)]
    #[http(validate(len(1..=40)), filter)]
    category: String,
    #[db(decimal(12, 2))]
    #[http(validate(gte(0)), filter)]
    price: Decimal,
    stock: i64,
    active: bool,
    #[db(default = now())]
    listed_at: Timestamp,
}

fn main() -> impl std::process::Termination {
    DeclarativeServer::new("127.0.0.1:8080").model::<Product>().run()
}
