use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[db(primary_key(titel, id), unique(titl), unique(title, where = lockd.is_none()), index(title, -pric), order(prize))]
#[db(check(prce > 1, "no", on = price_), check(nothing_like_it, "no"))]
#[permission(all = public)]
struct Thing {
    title: String,
    price: i64,
    locked: Option<bool>,
    #[http(validate(len(1..=2, when = lokced)))]
    other: String,
}

fn main() {}
