use lithair_core::prelude::*;

#[derive(DeclarativeStruct)]
struct Address {
    city: String,
    position: Option<Position>,
}

#[derive(DeclarativeStruct)]
struct Position {
    latitude: f64,
}

#[derive(DeclarativeEnum)]
enum Kind {
    A,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(index(address.cty), check(address.position.longitude > 0, "unknown"), check(kind.a == 1, "an enum"))]
struct Shop {
    address: Address,
    kind: Kind,
}

fn main() {}
