use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(unique(tags, a), index(a, -a), index(extra), order(tags))]
#[permission(all = public)]
struct Thing {
    #[db(unique(ci))]
    a: i64,
    #[db(unique)]
    tags: Vec<String>,
    #[db(index)]
    extra: Json,
    #[http(normalize(trim))]
    number: i64,
}

fn main() {}
