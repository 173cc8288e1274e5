use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(default = 1, decimal(1, 2))]
#[http(hidden, filter)]
#[db(ops(list))]
#[relation(belongs_to = Thing)]
#[computed(virtual)]
#[permission(all = public)]
struct Thing {
    #[db(table = "x", filter, order(a))]
    #[http(path = "x", unique)]
    #[lifecycle(hidden)]
    #[lithair(crate = x)]
    a: String,
    #[permission(all = public)]
    b: String,
}

#[derive(DeclarativeEnum)]
#[db(index)]
enum Kind {
    #[http(rename_all = "lowercase")]
    One,
    #[db(index)]
    Two,
    Three {
        #[http(hidden, validate(len(1..=2)))]
        #[db(index)]
        text: String,
    },
}

fn main() {}
