use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(table = "_things")]
#[http(path = "my things/", body_limit = "64kb")]
#[permission(all = public)]
struct Thing {
    #[http(rename = "same")]
    a: String,
    #[http(rename = "same")]
    b: String,
    c: String,
    #[http(rename = "c")]
    d: String,
    #[http(rename = "_rev")]
    e: String,
    #[http(rename = "")]
    f: String,
    #[http(rename = "id")]
    g: String,
}

#[derive(DeclarativeModel)]
#[http(body_limit = "8GiB", page(default = 10, max = 5))]
#[permission(all = public)]
struct Limits {
    a: String,
}

#[derive(DeclarativeModel)]
#[http(page(default = 0))]
#[permission(all = public)]
struct NoPage {
    a: String,
}

fn main() {}
