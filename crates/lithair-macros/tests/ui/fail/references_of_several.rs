use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    a: i64,
    b: Option<i64>,
    tags: Vec<i64>,
    #[relation(belongs_to = Pair)]
    no_fields: One<Pair>,
    #[relation(fields(a, b))]
    no_model: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, a))]
    twice: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, c))]
    unknown: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, tags))]
    lists: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, b))]
    many: Many<Pair>,
    #[relation(belongs_to = Pair, fields(a, b))]
    another: One<Thing>,
    #[relation(belongs_to = Pair, fields(a, b), on_delete = set_default)]
    default: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, b))]
    #[http(filter)]
    filtered: One<Pair>,
    #[relation(belongs_to = Pair, fields(a, b))]
    stored: i64,
}

#[derive(DeclarativeModel)]
#[db(primary_key(a, b))]
#[permission(all = public)]
struct Pair {
    a: i64,
    b: i64,
}

fn main() {}
