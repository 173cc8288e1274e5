//! Promises of the engine, kept on memory and on a simulated disk.

mod crash;
mod deletes;
mod engine;
mod schemas;
mod snapshots;
