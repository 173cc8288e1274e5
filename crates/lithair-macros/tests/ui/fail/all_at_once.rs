use lithair_core::prelude::*;

// Every mistake of the struct is said, and nothing that follows from one: `Other` refers to `Thing` and is right.
#[derive(DeclarativeModel)]
#[db(table = "", unique(nme), chekc(a > 1, "x"))]
struct Thing {
    #[db(primary_key, auto = sequence)]
    key: String,
    #[http(validate(len(5..=2)), fliter)]
    name: String,
    #[relation(on_delete = set_null)]
    parent: Id<Thing>,
    #[db(decimal(12, 2))]
    price: f64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Other {
    thing: Id<Thing>,
}

fn uses(thing: &Thing) -> bool {
    use lithair_core::__private::Model;
    thing.value(0) == Thing::from_values(Vec::new()).expect("never runs").value(0)
}

fn main() {}
