//! A backend in a map: simple enough to be seen to be right. Nothing is durable, constraints are scans.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use lithair_model::{
    Action, AsOf, Auto, Backend, Catalog, Command, Draft, Expand, Expanded, Expected, Exposure, HistoryPage,
    HistoryQuery, Key, KeyTerm, ModelEntry, ModelSchema, Moment, MomentFields, Mutability, Numbers, Operation,
    OperationResult, Outcome, Page, Past, PastError, Position, Query, QueryError, Read, Refusal, RefusalReason,
    Revision, RevisionKind, Row, Start, Submission, Supplied, Tally, Target, Timestamp, Uuid, Value, Version, Visible,
    default_of, encode_key, judge, judge_change,
};
use tokio::sync::watch;

/// All versions of a record by their positions, the newest last.
type Versions = Vec<(Position, Option<Arc<Row>>)>;

pub(crate) struct MapBackend {
    catalog: Arc<Catalog>,
    tables: Mutex<Tables>,
    position: watch::Sender<u64>,
    /// What every further write is refused with.
    pub(crate) refuses: Mutex<Option<RefusalReason>>,
    /// Positions before this one are not kept.
    pub(crate) horizon: AtomicU64,
    /// A bug to be met by the next read.
    pub(crate) panics: AtomicBool,
    /// Commands that were asked for.
    submissions: AtomicU64,
    /// What was asked of the records, in order.
    asked: Mutex<Vec<&'static str>>,
    pub(crate) failing: Mutex<Vec<(&'static str, String)>>,
}

struct Tables {
    records: Vec<BTreeMap<Key, Versions>>,
    sequence: u64,
}

/// The state while a command is decided: what it changes, over what is there.
struct Draftboard<'a> {
    catalog: &'a Catalog,
    tables: &'a Tables,
    changes: BTreeMap<(usize, Key), Option<Arc<Row>>>,
    sequence: u64,
    position: Position,
    now: Timestamp,
    /// The keys that operations ended with.
    keys: Vec<Key>,
}

impl MapBackend {
    pub(crate) fn new(schemas: Vec<&'static ModelSchema>) -> Arc<Self> {
        let numbers = Numbers::of(&schemas);
        let catalog = Arc::new(Catalog::new(schemas, &numbers).expect("the models of the tests are right"));
        let records = catalog.models.iter().map(|_| BTreeMap::new()).collect();
        Arc::new(Self {
            catalog,
            tables: Mutex::new(Tables { records, sequence: 0 }),
            position: watch::Sender::new(0),
            refuses: Mutex::default(),
            horizon: AtomicU64::new(0),
            panics: AtomicBool::new(false),
            submissions: AtomicU64::new(0),
            asked: Mutex::default(),
            failing: Mutex::default(),
        })
    }

    /// One position on, as if somebody had written.
    pub(crate) fn advance(&self) {
        self.position.send_modify(|position| *position += 1);
    }

    /// How many commands were asked for.
    pub(crate) fn submissions(&self) -> u64 {
        self.submissions.load(Ordering::Relaxed)
    }

    /// What was asked of the records since this was called last.
    pub(crate) fn take_asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.asked.lock().expect("no one panics here"))
    }

    fn note(&self, what: &'static str) {
        self.asked.lock().expect("no one panics here").push(what);
    }

    fn tables(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn kept(&self, at: Option<Position>) -> Result<Position, QueryError> {
        let (now, horizon) = (self.position(), Position::new(self.horizon.load(Ordering::SeqCst)));
        match at {
            Some(at) if at > now => Err(QueryError::NotYet(at)),
            Some(at) if at < horizon => Err(QueryError::HorizonGone(horizon)),
            at => Ok(at.unwrap_or(now)),
        }
    }

    fn decide(&self, command: &Command) -> Result<Outcome, Refusal> {
        let mut tables = self.tables();
        let position = self.position().next();
        let mut board = Draftboard {
            catalog: &self.catalog,
            sequence: tables.sequence,
            tables: &tables,
            changes: BTreeMap::new(),
            position,
            now: command.now,
            keys: Vec::new(),
        };
        let mut results = Vec::new();
        for (operation, asked) in command.operations.iter().enumerate() {
            results.push(board.carry_out(asked).map_err(|reason| Refusal::new(operation, reason))?);
        }
        for (operation, asked) in command.operations.iter().enumerate() {
            board.check(asked.model, operation).map_err(|reason| Refusal::new(operation, reason))?;
        }
        let (sequence, changes) = (board.sequence, board.changes);
        tables.sequence = sequence;
        if changes.is_empty() {
            return Ok(Outcome { position: self.position(), results });
        }
        for ((model, key), row) in changes {
            tables.records[model].entry(key).or_default().push((position, row));
        }
        self.position.send_replace(position.get());
        Ok(Outcome { position, results })
    }
}

impl Tables {
    fn row(&self, model: usize, key: &Key, at: Position) -> Option<Arc<Row>> {
        version(self.records[model].get(key)?, at)
    }

    fn rows(&self, model: usize, at: Position) -> impl Iterator<Item = (&Key, Arc<Row>)> {
        self.records[model].iter().filter_map(move |(key, versions)| Some((key, version(versions, at)?)))
    }
}

fn version(versions: &Versions, at: Position) -> Option<Arc<Row>> {
    versions.iter().rev().find(|(position, _)| *position <= at)?.1.clone()
}

impl Draftboard<'_> {
    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        match self.changes.get(&(model, key.clone())) {
            Some(changed) => changed.clone(),
            None => self.tables.row(model, key, self.position),
        }
    }

    fn carry_out(&mut self, operation: &Operation) -> Result<OperationResult, RefusalReason> {
        let model = &self.catalog.models[operation.model];
        match &operation.action {
            Action::Create(draft) => self.create(model, draft, &operation.expected),
            Action::Replace(target, draft) => {
                let (key, row) = self.existing(model, target, draft.revision, &operation.expected)?;
                let old = model.decode_row(&row.bytes).expect("rows are ours");
                let mut values = self.defaults(model);
                for place in 0..values.len() {
                    let field = &model.schema.fields[place];
                    let is_kept =
                        matches!(field.exposure, Exposure::Hidden | Exposure::ReadOnly) || field.auto.is_some();
                    if is_kept || field.mutability == Mutability::Immutable || model.is_key(place) {
                        values[place] = old[place].clone();
                    }
                }
                self.fill(&mut values, draft);
                self.change(model, key, values, &row)
            }
            Action::Patch(target, draft) | Action::Restore(target, draft) => {
                let (key, row) = self.existing(model, target, draft.revision, &operation.expected)?;
                let mut values = model.decode_row(&row.bytes).expect("rows are ours");
                self.fill(&mut values, draft);
                self.change(model, key, values, &row)
            }
            Action::Delete(target) => {
                let (key, _) = self.existing(model, target, None, &operation.expected)?;
                self.keys.push(key.clone());
                self.changes.insert((model.place, key), None);
                Ok(OperationResult::Deleted)
            }
            Action::Run(..)
            | Action::Transition(..)
            | Action::Transaction(_)
            | Action::Permitted(_)
            | Action::Fold(_)
            | Action::Undelete(_)
            | Action::Purge(_) => {
                unreachable!("none of these models has commands or a trash")
            }
            Action::Import(draft) => {
                let mut values = self.defaults(model);
                self.fill(&mut values, draft);
                let key = model.key_of(&values);
                let old = self.row(model.place, &key);
                self.put(model, key, values, old.as_ref())
            }
        }
    }

    fn create(
        &mut self,
        model: &ModelEntry,
        draft: &Draft,
        expected: &Expected,
    ) -> Result<OperationResult, RefusalReason> {
        let mut values = self.defaults(model);
        self.fill(&mut values, draft);
        for &place in model.schema.key {
            match model.schema.fields[place].auto {
                None | Some(Auto::Ulid | Auto::Deleted | Auto::Created | Auto::Updated) => {}
                Some(Auto::Sequence) => {
                    self.sequence += 1;
                    values[place] = Value::Int(self.sequence.into());
                }
                Some(Auto::Uuid7) => {
                    self.sequence += 1;
                    values[place] =
                        Value::Uuid(Uuid::from_u128(0x7000_8000_0000_0000_0000 | u128::from(self.sequence)));
                }
            }
        }
        let key = model.key_of(&values);
        match self.row(model.place, &key) {
            Some(row) if *expected == Expected::Absent => Err(RefusalReason::PreconditionFailed(Some(row.revision))),
            Some(_) => Err(RefusalReason::KeyTaken),
            None => self.put(model, key, values, None),
        }
    }

    fn existing(
        &self,
        model: &ModelEntry,
        target: &Target,
        revision: Option<u64>,
        expected: &Expected,
    ) -> Result<(Key, Arc<Row>), RefusalReason> {
        let key = match target {
            Target::Key(key) => key.clone(),
            Target::Operation(operation) => self.keys[*operation].clone(),
        };
        let Some(row) = self.row(model.place, &key) else {
            let conditional = matches!(expected, Expected::Present | Expected::Revisions(_));
            return Err(if conditional { RefusalReason::PreconditionFailed(None) } else { RefusalReason::NotFound });
        };
        let is_stale = revision.is_some_and(|revision| revision != row.revision);
        let holds = !is_stale
            && match expected {
                Expected::Anything | Expected::Present => true,
                Expected::Absent => false,
                Expected::Revisions(revisions) => revisions.contains(&row.revision),
            };
        if holds { Ok((key, row)) } else { Err(RefusalReason::PreconditionFailed(Some(row.revision))) }
    }

    fn change(
        &mut self,
        model: &ModelEntry,
        key: Key,
        values: Vec<Value>,
        old: &Arc<Row>,
    ) -> Result<OperationResult, RefusalReason> {
        let before = model.decode_row(&old.bytes).expect("rows are ours");
        match judge_change(model, &before, &values) {
            violations if violations.is_empty() => self.put(model, key, values, Some(old)),
            violations => Err(RefusalReason::Invalid(violations)),
        }
    }

    fn put(
        &mut self,
        model: &ModelEntry,
        key: Key,
        values: Vec<Value>,
        old: Option<&Arc<Row>>,
    ) -> Result<OperationResult, RefusalReason> {
        let violations = judge(model, &values, self.now);
        if !violations.is_empty() {
            return Err(RefusalReason::Invalid(violations));
        }
        self.keys.push(key.clone());
        let bytes = model.encode_row(&values).into_boxed_slice();
        if let Some(old) = old.filter(|old| old.bytes == bytes) {
            return Ok(OperationResult::Unchanged(Arc::clone(old)));
        }
        let revision = old.map_or(1, |row| row.revision + 1);
        let row = Arc::new(Row { revision, position: self.position, bytes });
        self.changes.insert((model.place, key), Some(Arc::clone(&row)));
        Ok(if old.is_some() { OperationResult::Updated(row) } else { OperationResult::Created(row) })
    }

    fn fill(&self, values: &mut [Value], draft: &Draft) {
        for (place, supplied) in &draft.fields {
            values[*place] = match supplied {
                Supplied::Value(value) => value.clone(),
                Supplied::Reference { operation, field } => self.referred(*operation, *field),
            };
        }
    }

    fn referred(&self, operation: usize, field: usize) -> Value {
        let key = &self.keys[operation];
        let rows = self.changes.iter().find(|((model, other), _)| other == key && *model < usize::MAX);
        let ((model, _), row) = rows.expect("the earlier operation made a record");
        self.catalog.models[*model].field(row.as_ref().expect("and it is still there"), field)
    }

    fn defaults(&self, model: &ModelEntry) -> Vec<Value> {
        (0..model.schema.fields.len()).map(|place| default_of(model, place, self.now).unwrap_or(Value::Null)).collect()
    }

    /// Constraints that hold once the whole command is done.
    fn check(&self, model: usize, operation: usize) -> Result<(), RefusalReason> {
        let key = &self.keys[operation];
        let entry = &self.catalog.models[model];
        let Some(row) = self.row(model, key) else { return self.unreferenced(entry, key) };
        let values = entry.decode_row(&row.bytes).expect("rows are ours");
        let mut constraints = Vec::new();
        for constraint in 0..entry.schema.uniques.len() {
            let Some(claimed) = entry.unique_key(constraint, &values) else { continue };
            let is_taken = self.live(model).any(|(other, row)| {
                let values = entry.decode_row(&row.bytes).expect("rows are ours");
                other != *key && entry.unique_key(constraint, &values) == Some(claimed.clone())
            });
            if is_taken {
                constraints.push(constraint);
            }
        }
        if !constraints.is_empty() {
            return Err(RefusalReason::UniqueTaken { model, constraints, missing: Vec::new() });
        }
        let mut relations = Vec::new();
        for relation in 0..entry.schema.relations.len() {
            let target = entry.relation_key(relation, &values);
            if target.is_some_and(|target| self.row(entry.targets[relation], &target).is_none()) {
                relations.push(relation);
            }
        }
        if relations.is_empty() { Ok(()) } else { Err(RefusalReason::ReferenceMissing { model, relations }) }
    }

    fn unreferenced(&self, target: &ModelEntry, key: &Key) -> Result<(), RefusalReason> {
        for referrer in &target.referrers {
            let entry = &self.catalog.models[referrer.model];
            let refers = self.live(referrer.model).any(|(_, row)| {
                let values = entry.decode_row(&row.bytes).expect("rows are ours");
                entry.relation_key(referrer.relation, &values).as_ref() == Some(key)
            });
            if refers {
                return Err(RefusalReason::StillReferenced { model: referrer.model, relation: referrer.relation });
            }
        }
        Ok(())
    }

    fn live(&self, model: usize) -> impl Iterator<Item = (Key, Arc<Row>)> {
        let stored = self.tables.rows(model, self.position).map(|(key, row)| (key.clone(), row));
        let stored = stored.filter(move |(key, _)| !self.changes.contains_key(&(model, key.clone())));
        let changed = self.changes.iter().filter(move |((place, _), _)| *place == model);
        stored.chain(changed.filter_map(|((_, key), row)| Some((key.clone(), row.clone()?))))
    }
}

impl Backend for MapBackend {
    fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    fn position(&self) -> Position {
        Position::new(*self.position.borrow())
    }

    fn read(&self, model: usize, key: &Key, at: Option<Position>) -> Result<Read, QueryError> {
        self.note("read");
        let tables = self.tables();
        let position = self.kept(at)?;
        Ok(Read { row: tables.row(model, key, position), position })
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        self.note("list");
        let position = self.kept(query.at)?;
        let model = &self.catalog.models[query.model];
        // Filters may ask for other records: the lock is given back first.
        let stored: Vec<(Key, Arc<Row>)> =
            self.tables().rows(query.model, position).map(|(key, row)| (key.clone(), row)).collect();
        let looked_at = stored.len() as u64;
        if query.scan_rows_max < looked_at && query.filter.is_some() {
            return Err(QueryError::TooExpensive { fields: vec![1], budget: query.scan_rows_max });
        }
        let terms: Vec<KeyTerm> = query
            .order
            .iter()
            .map(|term| KeyTerm { kind: model.schema.fields[term.field].kind, descending: term.descending })
            .collect();
        let rank = |values: &[Value], key: &Key| [encode_key(&terms, values).as_bytes(), key.as_bytes()].concat();
        let mut rows: Vec<(Vec<u8>, Arc<Row>)> = stored
            .into_iter()
            .filter(|(_, row)| {
                let moment = &MapMoment { backend: self, position };
                let (catalog, tally) = (&self.catalog, &Tally::new(u64::MAX));
                let fields = MomentFields { catalog, moment, model, row, tally };
                query.filter.as_ref().is_none_or(|filter| filter.matches(&fields, Timestamp::MIN))
            })
            .map(|(key, row)| {
                let values: Vec<Value> = query.order.iter().map(|term| model.field(&row, term.field)).collect();
                (rank(&values, &key), row)
            })
            .collect();
        rows.sort_by(|(left, _), (right, _)| left.cmp(right));
        let total = rows.len();
        let (first, last) = match &query.start {
            Start::First => (0, query.limit),
            Start::Offset(offset) => {
                let first = usize::try_from(*offset).unwrap_or(usize::MAX).min(total);
                (first, first.saturating_add(query.limit))
            }
            Start::After(values, key) => {
                let rank = rank(values, key);
                let first = rows.partition_point(|(other, _)| *other <= rank);
                (first, first + query.limit)
            }
            Start::Before(values, key) => {
                let rank = rank(values, key);
                let last = rows.partition_point(|(other, _)| *other < rank);
                (last.saturating_sub(query.limit), last)
            }
        };
        let last = last.min(total);
        Ok(Page {
            rows: rows[first..last].iter().map(|(_, row)| Arc::clone(row)).collect(),
            more: last < total,
            earlier: first > 0,
            total: query.count.then_some(total as u64),
            looked_at,
            position,
        })
    }

    fn view(&self, at: Option<Position>) -> Result<Box<dyn Moment + '_>, QueryError> {
        assert!(!self.panics.swap(false, Ordering::SeqCst), "a planted bug");
        Ok(Box::new(MapMoment { backend: self, position: self.kept(at)? }))
    }

    fn history(&self, query: &HistoryQuery) -> Result<HistoryPage, PastError> {
        self.note("history");
        let newest = self.position();
        let last = query.before.map_or(newest, |before| before.previous().expect("the first revision has a position"));
        let row = |at: u64| self.tables().row(query.model, &query.key, Position::new(at));
        let mut revisions: Vec<Revision> = Vec::new();
        for at in (1..=last.get()).rev() {
            let (then, before) = (row(at), row(at - 1));
            let Some(then) = then.filter(|then| before.as_ref().is_none_or(|before| before.revision != then.revision))
            else {
                continue;
            };
            if revisions.len() == query.limit {
                return Ok(HistoryPage { revisions, more: true, position: newest });
            }
            let kind = if before.is_none() { RevisionKind::Created } else { RevisionKind::Updated };
            revisions.push(Revision {
                number: then.revision,
                position: Position::new(at),
                at: query.now,
                actor: None,
                kind,
                fields: then.bytes.clone(),
                events: Vec::new(),
                is_whole: true,
            });
        }
        if revisions.is_empty() {
            return Err(PastError::NotFound);
        }
        Ok(HistoryPage { revisions, more: false, position: newest })
    }

    fn past(&self, model: usize, key: &Key, version: Version, now: Timestamp) -> Result<Past, PastError> {
        self.note("past");
        let position = match version {
            Version::AsOf(as_of) => self.moment(as_of, now)?,
            Version::Revision(number) => {
                let shows = |at: &u64| {
                    let row = self.tables().row(model, key, Position::new(*at));
                    row.is_some_and(|row| row.revision == number)
                };
                Position::new((1..=self.position().get()).rev().find(shows).ok_or(PastError::NoRevision)?)
            }
        };
        let row = self.tables().row(model, key, position).ok_or(PastError::NotFound)?;
        Ok(Past { row, let_go: Vec::new(), position })
    }

    fn moment(&self, as_of: AsOf, _: Timestamp) -> Result<Position, PastError> {
        match as_of {
            AsOf::Position(position) => Ok(self.kept(Some(position))?),
            AsOf::Time(_) => Ok(self.position()),
        }
    }

    fn list_past(&self, query: &Query, _: &[Expand], _: Timestamp) -> Result<(Page, Vec<Expanded>), PastError> {
        let page = self.list(query)?;
        let alone = |row: &Arc<Row>| Expanded { record: Visible::to_system(row), related: Vec::new() };
        let records = page.rows.iter().map(alone).collect();
        Ok((page, records))
    }

    fn submit(&self, command: Command) -> Submission<'_> {
        self.note("submit");
        self.submissions.fetch_add(1, Ordering::Relaxed);
        Box::pin(async move {
            if let Some(reason) = self.refuses.lock().expect("no one panics here").clone() {
                return Err(Refusal::new(0, reason));
            }
            self.decide(&command)
        })
    }

    fn wait_for(&self, position: Position, timeout: Duration) -> Pin<Box<dyn Future<Output = bool> + Send + '_>> {
        Box::pin(async move {
            let mut positions = self.position.subscribe();
            let reached = positions.wait_for(|now| *now >= position.get());
            tokio::time::timeout(timeout, reached).await.is_ok_and(|reached| reached.is_ok())
        })
    }

    fn failing_checks(&self) -> Vec<(&'static str, String)> {
        self.failing.lock().expect("no one panics here").clone()
    }

    fn cursor_secret(&self) -> [u8; 32] {
        [7; 32]
    }

    fn counters(&self) -> Vec<(&'static str, &'static str, u64)> {
        vec![("map_writes_total", "Entries applied.", self.position().get())]
    }
}

/// A moment of the map: everything is found by looking at everything.
struct MapMoment<'a> {
    backend: &'a MapBackend,
    position: Position,
}

impl Moment for MapMoment<'_> {
    fn position(&self) -> Position {
        self.position
    }

    fn row(&self, model: usize, key: &Key) -> Option<Arc<Row>> {
        self.backend.note("row");
        self.backend.tables().row(model, key, self.position)
    }

    fn referrers(&self, model: usize, relation: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool) {
        self.backend.note("referrers");
        let entry = &self.backend.catalog.models[model];
        let rows: Vec<_> = self.backend.tables().rows(model, self.position).map(|(_, row)| row).collect();
        rows.iter().filter(|row| entry.reference(row, relation).as_ref() == Some(key)).all(|row| each(row));
    }

    fn list(&self, query: &Query) -> Result<Page, QueryError> {
        self.backend.list(&Query { at: Some(self.position), ..query.clone() })
    }
}
