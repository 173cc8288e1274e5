use lithair_core::prelude::*;

#[derive(DeclarativeEnum)]
enum Empty {}

#[derive(DeclarativeEnum)]
#[http(rename_all = "kebabcase")]
enum Cases {
    One,
    #[http(rename = "One")]
    Two,
    #[http(renam = "x")]
    Three,
    #[http(rename = "")]
    Four,
}

#[derive(DeclarativeEnum)]
enum Data {
    Tuple(i64),
    Tagged {
        r#type: String,
        #[http(rename = "b")]
        a: String,
        b: String,
        c: usize,
        d: Id<Model>,
    },
}

#[derive(DeclarativeEnum)]
enum Generic<T> {
    A { a: T },
}

#[derive(DeclarativeEnum)]
struct NoEnum {
    a: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Model {
    empty: Empty,
    cases: Cases,
    data: Option<Data>,
}

fn main() {}
