use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Comment {
    #[relation(belongs_to = Article)]
    article_id: Id<Article>,
    author_id: Id<Article>,
    author: String,
    history_id: Id<Article>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Article {
    title: String,
    #[relation(has_many = Comment)]
    a: Many<Comment>,
    #[relation(has_many = Comment, via = article_id)]
    b: One<Comment>,
    #[relation(has_one = Comment, via = article_id)]
    c: Many<Comment>,
    #[relation(many_to_many = Comment)]
    d: Many<Comment>,
    #[relation(has_many = Comment, via = article_id, through = Comment)]
    e: Many<Comment>,
    #[relation(has_many = Comment, has_one = Comment, via = article_id)]
    f: Many<Comment>,
    #[relation(has_many = Comment, via = article_id)]
    g: Many<Article>,
    #[relation(has_many = Comment, via = article_id)]
    h: Vec<Comment>,
    i: Many<Comment>,
    #[relation(via = article_id)]
    j: Option<String>,
    #[relation(has_many = Comment, via = article_id, on_delete = cascade)]
    #[db(index)]
    #[http(filter)]
    k: Many<Comment>,
    #[relation(has_many = Comment, via = article_id)]
    history: Many<Comment>,
    #[relation(has_many = Comment, via = article_id)]
    #[http(rename = "title")]
    l: Many<Comment>,
    #[relation(has_many = Comment, via = article_id)]
    #[http(rename = "_m")]
    m: Many<Comment>,
    #[relation(has_many)]
    n: Many<Comment>,
}

fn main() {}
