use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(primary_key(a, b))]
#[permission(all = public)]
struct Pair {
    a: i64,
    b: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    pair: Id<Pair>,
}

fn main() {}
