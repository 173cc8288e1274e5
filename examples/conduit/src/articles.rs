//! What is written, and what others make of it. All of it is public: `/api` shows it too, and changes nothing.

use lithair_core::prelude::*;

use crate::people::User;

/// Stands where the server will say the time.
pub const UNSET: Timestamp = Timestamp::from_micros(0);

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
#[db(order(-number))]
#[lifecycle(timestamps)]
pub struct Article {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    /// Follows the title. The number makes it nobody else's.
    #[computed(fn(slug), stored)]
    #[db(unique)]
    pub slug: String,
    #[http(validate(len(1..=200)), normalize(trim))]
    pub title: String,
    #[http(validate(len(1..=1_000)), normalize(trim))]
    pub description: String,
    #[http(validate(len(1..=100_000)))]
    pub body: String,
    /// In alphabetical order, each once.
    #[http(rename = "tagList", validate(len(..=20), each(len(1..=40))), normalize(trim))]
    #[lifecycle(immutable)]
    pub tags: Vec<String>,
    #[relation(belongs_to = User, on_delete = cascade)]
    #[lifecycle(immutable)]
    pub author_id: i64,
    #[relation(has_many = Tagging, via = article)]
    pub taggings: Many<Tagging>,
    #[relation(has_many = Favorite, via = article)]
    pub favorites: Many<Favorite>,
    #[computed(count(favorites), stored)]
    pub favorites_count: u32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Article {
    /// Nothing yet. The number, the slug, the count and the times are the server's to say.
    pub fn blank() -> Self {
        Self {
            number: 0,
            slug: String::new(),
            title: String::new(),
            description: String::new(),
            body: String::new(),
            tags: Vec::new(),
            author_id: 0,
            taggings: Many::default(),
            favorites: Many::default(),
            favorites_count: 0,
            created_at: UNSET,
            updated_at: UNSET,
        }
    }
}

/// Letters and digits of the title, with `-` between words: `How to train your dragon` is `how-to-train-your-dragon-7`.
fn slug(article: &Article) -> String {
    let title = article.title.to_lowercase();
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| format!("{word}-")).collect::<String>() + &article.number.to_string()
}

#[hooks]
impl Article {
    /// Tags are records too: articles are found by them, and they know how many articles they have.
    #[hook(before(create))]
    fn tag(&mut self, cx: &Context) {
        self.tags.retain(|tag| !tag.is_empty());
        self.tags.sort();
        self.tags.dedup();
        for tag in &self.tags {
            if cx.get::<Tag>(tag).is_none() {
                cx.create(&Tag { name: tag.clone(), taggings: Many::default(), article_count: 0 });
            }
            cx.create(&Tagging { article: self.number, tag: tag.clone() });
        }
    }
}

/// There from the first article that has it.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
pub struct Tag {
    #[db(primary_key)]
    pub name: String,
    #[relation(has_many = Tagging, via = tag)]
    pub taggings: Many<Tagging>,
    #[computed(count(taggings), stored)]
    #[db(index)]
    pub article_count: u32,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
#[db(primary_key(article, tag))]
pub struct Tagging {
    #[relation(belongs_to = Article, on_delete = cascade)]
    pub article: i64,
    #[relation(belongs_to = Tag)]
    pub tag: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
#[db(primary_key(user_id, article))]
pub struct Favorite {
    #[relation(belongs_to = User, on_delete = cascade)]
    pub user_id: i64,
    #[relation(belongs_to = Article, on_delete = cascade)]
    pub article: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
#[lifecycle(timestamps)]
pub struct Comment {
    #[db(primary_key, auto = sequence)]
    pub id: i64,
    #[relation(belongs_to = Article, on_delete = cascade)]
    #[lifecycle(immutable)]
    pub article: i64,
    #[relation(belongs_to = User, on_delete = cascade)]
    #[lifecycle(immutable)]
    pub author_id: i64,
    #[http(validate(len(1..=10_000)), normalize(trim))]
    pub body: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}
