use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Sale {
    #[db(primary_key)]
    id: i64,
}

/// Callers could write it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Open {
    #[db(primary_key)]
    id: i64,
}

#[projection]
impl Open {
    #[fold(of = Sale, after(create))]
    fn a(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {}
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
struct Closed {
    #[db(primary_key)]
    id: i64,
}

#[projection(version = 0)]
impl Closed {
    #[fold(of = Sale, after(create))]
    async fn a(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {}

    #[fold(of = Sale)]
    fn b(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {}

    #[fold(of = Sale, after(update))]
    fn c(rows: &mut Rows<Self>) {}

    #[fold(of = Sale, after(create, sold))]
    fn d(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {}

    #[fold(from = Sale, after(create))]
    fn e(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {}
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
struct Idle {
    #[db(primary_key)]
    id: i64,
}

#[projection]
impl Idle {
    fn nothing() {}
}

fn main() {}
