//! Users who log in with passwords: [`crate::DeclarativeServer::with_users`].

pub use lithair_auth::{About, Delivery, Hashing, Messenger, Notice, User, Users};
