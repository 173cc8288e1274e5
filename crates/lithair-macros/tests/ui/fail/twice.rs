use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(table = "a", table = "b", order(a), index(a), index(a), unique(a), unique(a, a))]
#[http(ops(list, get, list), page(max = 1, max = 2))]
#[http(body_limit = "1KiB", body_limit = "2KiB")]
#[permission(all = public, all = public)]
struct Thing {
    #[db(index, default = 1, default = 2)]
    #[http(filter, filter, normalize(trim, trim), rename = "x", rename = "y")]
    #[db(index)]
    a: String,
    #[http(validate(slug, slug, len(1..=2, msg = "a", msg = "b")))]
    #[http(validate(email))]
    b: String,
}

fn main() {}
