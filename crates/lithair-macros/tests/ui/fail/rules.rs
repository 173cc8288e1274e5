use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[http(validate(len(5..=2), bytes(3..=1), regex("(a"), len(-1..=2), len(1.5..)))]
    a: String,
    #[http(validate(email, len(1..=2), past, unique_items, each(len(1..=2)), regex("a")))]
    b: i64,
    #[http(validate(range(10..=1), gt("x"), multiple_of(0), one_of(1, "a", true), range(0..=999)))]
    c: u8,
    #[http(validate(each(range(0..=1), email, len(9..=1)), range(0..=1)))]
    d: Vec<String>,
    #[http(validate(range(0..=1)))]
    e: String,
    #[http(validate(non_empty))]
    f: bool,
    #[http(validate(range("2026-02-01"..="2026-01-01"), future))]
    g: Date,
    #[http(validate(range(1.5..=0.5), multiple_of(-0.01)))]
    h: Decimal,
    #[http(validate(email = true, len(1..=2, 3), with(1)))]
    i: String,
    #[http(validate(one_of("a", "b")))]
    j: Json,
}

fn main() {}
