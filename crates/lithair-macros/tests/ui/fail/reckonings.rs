use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(check(a + name > 1, "types"), check(price * ratio > 1, "exact"), check(-name > 1, "sign"), check(a / 0 > 1, "zero"))]
#[db(check(day + hours(1) > day, "hours"), check(at - 1 < at, "no duration"), check(at - at < 1, "no number"))]
#[db(check(days(x) < at - at, "days"), check(at + at > at, "two times"), check(at - at < days(1) + 2, "and two"))]
#[db(check(year(name) > 1, "year"), check(lower(a) == "x", "lower"), check(round(price) > 1, "places"))]
#[db(check(round(a, 2) > 1, "whole"), check(round(price, 99) > 1, "many"), check(abs(name) == "x", "abs"))]
#[db(check(a.unwrap_or(1) > 1, "never null"), check(b.unwrap_or() > 1, "or what"), check(b.unwrap_or("x") > 1, "or text"))]
#[db(check(if a > 1 { b }, "else"), check((if a > 1 { a } else { name }) > 1, "cases"), check(count(x) > 1, "count"))]
#[db(check(a + 1 == price / 2.5 && a + 1 == "x", "reckoned"), check(name.trim().len() > "x", "length"))]
#[db(check(a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + (a + 1)))))))))))))))))))))))))))))))) > 1, "deep"))]
#[permission(all = public)]
struct Thing {
    a: i64,
    b: Option<i64>,
    price: Decimal,
    ratio: f64,
    name: String,
    at: Timestamp,
    day: Date,
}

fn main() {}
