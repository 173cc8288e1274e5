//! Who is there, and who follows whom. Nothing of this is below `/api`: what others may see of somebody is their profile.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops())]
pub struct User {
    #[db(primary_key, auto = sequence)]
    pub id: i64,
    #[db(unique)]
    #[http(validate(email, len(..=254)), normalize(trim, lower))]
    pub email: String,
    #[db(unique)]
    #[http(validate(len(1..=40)), normalize(trim))]
    pub username: String,
    /// What is kept of the password: Argon2id.
    pub password: String,
    #[http(validate(len(..=2_000)))]
    pub bio: Option<String>,
    #[http(validate(len(..=2_000)))]
    pub image: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops())]
#[db(primary_key(follower_id, followed_id))]
#[db(check(follower_id != followed_id, "nobody follows themselves"))]
pub struct Follow {
    #[relation(belongs_to = User, on_delete = cascade)]
    pub follower_id: i64,
    #[relation(belongs_to = User, on_delete = cascade)]
    pub followed_id: i64,
}
