//! What the state promises to those who apply, read and forget.

mod computed;
mod guards;
mod models;
mod policies;
mod relations;
mod shadow;
mod snapshots;
mod threads;
mod versions;
