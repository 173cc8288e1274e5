use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
struct Secret {
    text: String,
}

fn main() {}
