//! The models of `docs/relations.md`.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Author {
    #[http(filter)]
    pub name: String,
    #[relation(has_many = Article, via = author_id)]
    pub articles: Many<Article>,
    #[relation(has_one = Profile, via = author_id)]
    pub profile: One<Profile>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Profile {
    #[db(unique)]
    #[relation(belongs_to = Author, on_delete = cascade)]
    pub author_id: Id<Author>,
    pub city: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Article {
    pub title: String,
    #[relation(belongs_to = Author, on_delete = restrict)]
    pub author_id: Option<Id<Author>>,
    #[relation(many_to_many = Tag, through = Tagging)]
    pub tags: Many<Tag>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub struct Tag {
    pub name: String,
    #[relation(many_to_many = Article, through = Tagging)]
    pub articles: Many<Article>,
}

#[derive(DeclarativeModel)]
#[db(primary_key(article_id, tag_id))]
#[permission(all = public)]
pub struct Tagging {
    #[relation(belongs_to = Article, on_delete = cascade)]
    pub article_id: Id<Article>,
    #[relation(belongs_to = Tag, on_delete = cascade)]
    pub tag_id: Id<Tag>,
}

fn main() {
    assert_eq!((Author::SCHEMA.links.len(), Article::SCHEMA.links.len()), (2, 1));
    let tags: Many<Tag> = Many::default();
    assert_eq!(size_of_val(&tags), 0);
}
