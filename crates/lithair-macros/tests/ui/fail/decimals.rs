use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    #[db(decimal(12, 2))]
    a: i64,
    #[db(decimal(29, 2))]
    b: Decimal,
    #[db(decimal(2, 3))]
    c: Decimal,
    #[db(decimal(2))]
    d: Decimal,
    #[db(decimal(300, 2))]
    e: Decimal,
    #[db(decimal(12, 2))]
    right: Option<Decimal>,
}

fn main() {}
