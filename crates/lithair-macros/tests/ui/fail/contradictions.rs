use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum State {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[db(check(state == State::Open && state == State::Closed, "two states"), check(a > 5 && a < 3, "no number"))]
#[db(check(a == 7 && a > 9, "seven"), check(a in [1, 2] && a in [3], "no list"), check(name.len() < 0, "no length"))]
#[db(check(small < 0, "unsigned"), check(small >= 0, "unsigned too"), check(a < 5 || a >= 5, "all"))]
#[db(check(state != State::Open || state != State::Closed, "all states"), check(a > 1 && a > 1, "twice"))]
#[db(check(flag || flag, "or twice"), check(a == a, "itself"), check(a < 3 && !(a < 4), "not"), check(at.month() > 12, "month"))]
#[db(check(name == "x" && name != "x", "text"), check(a > 8, "again"), check(a > 8, "again"))]
// These are not always the same, and nothing is said of them.
#[db(check(b < 5 || b >= 5, "but null"), check(price > 5 && price < 6, "between"), check(a != 1 && a != 2, "others"))]
#[db(check(b != 5 && b != 6, "null"), check(a > 5 || a < 3, "outside"), check(state == State::Open || a == 1, "two fields"))]
#[permission(all = public)]
struct Thing {
    a: i64,
    b: Option<i64>,
    small: u8,
    price: Decimal,
    name: String,
    flag: bool,
    state: State,
    at: Timestamp,
}

fn main() {}
