//! The state of Lithair: what you get by applying the log.
//!
//! ```text
//! entry -> stage (what would each record be?) -> guards -> install -> publish -> view -> row, list, records
//!                                                  '-> refused
//! ```
//!
//! Never knows the disk, the network or the clock. Its iteration order is always defined.

mod chain;
mod conflict;
mod decide;
mod digest;
mod fold;
mod guards;
mod horizon;
mod indexing;
mod load;
mod meta;
mod ordered_map;
mod pins;
mod query;
mod recompute;
mod record;
mod record_ref;
mod records;
mod sequences;
mod sizes;
mod slots;
mod stage;
mod state;
mod table;
mod tables;
#[cfg(test)]
mod testing;
mod view;

pub use conflict::Conflict;
pub use decide::{Answer, Decision, Ids, decide, record_hash};
pub use digest::Digest;
pub use fold::{Fold, FoldError, NoSource};
pub use load::LoadError;
pub use meta::{CorruptMeta, Meta};
pub use query::{Lookup, Plan};
pub use record::{CorruptRecord, Record};
pub use record_ref::RecordRef;
pub use sizes::Sizes;
pub use state::{Applied, State};
pub use view::View;
