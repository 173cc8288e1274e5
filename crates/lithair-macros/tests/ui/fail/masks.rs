use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Masked {
    #[security(mask)]
    a: String,
    #[security(mask(4))]
    b: String,
    #[security(mask(first = 4))]
    c: String,
    #[security(mask(last = 0))]
    d: String,
    #[security(mask(last = 65))]
    e: String,
    #[security(mask(last = "4"))]
    f: String,
    #[security(mask(last = 4))]
    g: i64,
    #[security(mask(last = 4))]
    h: Vec<String>,
    #[security(mask(last = 4))]
    #[permission(read = public)]
    i: String,
    #[security(mask(last = 4))]
    #[http(hidden)]
    j: String,
    #[security(mask(last = 4))]
    #[http(filter, sort)]
    k: String,
    #[security(mask(last = 4))]
    #[db(primary_key)]
    l: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(mask(last = 4))]
struct Wrong {
    a: String,
}

fn main() {}
