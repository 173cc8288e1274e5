use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(primary_key(a, b, c, d, e, f, g, h, i))]
#[permission(all = public)]
struct Nine {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
    f: i64,
    g: i64,
    h: i64,
    i: i64,
}

fn main() {}
