//! The application that the benchmark of permissions measures: the same products, each kind with another rule of who reads them.
//!
//! `GUARDED_ROLES` says how many roles stand above `Keeper`: 1 if it is not set.

use lithair_core::prelude::*;

/// Everybody reads them.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Open {
    #[db(primary_key)]
    id: i64,
    #[db(unique)]
    sku: String,
    name: String,
    category: String,
    #[db(decimal(12, 2))]
    price: Decimal,
    stock: i64,
    active: bool,
    listed_at: Timestamp,
    keeper: String,
}

/// Whoever is known reads them.
#[derive(DeclarativeModel)]
#[permission(all = authenticated)]
struct Known {
    #[db(primary_key)]
    id: i64,
    #[db(unique)]
    sku: String,
    name: String,
    category: String,
    #[db(decimal(12, 2))]
    price: Decimal,
    stock: i64,
    active: bool,
    listed_at: Timestamp,
    keeper: String,
}

/// One rule of rows and two of fields, one of which looks at the row.
#[derive(DeclarativeModel)]
#[permission(read = active || keeper == actor.id, write = role(Keeper))]
struct Ruled {
    #[db(primary_key)]
    id: i64,
    #[db(unique)]
    sku: String,
    name: String,
    category: String,
    #[db(decimal(12, 2))]
    #[permission(read = active || keeper == actor.id)]
    price: Decimal,
    #[permission(read = role(Keeper))]
    stock: i64,
    active: bool,
    listed_at: Timestamp,
    keeper: String,
}

#[derive(DeclarativeModel)]
#[permission(read = any(keepers where login == actor.id), write = role(Keeper))]
struct Shop {
    #[db(primary_key)]
    id: i64,
    #[relation(has_many = ShopKeeper, via = shop_id)]
    keepers: Many<ShopKeeper>,
}

#[derive(DeclarativeModel)]
#[permission(all = role(Keeper))]
struct ShopKeeper {
    #[db(primary_key)]
    id: i64,
    #[db(index)]
    login: String,
    #[relation(belongs_to = Shop)]
    shop_id: i64,
}

/// Whoever reads the shop reads them: two relations away.
#[derive(DeclarativeModel)]
#[permission(read = check(shop, read), write = role(Keeper))]
struct Below {
    #[db(primary_key)]
    id: i64,
    #[db(unique)]
    sku: String,
    name: String,
    category: String,
    #[db(decimal(12, 2))]
    price: Decimal,
    stock: i64,
    active: bool,
    listed_at: Timestamp,
    #[relation(belongs_to = Shop)]
    shop_id: i64,
}

/// A tenant reads its own.
#[derive(DeclarativeModel)]
#[db(tenant = org, unique(org, sku))]
#[permission(all = authenticated)]
struct Rented {
    #[db(primary_key, auto = sequence)]
    id: i64,
    org: String,
    sku: String,
    name: String,
    category: String,
    #[db(decimal(12, 2))]
    price: Decimal,
    stock: i64,
    active: bool,
    listed_at: Timestamp,
}

fn main() -> impl std::process::Termination {
    let above = std::env::var("GUARDED_ROLES").ok().and_then(|count| count.parse().ok()).unwrap_or(1);
    let heads = (0..above).map(|number| format!("Head{number}"));
    let server = DeclarativeServer::new("127.0.0.1:8080").model::<Open>().model::<Known>().model::<Ruled>();
    let server = server.model::<Shop>().model::<ShopKeeper>().model::<Below>().model::<Rented>();
    heads.fold(server, |server, head| server.roles([head.as_str(), "Keeper"])).run()
}
