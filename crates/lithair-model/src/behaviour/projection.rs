//! Read models: rows that are folded from what happens to other models, and from nothing else.

use std::marker::PhantomData;

use super::context::record;
use super::{AfterWhat, Happening, HookError, RecordKey};
use crate::{Model, ModelSchema, OperationKind, Position, Timestamp, Value};

/// How the rows of a model follow from the log.
#[derive(Debug)]
pub struct ProjectionSchema {
    /// The version of the folds: another one folds everything again.
    pub version: u32,
    /// What is folded, at least one.
    pub folds: &'static [FoldSchema],
}

/// A function that takes something that happened into the rows.
#[derive(Debug)]
pub struct FoldSchema {
    /// The function's name.
    pub name: &'static str,
    /// The model to whose records it happens.
    pub of: fn() -> &'static ModelSchema,
    /// What is waited for, at least one.
    pub on: &'static [AfterWhat],
    /// Runs it.
    pub run: fn(&mut dyn FoldRows, &Fact, Happening) -> Result<(), HookError>,
}

/// Which entry of the log is folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    position: Position,
    at: Timestamp,
}

impl Fact {
    /// An entry.
    pub const fn new(position: Position, at: Timestamp) -> Self {
        Self { position, at }
    }

    /// Where in the log it is.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// When it was written.
    pub const fn at(&self) -> Timestamp {
        self.at
    }
}

/// The rows of a projection while something is folded.
pub trait FoldRows {
    /// The values of the row with this key.
    fn get(&mut self, key: &[Value]) -> Option<Vec<Value>>;

    /// The row of these values is there, and no other of its key.
    fn set(&mut self, values: Vec<Value>);

    /// There is no row with this key.
    fn remove(&mut self, key: &[Value]);
}

/// The rows of a projection, as a fold sees and changes them. It sees nothing else, so folding the log again comes to the same rows.
pub struct Rows<'a, M> {
    rows: &'a mut dyn FoldRows,
    model: PhantomData<M>,
}

impl<'a, M: Model> Rows<'a, M>
where
    M::Key: RecordKey,
{
    /// The rows of `M`.
    pub fn new(rows: &'a mut dyn FoldRows) -> Self {
        Self { rows, model: PhantomData }
    }

    /// The row with this key.
    pub fn get(&mut self, key: &M::Key) -> Option<M> {
        self.rows.get(&key.key_values()).map(record)
    }

    /// The row is there; one of the same key is replaced.
    pub fn put(&mut self, row: &M) {
        self.rows.set(super::run::values_of(row));
    }

    /// Changes the row with this key; none if there is none. One whose key is changed is under the new key then.
    pub fn update<R>(&mut self, key: &M::Key, change: impl FnOnce(&mut M) -> R) -> Option<R> {
        let key = key.key_values();
        let before = self.rows.get(&key)?;
        let mut row: M = record(before.clone());
        let result = change(&mut row);
        let after = super::run::values(&row, &before);
        let is_key = |(place, value): (&usize, &Value)| after[*place] == *value;
        if !M::SCHEMA.key.iter().zip(&key).all(is_key) {
            self.rows.remove(&key);
        }
        self.rows.set(after);
        Some(result)
    }

    /// Changes the row with this key, which begins as `new` says where there is none.
    pub fn upsert(&mut self, key: &M::Key, new: impl FnOnce() -> M, change: impl FnOnce(&mut M)) {
        if self.get(key).is_none() {
            self.put(&new());
        }
        self.update(key, change);
    }

    /// There is no row with this key any more.
    pub fn delete(&mut self, key: &M::Key) {
        self.rows.remove(&key.key_values());
    }
}

impl<M> std::fmt::Debug for Rows<'_, M> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").finish_non_exhaustive()
    }
}

/// That callers can only read a projection: they would write what no fold says.
///
/// # Panics
/// While the program is compiled, if they can.
pub const fn is_read_only(operations: &[OperationKind]) {
    let mut place = 0;
    while place < operations.len() {
        assert!(
            matches!(
                operations[place],
                OperationKind::List | OperationKind::Get | OperationKind::History | OperationKind::Export
            ),
            "a projection is only read: say `#[http(ops(list, get))]`, with `history` and `export` if you like"
        );
        place += 1;
    }
}
