use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[http(hidden, read_only)]
    a: Option<String>,
    #[http(hidden, filter)]
    b: Option<String>,
    #[http(write_only, sort)]
    c: Option<String>,
    #[http(hidden)]
    d: String,
    #[http(read_only)]
    e: i64,
    #[http(sort)]
    f: Json,
    #[http(sort)]
    g: Vec<String>,
    #[http(write_only, read_only, hidden)]
    h: Option<String>,
}

fn main() {}
