use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Colour {
    Red,
    Green,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[db(default = "x")]
    a: i64,
    #[db(default = 300)]
    b: u8,
    #[db(default = true)]
    c: String,
    #[db(default = now())]
    d: String,
    #[db(default = Colour::Red)]
    e: String,
    #[db(default = a)]
    f: i64,
    #[db(default = red)]
    g: Colour,
    #[db(default = 5u8)]
    h: u8,
    #[db(default = a + 1)]
    i: i64,
    #[db(default = -1)]
    j: u64,
    #[db(default = None)]
    k: Option<i64>,
}

fn main() {}
