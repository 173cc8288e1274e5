//! What the HTTP contract promises, asked over real sockets of a server on a map.

mod client;
mod map_backend;
mod models;

mod basics;
