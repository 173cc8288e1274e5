use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(check(a = 1, "equality"), check(1 < a < 5, "chained"), check(a, "no truth"), check(a > "x", "types"))]
#[db(check(true, "constant"), check(1 < 2, "no field"), check(a.is_none(), "never null"), check(b > 1, "text"))]
#[db(check(role(Admin), "policy"), check(before.a == a, "before"), check(owner.id == a, "other"), check(a in [], "empty"))]
#[db(check(a in 1, "no list"), check(b.size() > 1, "function"), check(nw() > at, "function"), check(fn(x), "fn"))]
#[db(check(a.len() > 1, "no length"), check(flag > false, "order"), check(a > 99999999999999999999, "range"))]
#[db(check(a == None, "none"), check(b == at, "kinds"), check((a > 1) == (a > 2), "truths"), check(a + 1 > 2, "sum"))]
#[db(check(at > now() && a == now(), "now"), check(tags < tags, "lists"), check(b.len() > "x", "length"))]
#[db(check(a > 1, ""), check(a > 1, "on", at = a), check(a > 1 "x"), check(a >, "half"), check((a > 1, "open")))]
#[db(check(a in [1, b, now()], "constants"), check(a > price, "other numbers"), check(b.len() in [1, 2], "right"))]
#[permission(all = public)]
struct Thing {
    price: Decimal,
    a: i64,
    b: String,
    at: Timestamp,
    flag: bool,
    tags: Vec<String>,
}

fn main() {}
