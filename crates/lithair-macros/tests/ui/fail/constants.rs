use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Colour {
    Red,
    Green,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[db(default = 0)]
    #[http(validate(range(1..=5)))]
    a: i64,
    #[db(default = 9)]
    #[http(validate(lt(9)))]
    b: u8,
    #[db(default = 0.5)]
    #[http(validate(gt(0.5)))]
    c: f64,
    #[db(default = 7)]
    #[http(validate(multiple_of(2)))]
    d: i64,
    #[db(default = " ")]
    #[http(validate(non_empty))]
    e: String,
    #[db(default = " abc ")]
    #[http(normalize(trim), validate(len(4..=9)))]
    f: String,
    #[http(example = "Zoo", normalize(lower), validate(starts_with("Z")))]
    g: String,
    #[db(default = Colour::Green)]
    #[http(validate(one_of(Colour::Red)))]
    h: Colour,
    #[db(default = 1, on_update = 3)]
    #[http(validate(one_of(1, 2)))]
    i: i64,
    #[http(example = "a-b", validate(contains("_"), ends_with("b"), bytes(..=3)))]
    j: String,
    // Only the record tells, or a table of Unicode.
    #[db(default = 0)]
    #[http(validate(range(1..=5, when = a > 1)))]
    k: i64,
    #[db(default = "é")]
    #[http(normalize(nfc), validate(len(2..=2)))]
    l: String,
}

#[derive(DeclarativeStruct)]
struct Part {
    #[db(default = 0)]
    #[http(validate(gte(1)))]
    count: i64,
}

fn main() {}
