use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    a: i64,
    b: i64,
    #[relation(belongs_to = Single, fields(a, b))]
    single: One<Single>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Single {
    #[db(primary_key)]
    a: i64,
}

fn main() {}
