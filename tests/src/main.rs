//! The application that the acceptance tests run.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Account {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[db(unique)]
    #[http(validate(len(1..=200)), filter, sort)]
    name: String,
    #[db(default = 0, index)]
    #[http(filter, sort)]
    balance: i64,
    note: Option<String>,
    document: Option<Json>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Transfer {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Account, on_delete = restrict)]
    account_id: Id<Account>,
    #[db(decimal(12, 2))]
    amount: Decimal,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Remark {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Account, on_delete = cascade)]
    account_id: Id<Account>,
    #[http(validate(non_empty))]
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Currency {
    #[db(primary_key)]
    code: String,
    name: String,
}

#[derive(DeclarativeEnum)]
enum Stage {
    Open,
    Closed,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(timestamps(opened_at, touched_at), optimistic_lock, immutable_when = stage == Stage::Closed)]
struct Contract {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[db(default = Stage::Open)]
    stage: Stage,
    #[lifecycle(write_once)]
    signature: Option<String>,
    #[db(default = 0)]
    #[lifecycle(monotonic)]
    pages: i64,
    text: Option<String>,
    #[relation(belongs_to = Currency, on_delete = set_null)]
    currency: Option<String>,
    opened_at: Timestamp,
    touched_at: Timestamp,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Page {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Contract, on_delete = cascade)]
    contract: i64,
}

/// What may be written as in the public crate of this name, and values that the server gives.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Letter {
    #[db(primary_key, auto = ulid)]
    id: String,
    #[db(indexed)]
    #[http(expose, validate = "email", example = "ada@example.org")]
    sender: String,
    #[db(fk = "Currency")]
    postage_in: Option<String>,
    #[http(expose = false)]
    note: Option<String>,
    #[db(default = 0, on_update = 7)]
    #[http(deprecated = "count the changes yourself")]
    touched: i64,
    #[db(default = now(), on_update = now())]
    #[http(read_only)]
    seen_at: Timestamp,
}

/// Relations in every form, three levels deep.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Author {
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
struct Profile {
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
struct Follow {
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
struct Article {
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
struct Comment {
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
struct Tag {
    #[db(primary_key)]
    name: String,
    #[relation(many_to_many = Article, through = Tagging)]
    articles: Many<Article>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(article_id, tag_name))]
#[http(ops(create, delete))]
struct Tagging {
    #[relation(belongs_to = Article, on_delete = cascade)]
    article_id: Id<Article>,
    #[relation(belongs_to = Tag, on_delete = cascade)]
    tag_name: Id<Tag>,
}

fn main() -> impl std::process::Termination {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<Account>()
        .model::<Transfer>()
        .model::<Remark>()
        .model::<Currency>()
        .model::<Contract>()
        .model::<Page>()
        .model::<Letter>()
        .model::<Author>()
        .model::<Profile>()
        .model::<Follow>()
        .model::<Article>()
        .model::<Comment>()
        .model::<Tag>()
        .model::<Tagging>()
        .run()
}
