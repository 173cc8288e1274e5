//! Promises of the engine, kept on memory and on a simulated disk.

mod conflicts;
mod crash;
mod credentials;
mod deletes;
mod engine;
mod imports;
mod kept;
mod past;
mod patches;
mod schemas;
mod snapshots;
mod transactions;
mod trash;
