use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(fulltext(title * 3, title, titel, count, id, body * 0, secret * heavy))]
#[permission(all = public)]
struct Searched {
    title: String,
    #[db(fulltext)]
    body: String,
    count: i64,
    #[http(search)]
    price: Decimal,
    #[http(hidden, search)]
    secret: Option<String>,
    #[http(search = "yes")]
    note: String,
}

#[derive(DeclarativeModel)]
#[db(fulltext(title))]
#[permission(all = public)]
struct Twice {
    #[db(fulltext)]
    title: String,
}

fn main() {}
