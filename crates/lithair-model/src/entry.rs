//! What goes in the log: the result of a decision, as data, and the guards it rests on.

mod codec;

pub use codec::CorruptEntry;

use crate::{Key, Position, Timestamp};

/// A model's number in the log. Given once, when the log first hears of the model, and never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub u32);

/// One command's result: all of its changes, or none if a guard fails.
///
/// Encoded as integer-keyed CBOR (`docs/formats/entry.md`): unknown keys are skipped, so an older program reads a newer entry's
/// known part.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When the command was sealed.
    pub at: Timestamp,
    /// Who asked ([`crate::Principal::actor`]); none for the anonymous, and for names and migrations.
    pub actor: Option<String>,
    /// What must hold where the entry is applied.
    pub guards: Vec<Guard>,
    /// What changes, in this order.
    pub changes: Vec<Change>,
    /// What happened, in the words of the application. Nothing is computed from it: the changes say what became of it.
    pub events: Vec<EventRecord>,
    /// Earlier entries that were refused when they were applied, as far as no entry said so before. A program that lacks the constraint
    /// which refused them could not tell.
    pub refused: Vec<Position>,
}

/// A domain event: that a command was carried out on a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    /// The record's model.
    pub model: ModelId,
    /// The record's key.
    pub key: Key,
    /// The event's name.
    pub name: String,
    /// Its data, a JSON object.
    pub payload: String,
}

/// What must hold where an entry is applied. Data only: nobody's code runs.
///
/// Guards are judged against the state before the entry, less what the entry itself removes, plus what it adds: so a batch may
/// create a parent and its child, and a record may give its unique value to another.
#[derive(Clone, Debug, PartialEq)]
pub enum Guard {
    /// The record exists at this revision (before the entry).
    Revision {
        /// The record's model.
        model: ModelId,
        /// The record's key.
        key: Key,
        /// Its revision.
        revision: u64,
    },
    /// No record has this key (before the entry).
    Absent {
        /// The model.
        model: ModelId,
        /// The key.
        key: Key,
    },
    /// A record with this key exists once the entry is applied.
    Present {
        /// The model.
        model: ModelId,
        /// The key.
        key: Key,
    },
    /// Once the entry is applied, no other record than `holder` claims the value.
    Unique {
        /// The model of the constraint.
        model: ModelId,
        /// The constraint, as a place in the model's uniques.
        constraint: u32,
        /// The claimed values, encoded as an index key.
        value: Key,
        /// The key of the record that claims.
        holder: Key,
    },
    /// Once the entry is applied, no record of `model` that is not deleted softly refers to `key` through the relation.
    UnreferencedLive {
        /// The model that holds the references.
        model: ModelId,
        /// The relation, as a place in the model's relations.
        relation: u32,
        /// The key of the target.
        key: Key,
    },
    /// Once the entry is applied, no record of `model` refers to `key` through the relation.
    Unreferenced {
        /// The model that holds the references.
        model: ModelId,
        /// The relation, as a place in the model's relations.
        relation: u32,
        /// The key of the target.
        key: Key,
    },
    /// So many records of `model` refer to `key` through the relation (before the entry).
    Referrers {
        /// The model that holds the references.
        model: ModelId,
        /// The relation, as a place in the model's relations.
        relation: u32,
        /// The key of the target.
        key: Key,
        /// How many.
        count: u64,
    },
}

/// One change of the state.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The record is now this, whole.
    Put {
        /// The record's model.
        model: ModelId,
        /// The record's key.
        key: Key,
        /// The record's new revision, 1 for a new record.
        revision: u64,
        /// All fields, encoded (`row.rs`).
        row: Vec<u8>,
    },
    /// These fields of the record are now this.
    Patch {
        /// The record's model.
        model: ModelId,
        /// The record's key, which a patch never changes.
        key: Key,
        /// The record's new revision.
        revision: u64,
        /// The changed fields, encoded (`row.rs`).
        fields: Vec<u8>,
        /// The whole record as the patch leaves it: each [`WHOLE_EVERY`] revisions, so that an old version is read from few entries.
        whole: Option<Vec<u8>>,
    },
    /// The record is gone.
    Delete {
        /// The record's model.
        model: ModelId,
        /// The record's key.
        key: Key,
    },
    /// The log learns a model or fields of it.
    Schema(SchemaChange),
}

/// A patch to a revision that this divides carries the whole record.
pub const WHOLE_EVERY: u64 = 16;

/// Names that the log learns: from here on, the numbers mean these.
#[derive(Clone, Debug, PartialEq)]
pub struct SchemaChange {
    /// The model's number.
    pub model: ModelId,
    /// The model's table.
    pub table: String,
    /// New fields: number, name, and the word of the type.
    pub fields: Vec<(u32, String, String)>,
    /// The whole schema as `schema.json` shows it, for those who read the log without the program.
    pub document: String,
    /// Fields that are no more: number, last name, and type. The numbers are never given again.
    pub retired: Vec<(u32, String, String)>,
    /// How far the model's migration is.
    pub phase: Phase,
}

/// How far a migration of a model is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There is none under way.
    #[default]
    Settled,
    /// Records get values for fields with this number or a higher one.
    Filling {
        /// The first number that the migration gave.
        first: u32,
        /// The schema of before, as `schema.json` showed it.
        former: String,
    },
    /// The model is left out, and its records are being removed.
    Emptying,
    /// The model is no more. Its number is never given again.
    Gone,
}
