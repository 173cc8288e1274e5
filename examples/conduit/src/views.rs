//! What callers are shown: the shapes of the RealWorld API, as somebody in particular sees them.

use lithair_core::prelude::*;
use serde::Serialize;

use crate::articles::{Article, Comment, Favorite};
use crate::envelope::ApiError;
use crate::people::{Follow, User};
use crate::who::Viewer;

#[derive(Serialize)]
pub struct Profile {
    username: String,
    bio: Option<String>,
    image: Option<String>,
    following: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownArticle {
    slug: String,
    title: String,
    description: String,
    /// Not in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    tag_list: Vec<String>,
    created_at: String,
    updated_at: String,
    favorited: bool,
    favorites_count: u32,
    author: Profile,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShownComment {
    id: i64,
    created_at: String,
    updated_at: String,
    body: String,
    author: Profile,
}

impl Viewer {
    pub fn profile(&self, user: User) -> Result<Profile, ApiError> {
        let User { id, username, bio, image, .. } = user;
        let following = match self.id {
            Some(me) => self.db.repo::<Follow>().get(&(me, id))?.is_some(),
            None => false,
        };
        Ok(Profile { username, bio, image, following })
    }

    pub fn article(&self, article: Article) -> Result<ShownArticle, ApiError> {
        let favorited = match self.id {
            Some(me) => self.db.repo::<Favorite>().get(&(me, article.number))?.is_some(),
            None => false,
        };
        Ok(ShownArticle {
            slug: article.slug,
            title: article.title,
            description: article.description,
            body: Some(article.body),
            tag_list: article.tags,
            created_at: iso8601(article.created_at),
            updated_at: iso8601(article.updated_at),
            favorited,
            favorites_count: article.favorites_count,
            author: self.author(article.author_id)?,
        })
    }

    pub fn comment(&self, comment: Comment) -> Result<ShownComment, ApiError> {
        Ok(ShownComment {
            id: comment.id,
            created_at: iso8601(comment.created_at),
            updated_at: iso8601(comment.updated_at),
            body: comment.body,
            author: self.author(comment.author_id)?,
        })
    }

    fn author(&self, id: i64) -> Result<Profile, ApiError> {
        // Whoever goes takes along what they wrote; between two looks that may just have happened.
        let author = self.db.repo().get(&id)?.ok_or_else(|| ApiError::not_found("author"))?;
        self.profile(author)
    }
}

/// Always with a fraction of a second: clients of this API look for one.
fn iso8601(at: Timestamp) -> String {
    let text = at.to_string();
    if text.contains('.') { text } else { text.replace('Z', ".000Z") }
}
