use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(rate_limit(creat, "5/min"))]
struct Misspelled {
    title: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(rate_limit(publish, "5/min"))]
struct WithoutCommands {
    title: String,
}

fn main() {}
