//! Lists of earlier moments: a state of the models that are looked at, rebuilt from the snapshot before the moment and the log behind
//! that.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use lithair_model::{
    Change, Entry, Expand, Expanded, Key, ModelEntry, ModelId, Page, PastError, Position, Query, QueryError, Row,
    Timestamp, Visible, involved, row_without,
};
use lithair_state::{Fold, Meta, Record, State};
use lithair_store::{SnapshotReader, records_of};
use parking_lot::Mutex;

use super::kept::{Kept, has_field_policies, is_purged_for_good};
use super::{Archive, damaged, storage};
use crate::startup::block_records;

/// Moments that are kept for the next page of the same list.
const MOMENTS_MAX: usize = 4;

/// What rebuilding a moment may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MomentLimits {
    /// Entries of the log that are read for one answer.
    pub(crate) entries: u64,
    /// Bytes of the rows of one moment.
    pub(crate) bytes: u64,
}

/// The moments that were rebuilt last, newest use last. One is rebuilt at a time: that bounds the memory.
pub(crate) struct Moments {
    limits: MomentLimits,
    rebuilt: Mutex<Vec<Moment>>,
}

struct Moment {
    models: Vec<ModelId>,
    position: Position,
    /// No record of the moment was purged up to here.
    seen: Position,
    state: Arc<State>,
}

impl Moments {
    pub(crate) const fn new(limits: MomentLimits) -> Self {
        Self { limits, rebuilt: Mutex::new(Vec::new()) }
    }

    fn of(&self, archive: Archive<'_>, models: &[&ModelEntry], position: Position) -> Result<Arc<State>, PastError> {
        let ids: Vec<ModelId> = models.iter().map(|model| model.id).collect();
        let mut rebuilt = self.rebuilt.lock();
        let known = rebuilt.iter().position(|moment| moment.models == ids && moment.position == position);
        let known = known.map(|place| rebuilt.remove(place));
        let present = archive.state.published();
        let moment = match known {
            Some(moment) if archive.purged(models, moment.seen, self.limits)?.is_empty() => {
                Moment { seen: present, ..moment }
            }
            _ => {
                // The oldest goes first, so that its memory is free for the new one.
                if rebuilt.len() == MOMENTS_MAX {
                    rebuilt.remove(0);
                }
                let state = Arc::new(archive.rebuild(models, position, self.limits)?);
                Moment { models: ids, position, seen: present, state }
            }
        };
        let state = Arc::clone(&moment.state);
        rebuilt.push(moment);
        Ok(state)
    }
}

impl Archive<'_> {
    /// A page of records of the moment that the query names, with the records around them.
    pub(crate) fn list(
        &self,
        moments: &Moments,
        query: &Query,
        expands: &[Expand],
        now: Timestamp,
    ) -> Result<(Page, Vec<Expanded>), PastError> {
        let page = self.page(moments, query, now)?;
        let model = self.model(query.model);
        let records = match expands {
            [] => Vec::new(),
            expands => self.around(moments, model, &page, expands, now, query.scan_rows_max)?,
        };
        let rows = self.shown(moments, model, page.rows, page.position, now)?;
        let alone = |row: &Arc<Row>| Expanded { record: Visible::to_system(row), related: Vec::new() };
        let records = if expands.is_empty() { rows.iter().map(alone).collect() } else { records };
        Ok((Page { rows, ..page }, records))
    }

    /// A state that has the records of some models as they were at a position.
    pub(super) fn state_at(
        &self,
        moments: &Moments,
        models: &[&ModelEntry],
        position: Position,
        now: Timestamp,
    ) -> Result<Arc<State>, PastError> {
        for model in models {
            if model.schema.lifecycle.history.snapshot_only || !self.keeps_moment(model, position, now)? {
                return Err(PastError::LetGo);
            }
        }
        let state = moments.of(*self, models, position)?;
        for model in models {
            if let Some(versions) = model.schema.lifecycle.history.versions {
                self.keeps_all(model, &state, versions, moments.limits)?;
            }
        }
        Ok(state)
    }

    fn page(&self, moments: &Moments, query: &Query, now: Timestamp) -> Result<Page, PastError> {
        let published = self.state.published();
        let position = query.at.unwrap_or(published);
        if position >= published {
            return Ok(self.state.view(query.at)?.list(query)?);
        }
        let catalog = self.state.catalog();
        let models = involved(catalog, query.model, query.filter.as_ref(), &[]);
        let models: Vec<&ModelEntry> = models.into_iter().map(|place| self.model(place)).collect();
        for model in &models {
            if model.schema.lifecycle.history.snapshot_only || !self.keeps_moment(model, position, now)? {
                return Err(PastError::LetGo);
            }
        }
        let shows_all = |model: &&ModelEntry| {
            let versions = model.schema.lifecycle.history.versions;
            versions.is_none() && !has_field_policies(model) && !is_purged_for_good(model)
        };
        if models.iter().all(shows_all) {
            match self.state.view(Some(position)) {
                Ok(view) => return Ok(view.list(query)?),
                Err(QueryError::HorizonGone(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(self.state_at(moments, &models, position, now)?.view(None)?.list(query)?)
    }

    /// Whether each version that the moment shows is among those that are kept.
    fn keeps_all(
        &self,
        model: &ModelEntry,
        then: &State,
        versions: u32,
        limits: MomentLimits,
    ) -> Result<(), PastError> {
        let mut newer: HashMap<Key, u32> = HashMap::new();
        self.each_change_since(model, then.published(), limits, |change| {
            if let Change::Put { key, .. } | Change::Patch { key, .. } = change {
                *newer.entry(key).or_default() += 1;
            }
        })?;
        let view = then.view(None)?;
        let is_gone = |record: Record| newer.get(&record.key).is_some_and(|count| *count >= versions);
        if view.records_of_model(model.place).any(is_gone) { Err(PastError::LetGo) } else { Ok(()) }
    }

    /// The keys of the models' records that were purged behind a position.
    fn purged(
        &self,
        models: &[&ModelEntry],
        behind: Position,
        limits: MomentLimits,
    ) -> Result<HashSet<(ModelId, Key)>, PastError> {
        let mut purged = HashSet::new();
        for model in models.iter().filter(|model| is_purged_for_good(model)) {
            self.each_change_since(model, behind, limits, |change| {
                if let Change::Delete { key, .. } = change {
                    purged.insert((model.id, key));
                }
            })?;
        }
        Ok(purged)
    }

    /// Calls `take` for every change of the model's records behind a position.
    fn each_change_since(
        &self,
        model: &ModelEntry,
        position: Position,
        limits: MomentLimits,
        mut take: impl FnMut(Change),
    ) -> Result<(), PastError> {
        let present = self.state.published();
        let entries = present.since(position);
        if entries > limits.entries {
            return Err(PastError::TooFar { entries, limit: limits.entries });
        }
        self.each_entry(position, present, |_, entry| {
            entry.changes.into_iter().filter(|change| is_of(change, model.id)).for_each(&mut take);
            Ok(())
        })
    }

    /// Calls `take` for every entry behind `from` up to `to` that was not refused.
    fn each_entry(
        &self,
        from: Position,
        to: Position,
        mut take: impl FnMut(Position, Entry) -> Result<(), PastError>,
    ) -> Result<(), PastError> {
        let refused: HashSet<Position> = self.state.refused(from).into_iter().collect();
        for event in self.store.query_events(from.next()) {
            let event = event.map_err(storage)?;
            if event.position > to {
                break;
            }
            if !refused.contains(&event.position) {
                let entry = Entry::decode(&event.payload).map_err(|error| damaged(event.position, error))?;
                take(event.position, entry)?;
            }
        }
        Ok(())
    }

    /// The records of some models as they were. Fields with a policy of their own are left out.
    fn rebuild(&self, models: &[&ModelEntry], position: Position, limits: MomentLimits) -> Result<State, PastError> {
        let base = self.base(position)?;
        let from = base.as_ref().map_or(Position::ZERO, |base| base.info().position);
        let entries = position.since(from);
        if entries > limits.entries {
            return Err(PastError::TooFar { entries, limit: limits.entries });
        }
        let purged = self.purged(models, position, limits)?;
        let catalog = self.state.catalog();
        let mut fold = Fold::new(Arc::clone(catalog), from, Meta::default(), []);
        self.each_entry(from, position, |at, mut entry| {
            entry.changes.retain(|change| models.iter().any(|model| is_of(change, model.id)));
            if entry.changes.is_empty() {
                return Ok(());
            }
            fold.take(at, &entry).map_err(|error| damaged(at, error))
        })?;
        let hidden = models.iter().map(|model| (model.id, hidden_fields(model))).collect();
        let mut trim = Trim { limits, hidden, purged, bytes: 0 };
        // A snapshot has its records in the order of the models' numbers.
        let mut ids: Vec<ModelId> = models.iter().map(|model| model.id).collect();
        ids.sort_unstable();
        let stored = ids.iter().flat_map(|id| base.iter().flat_map(|base| records_of_model(base, *id)));
        let records = fold.records(stored);
        let records = records.filter_map(|record| match record {
            Ok(record) => trim.take(record).transpose(),
            Err(error) => Some(Err(damaged(position, error))),
        });
        State::load(Arc::clone(catalog), position, Meta::default(), records).map_err(|error| match error {
            lithair_state::LoadError::Source(error) => error,
            other => damaged(position, other),
        })
    }

    /// The newest snapshot that is not behind the moment.
    fn base(&self, position: Position) -> Result<Option<SnapshotReader>, PastError> {
        for at in self.store.snapshot_positions().map_err(storage)?.into_iter().rev().filter(|at| *at <= position) {
            // A snapshot may be damaged, or have gone meanwhile: the log says the same, only slower.
            if let Ok(reader) = self.store.snapshot_at(at) {
                return Ok(Some(reader));
            }
        }
        Ok(None)
    }
}

/// What a rebuilt moment does not show, and how large it may be.
struct Trim {
    limits: MomentLimits,
    /// The numbers of fields with a policy of their own, by model.
    hidden: HashMap<ModelId, Vec<u32>>,
    purged: HashSet<(ModelId, Key)>,
    bytes: u64,
}

impl Trim {
    fn take(&mut self, mut record: Record) -> Result<Option<Record>, PastError> {
        if self.purged.contains(&(record.model, record.key.clone())) {
            return Ok(None);
        }
        if let Some(hidden) = self.hidden.get(&record.model).filter(|hidden| !hidden.is_empty()) {
            let position = record.row.position;
            let bytes = row_without(&record.row.bytes, hidden).map_err(|error| damaged(position, error))?;
            record.row = Arc::new(Row { bytes: bytes.into(), ..Row::clone(&record.row) });
        }
        self.bytes += (record.row.bytes.len() + record.key.as_bytes().len()) as u64;
        let limit = self.limits.bytes;
        if self.bytes > limit { Err(PastError::TooLarge { limit }) } else { Ok(Some(record)) }
    }
}

fn hidden_fields(model: &ModelEntry) -> Vec<u32> {
    let fields = model.schema.fields.iter().enumerate().filter(|(_, field)| !field.history.is_whole());
    Kept::numbers(model, &fields.map(|(place, _)| place).collect::<Vec<_>>())
}

fn is_of(change: &Change, id: ModelId) -> bool {
    match change {
        Change::Put { model, .. } | Change::Patch { model, .. } | Change::Delete { model, .. } => *model == id,
        Change::Schema(_) => false,
    }
}

/// The records of one model in a snapshot, which has all records in the order of their models.
fn records_of_model(
    reader: &SnapshotReader,
    model: ModelId,
) -> impl Iterator<Item = Result<Record, PastError>> + use<'_> {
    let (mut begin, mut end) = (0, reader.blocks());
    while begin < end {
        let middle = begin + (end - begin) / 2;
        // A block that cannot be read is met again when its records are.
        if first_model(reader, middle).is_some_and(|first| first < model) { begin = middle + 1 } else { end = middle }
    }
    let blocks = (begin.saturating_sub(1)..reader.blocks()).flat_map(|block| block_records(reader, block));
    let records = blocks.map(|record| record.map_err(|error| PastError::Storage(error.to_string())));
    let before = move |record: &Result<Record, PastError>| record.as_ref().is_ok_and(|record| record.model < model);
    let within = move |record: &Result<Record, PastError>| record.as_ref().map_or(true, |record| record.model == model);
    records.skip_while(before).take_while(within)
}

fn first_model(reader: &SnapshotReader, block: usize) -> Option<ModelId> {
    let raw = reader.block(block).ok()?;
    let (key, _) = records_of(&raw).next()?;
    Some(ModelId(u32::from_be_bytes(*key.first_chunk()?)))
}
