//! What an entry would make of the records it changes, before anything is changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use lithair_model::{Change, Entry, Key, ModelEntry, ModelId, Position, Row, merge_rows};

use crate::Conflict;
use crate::indexing::IndexKeys;
use crate::tables::{TableRef, Tables};

/// One record's change, worked out.
pub(crate) struct Step<'a> {
    pub(crate) table: TableRef<'a>,
    pub(crate) model: Option<&'a ModelEntry>,
    pub(crate) key: &'a Key,
    /// The record after the change; none ends it.
    pub(crate) row: Option<Arc<Row>>,
    /// The row's keys in the model's indexes.
    pub(crate) keys: IndexKeys,
    /// Whether no later change of the entry is for the same record.
    pub(crate) is_final: bool,
}

/// All of an entry's changes, worked out.
pub(crate) struct Stage<'a> {
    /// One a change, in order; none for a change that is for no record.
    pub(crate) steps: Vec<Option<Step<'a>>>,
    /// The final step of each record.
    finals: BTreeMap<(ModelId, &'a Key), usize>,
}

impl<'a> Stage<'a> {
    pub(crate) fn of(tables: &'a Tables, position: Position, entry: &'a Entry) -> Result<Self, Conflict> {
        let mut stage = Self { steps: Vec::with_capacity(entry.changes.len()), finals: BTreeMap::new() };
        for (place, change) in entry.changes.iter().enumerate() {
            let step = stage.step(tables, position, place, change)?;
            if let Some(step) = &step
                && let Some(earlier) = stage.finals.insert((step.table.model, step.key), place)
                && let Some(earlier) = &mut stage.steps[earlier]
            {
                earlier.is_final = false;
            }
            stage.steps.push(step);
        }
        Ok(stage)
    }

    fn step(
        &self,
        tables: &'a Tables,
        position: Position,
        place: usize,
        change: &'a Change,
    ) -> Result<Option<Step<'a>>, Conflict> {
        let (model, key) = match change {
            Change::Put { model, key, .. } | Change::Patch { model, key, .. } | Change::Delete { model, key } => {
                (*model, key)
            }
            Change::Schema(_) => return Ok(None),
        };
        let table = tables.of_or_new(model);
        let model = tables.model_of(&table);
        let damaged = |error: lithair_model::CorruptRow| Conflict::Damaged { place, detail: error.to_string() };
        let (revision, bytes) = match change {
            Change::Put { revision, row, .. } => (*revision, Some(row.clone())),
            Change::Patch { revision, fields, .. } => {
                let current = self.current(&table, model, key).ok_or(Conflict::NoRecord { place })?;
                (*revision, Some(merge_rows(&current.bytes, fields).map_err(damaged)?))
            }
            Change::Delete { .. } => {
                self.current(&table, model, key).ok_or(Conflict::NoRecord { place })?;
                (0, None)
            }
            Change::Schema(_) => return Ok(None),
        };
        let row = bytes.map(|bytes| Arc::new(Row { revision, position, bytes: bytes.into() }));
        let keys = match (model, &row) {
            (Some(model), Some(row)) => {
                let values = model.decode_row(&row.bytes).map_err(damaged)?;
                let keys = table.indexing.keys_of(model, &values);
                debug_assert_eq!(
                    keys,
                    table.indexing.keys(model, &row.bytes),
                    "the indexes know which fields they are of"
                );
                keys
            }
            _ => IndexKeys::new(),
        };
        Ok(Some(Step { table, model, key, row, keys, is_final: true }))
    }

    /// The record as the changes so far leave it.
    fn current(&self, table: &TableRef<'a>, model: Option<&ModelEntry>, key: &Key) -> Option<Arc<Row>> {
        match self.after(table.model, key) {
            Some(step) => step.row.clone(),
            None => table.head(model, key),
        }
    }

    /// The final step of a record that the entry changes.
    pub(crate) fn after(&self, model: ModelId, key: &Key) -> Option<&Step<'a>> {
        let place = *self.finals.get(&(model, key))?;
        self.steps[place].as_ref()
    }

    /// The final steps of all records that the entry changes.
    pub(crate) fn finals(&self) -> impl Iterator<Item = &Step<'a>> {
        self.steps.iter().flatten().filter(|step| step.is_final)
    }
}
