use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    a: usize,
    b: Option<Option<i64>>,
    c: (i64, i64),
    d: &'static str,
    e: [u8; 4],
    f: char,
    g: u128,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Generic<T> {
    a: T,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Tuple(i64);

#[derive(DeclarativeModel)]
#[permission(all = public)]
enum NoStruct {
    A,
}

fn main() {}
