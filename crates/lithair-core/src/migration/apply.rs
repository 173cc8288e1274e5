//! Doing a migration: entries of the log, so many records each. First what fields get by themselves, then what is computed from them.

use lithair_model::{
    Change, Filling, Key, ModelEntry, ModelId, ModelSchema, Numbers, Phase, SchemaChange, WHOLE_EVERY, merge_rows,
};
use lithair_state::{Record, record_hash};
use lithair_store::SharedMedia;

use super::survey::fillings;
use super::{FieldProblem, MigrateError, Survey};
use crate::clock::now;
use crate::engine::{Engine, EngineOptions};
use crate::startup::{self, StartError};

/// Bytes of changes that end an entry.
const BYTES_MAX: usize = 256 * 1024;

/// What a migration did.
#[derive(Clone, Debug)]
pub struct Applied {
    /// What it was about.
    pub survey: Survey,
    /// Records that it changed or removed. Of one that was resumed, those since then.
    pub records: u64,
}

/// Does everything that stands between the data directory and the program: begins the migration or goes on with it, and ends it.
/// `progress` hears how many records are done.
///
/// # Errors
/// Something is refused, and nothing was changed; or the disk failed, and the next call goes on.
pub fn apply(
    media: SharedMedia,
    schemas: Vec<&'static ModelSchema>,
    options: EngineOptions,
    progress: &dyn Fn(u64),
) -> Result<Applied, StartError> {
    let (mut found, records_max) = (None, options.migration_records);
    let bindings = options.bindings.clone();
    let engine = Engine::open_by(media, schemas, options, Box::new(drop), |store, schemas| {
        let examined = startup::examine(store, schemas, &bindings)?;
        if examined.survey.is_hopeless() {
            return Err(StartError::Incompatible { problems: examined.survey.problems() });
        }
        let loaded = examined.loaded.expect("what is not hopeless was loaded");
        found = Some((examined.survey, loaded.numbers.clone()));
        Ok(loaded.started())
    })?;
    let (survey, numbers) = found.expect("the engine is open, so it was examined");
    let records = fill_and_empty(&engine, &numbers, records_max, progress);
    engine.close();
    Ok(Applied { survey, records: records? })
}

fn fill_and_empty(
    engine: &Engine,
    numbers: &Numbers,
    records_max: usize,
    progress: &dyn Fn(u64),
) -> Result<u64, MigrateError> {
    let ends = numbers.under_way();
    if ends.is_empty() {
        return Ok(0);
    }
    let mut steps =
        Steps { engine, progress, records_max, changes: Vec::new(), aggregates: Vec::new(), bytes: 0, done: 0 };
    let fillings = fillings(engine.state(), numbers).map_err(MigrateError::Fields)?;
    for end in &ends {
        match (&end.phase, engine.state().catalog().by_id(end.model)) {
            (Phase::Gone, _) => steps.empty(end.model)?,
            (_, Some(place)) => {
                if let Some(filling) = fillings.get(&place) {
                    steps.fill(&engine.state().catalog().models[place], filling)?;
                }
            }
            (_, None) => {}
        }
    }
    steps.flush()?;
    steps.compute()?;
    engine.write(ends.into_iter().map(|end: SchemaChange| Change::Schema(end)).collect(), Vec::new())?;
    Ok(steps.done)
}

/// The entries of a migration as they grow.
struct Steps<'a> {
    engine: &'a Engine,
    progress: &'a dyn Fn(u64),
    records_max: usize,
    changes: Vec<Change>,
    aggregates: Vec<u64>,
    bytes: usize,
    done: u64,
}

impl Steps<'_> {
    fn empty(&mut self, model: ModelId) -> Result<(), MigrateError> {
        let engine = self.engine;
        let view = engine.state().view(None).expect("the present is always kept");
        view.records_of_number(model)
            .try_for_each(|record| self.add(model, &record.key, Change::Delete { model, key: record.key.clone() }, 0))
    }

    fn fill(&mut self, model: &ModelEntry, filling: &Filling<'_>) -> Result<(), MigrateError> {
        let engine = self.engine;
        let (view, now) = (engine.state().view(None).expect("the present is always kept"), now());
        for record in view.records_of_model(model.place) {
            let missing = filling.missing(&record.row.bytes, now).map_err(|mut wrongs| {
                let (field, reason) = wrongs.remove(0);
                let problem = FieldProblem { model: model.schema.name, field, reason };
                MigrateError::Unfilled { problem, key: model.key_text(&record.row) }
            })?;
            if !missing.is_empty() {
                let fields = model.encode_patch(&missing);
                let bytes = fields.len();
                self.add(model.id, &record.key, patch(model, &record, fields)?, bytes)?;
            }
        }
        Ok(())
    }

    /// Computes every stored computed field again, each behind those that it is computed from: whatever was filled may be part of one.
    fn compute(&mut self) -> Result<(), MigrateError> {
        let engine = self.engine;
        for &(model, field) in &engine.state().catalog().stored {
            let (model, view) = (&engine.state().catalog().models[model], engine.state().view(None));
            let view = view.expect("the present is always kept");
            for record in view.records_of_model(model.place) {
                let value = view.computed(model, &record.row, field).map_err(|violation| {
                    let (model, key) = (model.schema.name, model.key_text(&record.row));
                    MigrateError::Computed { model, key, violation: Box::new(violation) }
                })?;
                if model.has_field(&record.row.bytes, field) && model.field(&record.row, field) == value {
                    continue;
                }
                let fields = model.encode_patch(&[(field, value)]);
                let bytes = fields.len();
                self.add(model.id, &record.key, patch(model, &record, fields)?, bytes)?;
            }
            self.flush()?;
        }
        Ok(())
    }

    fn add(&mut self, model: ModelId, key: &Key, change: Change, bytes: usize) -> Result<(), MigrateError> {
        self.aggregates.push(record_hash(model, key));
        self.changes.push(change);
        self.bytes += bytes + key.as_bytes().len();
        self.done += 1;
        if self.changes.len() >= self.records_max || self.bytes >= BYTES_MAX { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), MigrateError> {
        if self.changes.is_empty() {
            return Ok(());
        }
        self.bytes = 0;
        self.engine.write(std::mem::take(&mut self.changes), std::mem::take(&mut self.aggregates))?;
        (self.progress)(self.done);
        Ok(())
    }
}

fn patch(model: &ModelEntry, record: &Record, fields: Vec<u8>) -> Result<Change, MigrateError> {
    let revision = record.row.revision + 1;
    let whole = revision.is_multiple_of(WHOLE_EVERY).then(|| merge_rows(&record.row.bytes, &fields));
    let whole = whole.transpose().map_err(|source| {
        let (model, key) = (model.schema.name, model.key_text(&record.row));
        MigrateError::Row { model, key, source }
    })?;
    Ok(Change::Patch { model: model.id, key: record.key.clone(), revision, fields, whole })
}
