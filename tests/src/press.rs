//! Relations of every kind.

use lithair_core::prelude::*;

/// Relations in every form, three levels deep.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Author {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(index)]
    #[http(validate(non_empty), filter, sort)]
    name: String,
    #[relation(has_many = Article, via = author_id)]
    articles: Many<Article>,
    #[relation(has_one = Profile, via = author_id)]
    profile: One<Profile>,
    #[relation(many_to_many = Author, through = Follow, via = follower_id)]
    follows: Many<Author>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Profile {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(unique)]
    #[relation(belongs_to = Author, on_delete = cascade)]
    author_id: Id<Author>,
    #[http(filter)]
    city: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Follow {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Author, on_delete = cascade)]
    follower_id: Id<Author>,
    #[relation(belongs_to = Author, on_delete = cascade)]
    followed_id: Id<Author>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(order(-rank))]
pub(crate) struct Article {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[http(filter, sort)]
    title: String,
    #[db(default = 0)]
    #[http(filter, sort)]
    rank: i64,
    #[relation(belongs_to = Author, on_delete = restrict)]
    author_id: Option<Id<Author>>,
    #[relation(has_many = Comment, via = article_id)]
    comments: Many<Comment>,
    #[relation(many_to_many = Tag, through = Tagging)]
    #[http(rename = "labels")]
    tags: Many<Tag>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(page(default = 2, max = 3))]
pub(crate) struct Comment {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Id<Article>,
    #[relation(belongs_to = Author, on_delete = set_null)]
    author: Option<i64>,
    #[db(default = false)]
    #[http(filter)]
    spam: bool,
    #[http(filter)]
    text: Option<String>,
    #[http(hidden)]
    secret: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(order(name))]
pub(crate) struct Tag {
    #[db(primary_key)]
    name: String,
    #[relation(many_to_many = Article, through = Tagging)]
    articles: Many<Article>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(article_id, tag_name))]
#[http(ops(create, delete))]
pub(crate) struct Tagging {
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Id<Article>,
    #[relation(belongs_to = Tag, on_delete = cascade)]
    tag_name: Id<Tag>,
}
