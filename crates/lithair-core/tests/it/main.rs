//! Promises of the engine, kept on memory and on a simulated disk.

mod behaviour;
mod computed;
mod conflicts;
mod crash;
mod credentials;
mod deletes;
mod embedded;
mod engine;
mod imports;
mod kept;
mod past;
mod patches;
mod projections;
mod schedules;
mod schemas;
mod snapshots;
mod transactions;
mod trash;
