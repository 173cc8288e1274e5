use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(renamed_from(posts))]
struct Article {
    #[db(renamed_from = "text")]
    body: String,
    text: String,
    #[db(renamed_from = old)]
    new: String,
}

fn main() {}
