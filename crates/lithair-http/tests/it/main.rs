//! What the HTTP contract promises, asked over real sockets of a server on a map.

mod client;
mod map_backend;
mod models;

mod asked_once;
mod batches;
mod compressed;
mod connections;
mod documents;
mod exports;
mod firewall;
mod headers;
mod identity;
mod imports;
mod limits;
mod lists;
mod malformed;
mod origins;
mod paths;
mod records;
mod suites;
mod traces;
mod unseen;
mod verdicts;
