//! A data directory as what records go to and come from.

use std::collections::HashSet;
use std::io::Write;

use lithair_model::{
    Action, Backend as _, Command, Draft, DraftError, DraftMode, Expected, Key, ModelEntry, ModelSchema, Operation,
    OperationResult, Outcome, Principal, Query, Refusal, RefusalReason, Selection, Start, Supplied, System, Tally,
    Value, Visible, decode_draft, encode_key, project, project_csv, project_csv_head,
};

use super::{Deed, DumpError, Fault, Format, Line, Loaded, Problem, Target, TargetError};
use crate::block_on::block_on;
use crate::clock::now;
use crate::engine::Engine;

/// Records of a page of an export.
const PAGE_RECORDS: usize = 1_000;
/// Operations of a command. It is all or nothing: where lines are refused, it is small, so that what is decided in vain is little.
const OPERATIONS_MAX: usize = 500;
const OPERATIONS_MIN: usize = 32;

/// A data directory that this process has opened.
pub(crate) struct Local {
    engine: Engine,
    /// Operations of the next command.
    operations: usize,
}

/// An operation and the number of its line.
type Numbered = (u64, Operation);

impl Local {
    pub(crate) const fn new(engine: Engine) -> Self {
        Self { engine, operations: OPERATIONS_MAX }
    }

    /// Makes everything durable and lets the directory go.
    pub(crate) fn close(self) {
        self.engine.close();
    }

    fn model(&self, schema: &'static ModelSchema) -> &ModelEntry {
        let catalog = self.engine.catalog();
        let place = catalog.by_table(schema.table).expect("the engine has the program's models");
        &catalog.models[place]
    }

    fn submit(&self, operations: &[Numbered]) -> Result<Outcome, Refusal> {
        let operations = operations.iter().map(|(_, operation)| operation.clone()).collect();
        block_on(self.engine.submit(Command {
            now: now(),
            principal: Principal::System(System::CommandLine),
            operations,
        }))
    }

    /// Carries out operations in commands; those that are refused are left out of theirs.
    fn carry_out(&mut self, operations: Vec<Numbered>, loaded: &mut Loaded) -> Result<(), TargetError> {
        let mut operations = operations.into_iter().peekable();
        while operations.peek().is_some() {
            let mut command: Vec<Numbered> = operations.by_ref().take(self.operations).collect();
            let sent = command.len();
            while !command.is_empty() {
                match self.submit(&command) {
                    Ok(outcome) => {
                        outcome.results.iter().for_each(|result| loaded.count(deed(result)));
                        break;
                    }
                    Err(refusal) => {
                        for refusal in refusal.all() {
                            loaded.failed.push(self.fault(&command, &refusal)?);
                            command.remove(refusal.operation);
                        }
                    }
                }
            }
            let is_whole = command.len() == sent;
            self.operations = if is_whole { (self.operations * 2).min(OPERATIONS_MAX) } else { OPERATIONS_MIN };
        }
        Ok(())
    }

    /// What is wrong with the line of the refused operation; or why nothing can be loaded now.
    fn fault(&self, command: &[Numbered], refusal: &Refusal) -> Result<Fault, TargetError> {
        let (line, operation) = &command[refusal.operation];
        let catalog = self.engine.catalog();
        let model = &catalog.models[operation.model];
        let at = |places: &[usize], detail: &str| -> Vec<Problem> {
            let problem = |&place: &usize| Problem {
                pointer: format!("/{}", model.schema.fields[place].wire.replace('~', "~0").replace('/', "~1")),
                detail: detail.to_owned(),
            };
            places.iter().map(problem).collect()
        };
        let taken = |constraint: &usize| at(model.schema.uniques[*constraint].fields, "another record has this value");
        let missing = |relation: &usize| {
            let target = catalog.models[model.targets[*relation]].schema.name;
            at(model.schema.relations[*relation].fields, &format!("there is no such {target}"))
        };
        Ok(match &refusal.reason {
            RefusalReason::Invalid(violations) => Fault::new(*line, violations.iter().map(Problem::from).collect()),
            RefusalReason::UniqueTaken { constraints, missing: relations, .. } => {
                let both = constraints.iter().flat_map(taken).chain(relations.iter().flat_map(missing));
                Fault::new(*line, both.collect())
            }
            RefusalReason::ReferenceMissing { relations, .. } => {
                Fault { is_dangling: true, ..Fault::new(*line, relations.iter().flat_map(missing).collect()) }
            }
            RefusalReason::TooLarge { bytes, limit } if command.len() == 1 => {
                Fault::of_line(*line, format!("the record has {bytes} bytes in the log; at most {limit} fit"))
            }
            RefusalReason::Unavailable(reason) => return Err(TargetError::Unavailable(*reason)),
            _ => return Err(TargetError::Line { line: *line, detail: self.engine.in_words(refusal) }),
        })
    }
}

impl Target for Local {
    fn load(&mut self, schema: &'static ModelSchema, lines: &[Line]) -> Result<Loaded, TargetError> {
        let mut loaded = Loaded::default();
        let mut operations = Vec::with_capacity(lines.len());
        let mut keys = HashSet::new();
        for line in lines {
            let model = self.model(schema);
            match draft(model, line) {
                Err(fault) => loaded.failed.push(fault),
                Ok(draft) => {
                    // Two lines of one record are two changes, in their order.
                    if key(model, &draft).is_some_and(|key| !keys.insert(key)) {
                        self.carry_out(std::mem::take(&mut operations), &mut loaded)?;
                    }
                    operations.push(operation(self.model(schema), line, draft));
                }
            }
        }
        self.carry_out(operations, &mut loaded)?;
        Ok(loaded)
    }

    fn load_together(&mut self, lines: &[(&'static ModelSchema, &Line)]) -> Result<Vec<(usize, Deed)>, TargetError> {
        let (mut operations, mut places) = (Vec::new(), Vec::new());
        for (place, (schema, line)) in lines.iter().enumerate() {
            let model = self.model(schema);
            // Each of them was a draft before.
            if let Ok(draft) = draft(model, line) {
                operations.push(operation(model, line, draft));
                places.push(place);
            }
        }
        while !operations.is_empty() {
            match self.submit(&operations) {
                Ok(outcome) => {
                    let deeds = outcome.results.iter().map(deed);
                    return Ok(places.into_iter().zip(deeds).collect());
                }
                Err(Refusal { reason: RefusalReason::TooLarge { .. }, .. }) => return Ok(Vec::new()),
                Err(refusal) => {
                    for refusal in refusal.all() {
                        self.fault(&operations, &refusal)?;
                        operations.remove(refusal.operation);
                        places.remove(refusal.operation);
                    }
                }
            }
        }
        Ok(Vec::new())
    }

    fn dump(
        &mut self,
        schema: &'static ModelSchema,
        format: Format,
        out: &mut dyn Write,
        seen: &dyn Fn(u64),
    ) -> Result<u64, DumpError> {
        let model = self.model(schema);
        let unread = |reason| TargetError::Unread { model: schema.name, reason };
        let mut query = Query {
            model: model.place,
            filter: None,
            search: None,
            order: Vec::new(),
            start: Start::First,
            limit: PAGE_RECORDS,
            count: false,
            at: Some(self.engine.position()),
            scan_rows_max: u64::MAX,
        };
        let (mut count, mut bytes) = (0, Vec::new());
        if format == Format::Csv {
            project_csv_head(model, &Selection::all(), &mut bytes);
            out.write_all(&bytes)?;
        }
        loop {
            let page = self.engine.list(&query).map_err(unread)?;
            bytes.clear();
            let moment = self.engine.view(query.at).map_err(unread)?;
            for row in &page.rows {
                let record = Visible::to_system(row);
                let record = record.computed(self.engine.catalog(), &*moment, model, &Tally::new(u64::MAX));
                let record = record.map_err(unread)?;
                match format {
                    Format::Csv => project_csv(model, &record, &Selection::all(), &mut bytes),
                    Format::Ndjson => {
                        project(model, &record, &Selection::all(), &mut bytes);
                        bytes.push(b'\n');
                    }
                }
            }
            out.write_all(&bytes)?;
            count += page.rows.len() as u64;
            seen(count);
            match page.rows.last() {
                Some(last) if page.more => query.start = Start::After(Vec::new(), model.row_key(last)),
                _ => return Ok(count),
            }
        }
    }
}

/// The record of a line, held to what the API would take.
fn draft(model: &ModelEntry, line: &Line) -> Result<Draft, Fault> {
    let limit = model.schema.body_bytes_max as usize;
    if line.json.len() > limit {
        let detail = format!("the record has {} bytes; {} takes {limit}", line.json.len(), model.schema.name);
        return Err(Fault::of_line(line.number, detail));
    }
    decode_draft(model, &line.json, DraftMode::Import, &|_| None).map_err(|error| match error {
        DraftError::Malformed { position, detail } => Fault::of_line(line.number, format!("byte {position}: {detail}")),
        DraftError::Invalid(violations) => Fault::new(line.number, violations.iter().map(Problem::from).collect()),
    })
}

const fn operation(model: &ModelEntry, line: &Line, draft: Draft) -> Numbered {
    let action = Action::Import(draft);
    (line.number, Operation { model: model.place, action, expected: Expected::Anything })
}

/// The key that a draft gives its record; none if it lacks a part.
fn key(model: &ModelEntry, draft: &Draft) -> Option<Key> {
    let part = |place: &usize| match draft.fields.iter().find(|(field, _)| field == place)? {
        (_, Supplied::Value(value)) if *value != Value::Null => Some(value),
        _ => None,
    };
    let values: Option<Vec<&Value>> = model.schema.key.iter().map(part).collect();
    values.map(|values| encode_key(&model.key_terms, values))
}

fn deed(result: &OperationResult) -> Deed {
    match result {
        OperationResult::Created(_) => Deed::Created,
        OperationResult::Updated(_) => Deed::Updated,
        OperationResult::Unchanged(_) => Deed::Unchanged,
        OperationResult::Deleted => unreachable!("an import deletes nothing"),
    }
}
