use lithair_core::prelude::*;

struct Opaque;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Thing {
    a: Opaque,
}

fn main() {}
