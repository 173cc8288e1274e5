// The crate under another name.
use lithair_core as other_name;
use other_name::prelude::*;

mod inner {
    pub use lithair_core::__private;
}

#[derive(DeclarativeModel)]
#[lithair(crate = crate::inner)]
#[permission(all = public)]
struct Renamed {
    a: i64,
    b: Kind,
}

#[derive(DeclarativeEnum)]
#[lithair(crate = other_name)]
enum Kind {
    One,
}

fn main() {
    let _ = Renamed { a: 1, b: Kind::One };
}
