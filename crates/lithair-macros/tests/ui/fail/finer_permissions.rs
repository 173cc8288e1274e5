use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(read = "Public", roles(Admin > Editor), on_deny = hide)]
struct Quoted {
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = authenticated)]
struct Members {
    #[permission(owner)]
    author: String,
    #[permission(write = role(Admin))]
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = pubic)]
struct Misspelled {
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = status == Status::Published)]
struct Conditional {
    text: String,
}

fn main() {}
