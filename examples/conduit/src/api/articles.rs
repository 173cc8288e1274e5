//! Articles: read, written, listed, and their tags.

use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use lithair_core::Filter;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::articles::{Article, Tag};
use crate::envelope::{ApiError, Asked, Body};
use crate::people::Follow;
use crate::records::{article_of, set, user_named};
use crate::who::{Me, Viewer};

const PAGE: usize = 20;
const PAGE_MAX: usize = 100;
/// Tags that are listed, those of most articles first.
const TAGS_MAX: usize = 100;
/// Followed users whose articles are in the feed.
const FOLLOWED_MAX: usize = 1_000;

#[derive(Deserialize)]
pub struct Wanted {
    tag: Option<String>,
    author: Option<String>,
    favorited: Option<String>,
    limit: Option<usize>,
    offset: Option<u64>,
}

#[derive(Deserialize)]
pub struct Page {
    limit: Option<usize>,
    offset: Option<u64>,
}

#[derive(Deserialize)]
pub struct Writing {
    article: NewArticle,
}

/// What is left out is empty: the model says what it thinks of that.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct NewArticle {
    title: String,
    description: String,
    body: String,
    tag_list: Vec<String>,
}

impl NewArticle {
    fn by(self, author_id: i64) -> Article {
        let Self { title, description, body, tag_list: tags } = self;
        Article { title, description, body, tags, author_id, ..Article::blank() }
    }
}

#[derive(Deserialize)]
pub struct Rewriting {
    article: Change,
}

/// What is left out stays.
#[derive(Deserialize)]
struct Change {
    title: Option<String>,
    description: Option<String>,
    body: Option<String>,
}

pub async fn list(viewer: Viewer, Asked(wanted): Asked<Wanted>) -> Result<Json<Value>, ApiError> {
    // Nobody has the number 0, and nobody's articles are none.
    let number = |name: &str| user_named(&viewer.db, name).map(|user| user.map_or(0, |user| user.id));
    let mut filters = Vec::new();
    if let Some(tag) = &wanted.tag {
        filters.push(Filter::new("any(taggings, .tag = ?)").bind(tag));
    }
    if let Some(author) = &wanted.author {
        filters.push(Filter::new("author_id = ?").bind(&number(author)?));
    }
    if let Some(reader) = &wanted.favorited {
        filters.push(Filter::new("any(favorites, .user_id = ?)").bind(&number(reader)?));
    }
    page(&viewer, filters.into_iter().reduce(Filter::and), &Page { limit: wanted.limit, offset: wanted.offset })
}

pub async fn feed(me: Me, Asked(asked): Asked<Page>) -> Result<Json<Value>, ApiError> {
    let follows = me.db.repo::<Follow>();
    let follows = follows.find().filter(Filter::new("follower_id = ?").bind(&me.user.id)).limit(FOLLOWED_MAX).list()?;
    if follows.is_empty() {
        return Ok(Json(json!({ "articles": [], "articlesCount": 0 })));
    }
    let authors: Vec<i64> = follows.iter().map(|follow| follow.followed_id).collect();
    page(&me.viewer(), Some(Filter::new("author_id in ?").bind(&authors)), &asked)
}

fn page(viewer: &Viewer, filter: Option<Filter>, page: &Page) -> Result<Json<Value>, ApiError> {
    let articles = viewer.db.repo::<Article>();
    let mut wanted = articles.find();
    if let Some(filter) = filter {
        wanted = wanted.filter(filter);
    }
    let count = wanted.clone().count()?;
    let (limit, offset) = (page.limit.unwrap_or(PAGE).min(PAGE_MAX), page.offset.unwrap_or(0));
    let found = wanted.limit(limit).offset(offset).list()?;
    let mut shown = Vec::with_capacity(found.len());
    for article in found {
        let mut article = viewer.article(article)?;
        article.body = None;
        shown.push(article);
    }
    Ok(Json(json!({ "articles": shown, "articlesCount": count })))
}

pub async fn show(viewer: Viewer, Path(slug): Path<String>) -> Result<Json<Value>, ApiError> {
    let article = article_of(&viewer.db, &slug)?;
    shown(&viewer, article)
}

pub async fn write(
    me: Me,
    Body(Writing { article: new }): Body<Writing>,
) -> Result<(StatusCode, Json<Value>), ApiError> {
    let article = me.db.repo().create(&new.by(me.user.id)).await?;
    Ok((StatusCode::CREATED, shown(&me.viewer(), article)?))
}

pub async fn rewrite(
    me: Me,
    Path(slug): Path<String>,
    Body(Rewriting { article: change }): Body<Rewriting>,
) -> Result<Json<Value>, ApiError> {
    let number = mine(&me, &slug)?.number;
    let apply = move |article: &mut Article| {
        set(&mut article.title, &change.title);
        set(&mut article.description, &change.description);
        set(&mut article.body, &change.body);
    };
    let article = me.db.repo().update(number, apply).await?.ok_or_else(|| ApiError::not_found("article"))?;
    shown(&me.viewer(), article)
}

/// Comments, favorites and taggings go with it.
pub async fn remove(me: Me, Path(slug): Path<String>) -> Result<StatusCode, ApiError> {
    let number = mine(&me, &slug)?.number;
    me.db.repo::<Article>().delete(number).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn tags(viewer: Viewer) -> Result<Json<Value>, ApiError> {
    let tags = viewer.db.repo::<Tag>();
    let tags = tags.find().filter("article_count > 0").sort("-article_count,name").limit(TAGS_MAX).list()?;
    let names: Vec<String> = tags.into_iter().map(|tag| tag.name).collect();
    Ok(Json(json!({ "tags": names })))
}

/// The author of an article never changes, so who may change it is known before it is changed.
fn mine(me: &Me, slug: &str) -> Result<Article, ApiError> {
    let article = article_of(&me.db, slug)?;
    if article.author_id == me.user.id { Ok(article) } else { Err(ApiError::forbidden("article")) }
}

fn shown(viewer: &Viewer, article: Article) -> Result<Json<Value>, ApiError> {
    Ok(Json(json!({ "article": viewer.article(article)? })))
}
