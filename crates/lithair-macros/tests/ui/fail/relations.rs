use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(primary_key(part))]
#[permission(all = public)]
struct Other {
    #[relation(on_delete = set_null)]
    part: Id<Other>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[relation(on_delete = set_null)]
    a: Id<Other>,
    #[relation(on_delete = set_default)]
    b: Id<Other>,
    #[relation(on_delete = cascade)]
    c: i64,
    #[relation(belongs_to = Thing)]
    d: Id<Other>,
    #[relation(belongs_to = Other)]
    e: Vec<i64>,
    #[relation(on_delete = set_null)]
    #[lifecycle(immutable)]
    f: Option<Id<Other>>,
    author: Id<Other>,
    author_id: Id<Other>,
}

fn main() {}
