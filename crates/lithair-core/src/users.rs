//! Users who log in with passwords: [`crate::DeclarativeServer::with_users`].

pub use lithair_auth::{About, Delivery, Messenger, Notice, User, Users};
