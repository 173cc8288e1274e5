//! What the HTTP contract promises, asked over real sockets of a server on a map.

mod client;
mod map_backend;
mod models;

mod batches;
mod connections;
mod documents;
mod exports;
mod headers;
mod identity;
mod imports;
mod limits;
mod lists;
mod malformed;
mod paths;
mod records;
mod suites;
mod verdicts;
