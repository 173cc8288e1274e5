use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct TwoKeys {
    #[db(primary_key)]
    a: i64,
    #[db(primary_key)]
    b: i64,
}

#[derive(DeclarativeModel)]
#[db(primary_key(a, a))]
#[permission(all = public)]
struct StructAndField {
    a: i64,
    #[db(primary_key)]
    b: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Nullable {
    #[db(primary_key)]
    a: Option<i64>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Unmarked {
    id: Uuid,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct HiddenKey {
    #[db(primary_key, unique)]
    #[http(hidden)]
    a: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct ListKey {
    #[db(primary_key)]
    a: Vec<i64>,
}

fn main() {}
