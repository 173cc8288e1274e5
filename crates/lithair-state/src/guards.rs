//! Whether an entry's guards hold: against the state before it, less what it removes, plus what it adds.

use std::sync::Arc;

use lithair_model::{Entry, Guard, Key, ModelEntry, ModelId, Row, Value};

use crate::Conflict;
use crate::stage::{Stage, Step};
use crate::table::Table;
use crate::tables::{TableRef, Tables};

/// Judges all guards of an entry; the first that does not hold is the conflict.
pub(crate) fn judge(tables: &Tables, stage: &Stage<'_>, entry: &Entry) -> Result<(), Conflict> {
    let court = Court { tables, stage, claims: Claims::of(stage, entry) };
    for (place, guard) in entry.guards.iter().enumerate() {
        if !court.holds(guard) {
            return Err(Conflict::Guard { place, guard: guard.clone() });
        }
    }
    Ok(())
}

struct Court<'a> {
    tables: &'a Tables,
    stage: &'a Stage<'a>,
    claims: Claims<'a>,
}

impl Court<'_> {
    fn holds(&self, guard: &Guard) -> bool {
        match guard {
            Guard::Revision { model, key, revision } => {
                self.head(*model, key).is_some_and(|row| row.revision == *revision)
            }
            Guard::Absent { model, key } => self.head(*model, key).is_none(),
            Guard::Present { model, key } => match self.stage.after(*model, key) {
                Some(step) => step.row.is_some(),
                None => self.head(*model, key).is_some(),
            },
            Guard::Unique { model, constraint, value, holder } => {
                self.none_has(*model, *constraint, unique_index, value, Some(holder))
            }
            Guard::UnreferencedLive { model, relation, key } => self.none_live_refers(*model, *relation, key),
            Guard::Unreferenced { model, relation, key } => self.none_has(*model, *relation, relation_index, key, None),
            Guard::Referrers { model, relation, key, count } => self.so_many_refer(*model, *relation, key, *count),
        }
    }

    /// Whether no record that is not deleted softly refers to the key once the entry is applied.
    ///
    /// As with [`Self::none_has`], an index that this program does not have cannot be asked.
    fn none_live_refers(&self, model: ModelId, relation: u32, key: &Key) -> bool {
        let Some(table) = self.table(model) else { return true };
        let Some(entry) = self.tables.model_of(&table) else { return true };
        let Some(index) = relation_index(entry, &table, relation) else { return true };
        let is_live = |row: &Row| entry.deleted_at.is_none_or(|place| entry.field(row, place) == Value::Null);
        let before = table.heads_with(entry, index, key);
        let untouched = before.iter().filter(|referrer| self.stage.after(model, referrer).is_none());
        let stays = untouched.filter_map(|referrer| self.head(model, referrer)).any(|row| is_live(&row));
        let refers = |step: &Step<'_>| step.table.model == model && step.keys[index].as_ref() == Some(key);
        let comes = self.stage.finals().any(|step| refers(step) && step.row.as_deref().is_some_and(is_live));
        !stays && !comes
    }

    /// Whether as many records as the decision saw refer to the key before the entry. With a guard of each, they are the same ones.
    ///
    /// As with [`Self::none_has`], an index that this program does not have cannot be asked.
    fn so_many_refer(&self, model: ModelId, relation: u32, key: &Key, count: u64) -> bool {
        let Some(table) = self.table(model) else { return true };
        let Some(entry) = self.tables.model_of(&table) else { return true };
        let Some(index) = relation_index(entry, &table, relation) else { return true };
        table.heads_with(entry, index, key).len() as u64 == count
    }

    /// The record before the entry.
    fn head(&self, model: ModelId, key: &Key) -> Option<Arc<Row>> {
        let table = self.table(model)?;
        table.head(self.tables.model_of(&table), key)
    }

    fn table(&self, model: ModelId) -> Option<TableRef<'_>> {
        self.tables.of(model)
    }

    /// Whether no record but `holder` has these values in an index once the entry is applied.
    ///
    /// An index that this program does not have cannot be asked: the program that decided had it, and the guard passes
    /// here as it did there.
    fn none_has(
        &self,
        model: ModelId,
        number: u32,
        index: fn(&ModelEntry, &Table, u32) -> Option<usize>,
        values: &Key,
        holder: Option<&Key>,
    ) -> bool {
        let Some(table) = self.table(model) else { return true };
        let Some(entry) = self.tables.model_of(&table) else { return true };
        let Some(index) = index(entry, &table, number) else { return true };
        let before = table.heads_with(entry, index, values);
        // Those that the entry changes are asked as they will be.
        let stays = |key: &Key| Some(key) != holder && self.stage.after(model, key).is_none();
        !before.iter().any(stays) && !self.claims.any_but(model, index, values, holder)
    }
}

/// The index of the unique constraint that a guard names.
fn unique_index(model: &ModelEntry, table: &Table, number: u32) -> Option<usize> {
    table.indexing.unique(model.unique_place(number)?)
}

/// The index of the relation that a guard names.
fn relation_index(model: &ModelEntry, table: &Table, number: u32) -> Option<usize> {
    table.indexing.relation(model.relation_place(number)?)
}

/// A claim: model, index, values, and who claims.
type Claim<'a> = (ModelId, usize, &'a Key, &'a Key);

/// What the records that the entry changes claim afterwards: looked up, because a batch has as many guards as changes.
struct Claims<'a> {
    sorted: Vec<Claim<'a>>,
}

impl<'a> Claims<'a> {
    fn of(stage: &'a Stage<'a>, entry: &Entry) -> Self {
        let asks = |guard: &Guard| matches!(guard, Guard::Unique { .. } | Guard::Unreferenced { .. });
        let needed = entry.guards.iter().any(asks);
        let mut sorted: Vec<_> = stage.finals().filter(|_| needed).flat_map(claims_of).collect();
        sorted.sort_unstable();
        Self { sorted }
    }

    /// Whether a changed record other than `holder` claims the values.
    fn any_but(&self, model: ModelId, index: usize, values: &Key, holder: Option<&Key>) -> bool {
        let wanted = (model, index, values);
        let first = self.sorted.partition_point(|claim| (claim.0, claim.1, claim.2) < wanted);
        let mut same = self.sorted[first..].iter().take_while(|claim| (claim.0, claim.1, claim.2) == wanted);
        same.any(|claim| Some(claim.3) != holder)
    }
}

fn claims_of<'a>(step: &'a Step<'a>) -> impl Iterator<Item = Claim<'a>> {
    let keys = step.keys.iter().enumerate();
    keys.filter_map(|(index, values)| Some((step.table.model, index, values.as_ref()?, step.key)))
}
