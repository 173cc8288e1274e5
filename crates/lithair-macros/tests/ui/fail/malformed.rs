use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db]
#[http()]
#[db(table, primary_key, unique(), index = a, order(a b), check(a))]
#[db(table = 5, , index(a,, b))]
#[http(path = , ops  , page = 5, body_limit = 65536)]
#[permission(all)]
struct Thing {
    #[db(primary_key = 1, unique(maybe), decimal, default, auto)]
    #[http(hidden = true, rename = x, validate, normalize(), "text")]
    #[relation(belongs_to)]
    #[lifecycle(immutable(true))]
    a: String,
    #[http(validate(len, len(5), len(1..5), len(..), range(), gt, one_of(), regex, each(), with, email(1, 2)))]
    #[http(body = 1)]
    b: String,
    #[db(unique(where = a))]
    c: String,
}

fn main() {}
