use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[db(auto = sequence)]
    a: String,
    #[db(auto = uuid7)]
    b: i64,
    #[db(auto = sequence)]
    c: Option<i64>,
    #[db(auto = uuid7, default = "x")]
    #[http(read_only)]
    d: Uuid,
    #[db(auto = uuid7)]
    e: Id<Thing>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Small {
    #[db(primary_key, auto = sequence)]
    a: u16,
}

fn main() {}
