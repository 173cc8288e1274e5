use lithair_core::prelude::*;

fn one(text: String) -> i64 {
    text.len() as i64
}

fn two(first: String, last: String) -> String {
    first + &last
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Shape {
    #[db(primary_key, backfill = 1)]
    id: i64,
    #[db(upcast)]
    a: i64,
    #[db(upcast() = one)]
    b: i64,
    #[db(upcast(b) = one)]
    c: i64,
    #[db(upcast(d) = one)]
    d: i64,
    #[db(backfill = 1, upcast(x) = one)]
    e: i64,
    #[db(backfill = nobody)]
    f: i64,
    #[db(backfill = f)]
    g: String,
    #[db(backfill = g)]
    h: Option<String>,
    #[db(backfill = h)]
    i: String,
    #[db(backfill = j)]
    j: String,
    #[db(backfill = now())]
    k: String,
    #[db(backfill = 300)]
    l: u8,
    #[db(upcast(a, b, c, d, e) = one)]
    m: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct OtherType {
    #[db(upcast = one)]
    a: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct OtherCount {
    #[db(upcast(first) = two)]
    a: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Parameter {
    a: i64,
}

#[commands]
impl Parameter {
    #[command]
    fn raise(&mut self, cx: &Context<'_>, #[db(backfill = 1)] by: i64) -> Result<(), std::convert::Infallible> {
        self.a += by;
        Ok(())
    }
}

fn main() {}
