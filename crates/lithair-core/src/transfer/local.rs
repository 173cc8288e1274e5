use std::io::Write;
use std::sync::Arc;

use lithair_model::{
    Action, Backend as _, Catalog, Command, DraftError, DraftMode, Expected, ModelEntry, ModelSchema, Operation,
    OperationResult, Query, RefusalReason, Selection, Start, Violation, decode_draft, project,
};

use super::{Fault, Line, Loaded, Target, TargetError};
use crate::engine::{Engine, block_on};
use crate::seal::now;

/// A data directory that this process has opened.
pub(crate) struct Local {
    engine: Engine,
}

impl Local {
    pub(crate) const fn new(engine: Engine) -> Self {
        Self { engine }
    }

    /// Makes everything durable and lets the directory go.
    pub(crate) fn close(self) {
        self.engine.close();
    }

    fn model(&self, schema: &'static ModelSchema) -> (usize, &ModelEntry) {
        let catalog = self.engine.catalog();
        let place = catalog.by_table(schema.table).expect("the engine has the program's models");
        (place, &catalog.models[place])
    }
}

impl Target for Local {
    fn load(&mut self, schema: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError> {
        let (place, model) = self.model(schema);
        let mut loaded = Loaded::default();
        let mut operations = Vec::with_capacity(lines.len());
        for line in lines {
            match decode_draft(model, &line.json, DraftMode::Import, &|_| None) {
                Ok(draft) => {
                    let action = Action::Import(draft);
                    operations.push((line.number, Operation { model: place, action, expected: Expected::Anything }));
                }
                Err(error) => loaded.failed.push(fault(line.number, detail(&error))),
            }
        }
        // A command is all or nothing: without the line that stops it, it is tried again.
        while !operations.is_empty() {
            let all = operations.iter().map(|(_, operation)| operation.clone()).collect();
            match block_on(self.engine.submit(Command { now: now(), actor: None, operations: all })) {
                Ok(outcome) => {
                    outcome.results.iter().for_each(|result| count(&mut loaded, result));
                    break;
                }
                Err(refusal) => {
                    let catalog = self.engine.catalog();
                    let words = refused(catalog, model, &refusal.reason)?;
                    let is_dangling = matches!(refusal.reason, RefusalReason::ReferenceMissing { .. });
                    let (line, _) = operations.remove(refusal.operation);
                    loaded.failed.push(Fault { is_dangling, ..fault(line, words) });
                }
            }
        }
        Ok(loaded)
    }

    fn dump(&mut self, schema: &'static ModelSchema, out: &mut dyn Write) -> Result<u64, TargetError> {
        let (place, model) = self.model(schema);
        let at = Some(self.engine.position());
        let mut query = Query {
            model: place,
            filter: None,
            order: Vec::new(),
            start: Start::First,
            limit: 1_000,
            count: false,
            at,
            scan_rows_max: u64::MAX,
        };
        let (mut count, mut bytes) = (0, Vec::new());
        loop {
            let page = self.engine.list(&query).map_err(|error| TargetError::Refused(format!("{error:?}")))?;
            bytes.clear();
            for row in &page.rows {
                project(model, row, &Selection::all(), &mut bytes);
                bytes.push(b'\n');
            }
            out.write_all(&bytes)?;
            count += page.rows.len() as u64;
            match page.rows.last() {
                Some(last) if page.more => query.start = Start::After(Vec::new(), model.row_key(last)),
                _ => return Ok(count),
            }
        }
    }
}

fn count(loaded: &mut Loaded, result: &OperationResult) {
    match result {
        OperationResult::Created(_) => loaded.created += 1,
        OperationResult::Updated(_) => loaded.updated += 1,
        OperationResult::Unchanged(_) => loaded.unchanged += 1,
        OperationResult::Deleted => unreachable!("an import deletes nothing"),
    }
}

const fn fault(line: u64, detail: String) -> Fault {
    Fault { line, detail, is_dangling: false }
}

fn detail(error: &DraftError) -> String {
    match error {
        DraftError::Malformed { position, detail } => format!("byte {position}: {detail}"),
        DraftError::Invalid(violations) => all(violations),
    }
}

fn all(violations: &[Violation]) -> String {
    let words: Vec<String> =
        violations.iter().map(|violation| format!("{}: {}", violation.pointer, violation.detail)).collect();
    words.join("; ")
}

/// What is wrong with one line; or why nothing can be loaded now.
fn refused(catalog: &Arc<Catalog>, model: &ModelEntry, reason: &RefusalReason) -> Result<String, TargetError> {
    let fields = |places: &[usize]| {
        let names: Vec<&str> = places.iter().map(|&place| model.schema.fields[place].wire).collect();
        names.join(", ")
    };
    Ok(match reason {
        RefusalReason::Invalid(violations) => all(violations),
        RefusalReason::UniqueTaken { constraint } => {
            format!("another record has this {}", fields(model.schema.uniques[*constraint].fields))
        }
        RefusalReason::ReferenceMissing { relation } => {
            let target = catalog.models[model.targets[*relation]].schema.name;
            format!("/{}: there is no such {target}", fields(model.schema.relations[*relation].fields))
        }
        RefusalReason::KeyTaken => "another record has this key".to_owned(),
        RefusalReason::TooLarge { bytes, limit } => format!("the record has {bytes} bytes; at most {limit} fit"),
        other => return Err(TargetError::Refused(format!("the data directory takes nothing now: {other:?}"))),
    })
}
