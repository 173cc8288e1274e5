//! Random edits, with restarts between: history folds to the record, every moment is what it was, and nothing is lost.
//!
//! A sequence that finds something is made shorter until no step can be left out, on a new server each time.

use lithair_model::{HistorySchema, Mutability, OperationKind};
use serde_json::{Map, Value as Document, json};

use super::{Suite, ensure, json as body_of};
use crate::testing::factory::{broken, json_of, now, writable};
use crate::testing::{Random, TestServer};

/// Steps of a sequence, unless `MODEL_TESTS_STEPS` says otherwise.
const STEPS: usize = 60;
/// Shorter sequences that are tried once one has found something.
const SHORTER_MAX: usize = 80;

/// One step: what is done, and the seed of everything that is random in it, so that steps can be left out and the rest stays.
#[derive(Clone, Copy, Debug)]
struct Step {
    action: Action,
    seed: u64,
}

#[derive(Clone, Copy, Debug)]
enum Action {
    Create,
    Patch,
    Put,
    Delete,
    Undelete,
    GoBack,
    Transition,
    Restart,
    Kill,
}

/// What the records were, as answers said.
#[derive(Default)]
struct Shadow {
    records: Vec<Life>,
}

/// One record and its moments: positions of the log, and what was shown from there on; none once it is deleted.
struct Life {
    path: String,
    moments: Vec<(u64, Option<Document>)>,
}

impl Life {
    fn is_deleted(&self) -> bool {
        self.moments.last().is_some_and(|(_, shown)| shown.is_none())
    }
}

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Create, OperationKind::Get]) {
        return Ok(());
    }
    let steps = plan(&mut suite.random);
    let Err(finding) = attempt(suite, model, &steps) else { return Ok(()) };
    let (steps, finding) = shortest(suite, model, steps, finding);
    let steps = steps.iter().map(|step| format!("{:?}({})", step.action, step.seed)).collect::<Vec<_>>().join(", ");
    Err(format!("{finding}\nafter these steps: {steps}"))
}

fn plan(random: &mut Random) -> Vec<Step> {
    const ACTIONS: [(Action, u64); 9] = [
        (Action::Create, 12),
        (Action::Patch, 30),
        (Action::Put, 8),
        (Action::Delete, 6),
        (Action::Undelete, 6),
        (Action::GoBack, 8),
        (Action::Transition, 8),
        (Action::Restart, 1),
        (Action::Kill, 1),
    ];
    let total: u64 = ACTIONS.iter().map(|(_, weight)| weight).sum();
    let any = |random: &mut Random| {
        let mut rest = random.below(total);
        let chosen = ACTIONS.iter().find(|(_, weight)| {
            let is_here = rest < *weight;
            rest = rest.saturating_sub(*weight);
            is_here
        });
        chosen.map_or(Action::Create, |(action, _)| *action)
    };
    (0..steps()).map(|_| Step { action: any(random), seed: random.bits() >> 32 }).collect()
}

fn steps() -> usize {
    let asked = std::env::var("MODEL_TESTS_STEPS").ok();
    asked.map_or(STEPS, |text| text.parse().unwrap_or_else(|_| panic!("MODEL_TESTS_STEPS={text}: expected a number")))
}

/// Leaves out steps, more at first, as long as something is found.
fn shortest(suite: &mut Suite, model: usize, mut steps: Vec<Step>, mut finding: String) -> (Vec<Step>, String) {
    let (mut size, mut tries) = (steps.len() / 2, 0);
    while size > 0 {
        let mut at = 0;
        while at < steps.len() && tries < SHORTER_MAX {
            tries += 1;
            let mut fewer = steps.clone();
            fewer.drain(at..(at + size).min(steps.len()));
            suite.begin_again();
            match attempt(suite, model, &fewer) {
                Err(found) => (steps, finding) = (fewer, found),
                Ok(()) => at += size,
            }
        }
        size /= 2;
    }
    (steps, finding)
}

fn attempt(suite: &mut Suite, model: usize, steps: &[Step]) -> Result<(), String> {
    let mut shadow = Shadow::default();
    for step in steps {
        suite.random = Random::new(step.seed);
        take(suite, model, step.action, &mut shadow)?;
    }
    for life in &shadow.records {
        present(suite, life)?;
        past(suite, model, life)?;
        fold(suite, model, life)?;
    }
    Ok(())
}

fn take(suite: &mut Suite, model: usize, action: Action, shadow: &mut Shadow) -> Result<(), String> {
    match action {
        Action::Restart => suite.restart(),
        Action::Kill => suite.kill(),
        Action::Create => {
            let made = suite.create(model)?;
            let position = suite.position();
            shadow.records.push(Life { path: made.path, moments: vec![(position, Some(made.shown))] });
        }
        _ => {
            let is_about_deleted = matches!(action, Action::Undelete);
            let records = shadow.records.iter_mut().filter(|life| life.is_deleted() == is_about_deleted);
            let mut records: Vec<&mut Life> = records.collect();
            // The first one is changed most, and stays: what is not kept of a record shows where there is much of it.
            let first = u64::from(matches!(action, Action::Delete));
            let count = (records.len() as u64).saturating_sub(first);
            if count == 0 {
                return Ok(());
            }
            let place = first + suite.random.below(count).min(suite.random.below(count));
            change(suite, model, action, records.swap_remove(usize::try_from(place).unwrap_or_default()))?;
        }
    }
    Ok(())
}

/// One change of one record. What is refused must leave it as it was.
fn change(suite: &mut Suite, model: usize, action: Action, life: &mut Life) -> Result<(), String> {
    let before = life.moments.last().and_then(|(_, shown)| shown.clone());
    let Some((method, path, body)) = request(suite, model, action, &life.path, before.as_ref())? else { return Ok(()) };
    let in_the_trash = if suite.schema(model).lifecycle.soft_delete.is_some() { "?include_deleted=true" } else { "" };
    let read = suite.send("GET", &format!("{}{in_the_trash}", life.path), None)?;
    let revision = read.header("etag").map(str::to_owned);
    let answer = suite.send_if(method, &path, revision.as_deref(), body.as_ref())?;
    ensure(answer.status < 500, || format!("{method} {path}: {}", body_of(&answer)))?;
    if answer.status >= 300 {
        return Ok(());
    }
    let position = answer.header("lithair-seq").and_then(|text| text.parse().ok()).unwrap_or_default();
    let shown = (answer.status == 200).then(|| body_of(&answer));
    if let (Action::Patch, Some(before), Some(after), Some(change)) = (action, &before, &shown, &body) {
        merged(suite, model, before, change, after)?;
    }
    if shown.as_ref().map(|shown| &shown["_rev"]) != before.as_ref().map(|before| &before["_rev"]) {
        life.moments.push((position, shown));
    }
    Ok(())
}

type Request = (&'static str, String, Option<Document>);

fn request(
    suite: &mut Suite,
    model: usize,
    action: Action,
    path: &str,
    before: Option<&Document>,
) -> Result<Option<Request>, String> {
    let updates = suite.offers(model, &[OperationKind::Update]);
    Ok(match (action, before) {
        (Action::Patch, Some(before)) if updates => {
            edit(suite, model, before, 3)?.map(|change| ("PATCH", path.to_owned(), Some(change)))
        }
        (Action::Put, Some(before)) if updates => edit(suite, model, before, 8)?.map(|change| {
            let mut whole = before.clone();
            change.as_object().into_iter().flatten().for_each(|(name, value)| whole[name] = value.clone());
            ("PUT", path.to_owned(), Some(whole))
        }),
        (Action::Delete, Some(_)) if suite.offers(model, &[OperationKind::Delete]) => {
            Some(("DELETE", path.to_owned(), None))
        }
        (Action::Undelete, None) if suite.schema(model).lifecycle.soft_delete.is_some() => {
            Some(("POST", format!("{path}:restore"), Some(json!({}))))
        }
        (Action::GoBack, Some(before)) if updates && suite.offers(model, &[OperationKind::History]) => {
            let newest = before["_rev"].as_u64().unwrap_or(1);
            Some(("POST", format!("{path}:restore"), Some(json!({ "rev": 1 + suite.random.below(newest) }))))
        }
        (Action::Transition, Some(_)) => {
            let states = suite.schema(model).fields.iter().filter_map(|field| field.states);
            let names: Vec<_> = states.flat_map(|states| states.transitions).map(|way| way.name).collect();
            let name = suite.random.pick(&names).copied();
            name.map(|name| ("POST", format!("{path}:{name}"), Some(json!({}))))
        }
        _ => None,
    })
}

/// New values for some fields, with which the record keeps all rules.
pub(super) fn edit(suite: &mut Suite, model: usize, before: &Document, most: u64) -> Result<Option<Document>, String> {
    let entry = suite.model(model);
    let is_reference = |place: &usize| entry.schema.relations.iter().any(|relation| relation.fields.contains(place));
    let places: Vec<usize> = writable(entry)
        .filter(|place| entry.schema.fields[*place].mutability != Mutability::Immutable)
        .filter(|place| !is_reference(place) && !entry.is_key(*place))
        .collect();
    let old = suite.values_of(model, before)?;
    for _ in 0..20 {
        let (mut values, mut change) = (old.clone(), Map::new());
        for _ in 0..=suite.random.below(most) {
            let Some(place) = suite.random.pick(&places).copied() else { return Ok(None) };
            values[place] =
                suite.factory.value(model, place, &values, &mut suite.random).map_err(|error| error.to_string())?;
            let field = &suite.schema(model).fields[place];
            change.insert(field.wire.to_owned(), json_of(field, &values[place]));
        }
        if broken(suite.model(model), &values, now()).is_empty() {
            return Ok(Some(change.into()));
        }
    }
    Ok(None)
}

/// What a patch leaves is what was there and what it said (RFC 7396), where the application's code has no say.
fn merged(suite: &Suite, model: usize, before: &Document, change: &Document, after: &Document) -> Result<(), String> {
    let schema = suite.schema(model);
    for field in schema.fields.iter().filter(|_| schema.hooks_before.is_empty()) {
        let is_plain = matches!(field.exposure, lithair_model::Exposure::Open)
            && field.auto.is_none()
            && field.computed.is_none()
            && field.on_update.is_none();
        let is_one_form = !matches!(
            field.kind,
            lithair_model::Kind::Decimal
                | lithair_model::Kind::Float { .. }
                | lithair_model::Kind::Json
                | lithair_model::Kind::Enum(_)
        );
        if is_plain && is_one_form {
            let expected = change.get(field.wire).unwrap_or(&before[field.wire]);
            ensure(after[field.wire] == *expected, || {
                format!("PATCH {change} left {} as {}, not {expected}", field.wire, after[field.wire])
            })?;
        }
    }
    Ok(())
}

/// The record is as the last answer said.
fn present(suite: &mut Suite, life: &Life) -> Result<(), String> {
    let answer = suite.send("GET", &life.path, None)?;
    let expected = life.moments.last().and_then(|(_, shown)| shown.as_ref());
    match expected {
        Some(shown) => ensure(answer.status == 200 && body_of(&answer) == *shown, || {
            format!("GET {} shows {}, and the last answer was {shown}", life.path, body_of(&answer))
        }),
        None => ensure([404, 410].contains(&answer.status), || format!("{} is there once more", life.path)),
    }
}

/// Every moment shows what was shown then.
fn past(suite: &mut Suite, model: usize, life: &Life) -> Result<(), String> {
    if !keeps_all(suite, model) {
        return Ok(());
    }
    for (place, (position, shown)) in life.moments.iter().enumerate() {
        let last = life.moments.get(place + 1).map_or(*position, |(next, _)| next - 1);
        for moment in [*position, last] {
            let answer = suite.send("GET", &format!("{}?as_of={moment}", life.path), None)?;
            let is_so = match shown {
                Some(shown) => answer.status == 200 && body_of(&answer) == *shown,
                None => [404, 410].contains(&answer.status),
            };
            ensure(is_so, || format!("{} as of {moment}: expected {shown:?}, found {}", life.path, body_of(&answer)))?;
        }
    }
    Ok(())
}

fn keeps_all(suite: &Suite, model: usize) -> bool {
    let schema = suite.schema(model);
    let is_whole = |history: &HistorySchema| history.is_whole();
    suite.offers(model, &[OperationKind::History])
        && is_whole(&schema.lifecycle.history)
        && schema.fields.iter().all(|field| is_whole(&field.history))
}

/// All revisions, newest first.
fn revisions(suite: &mut Suite, path: &str) -> Result<Vec<Document>, String> {
    let (mut items, mut query) = (Vec::new(), String::new());
    loop {
        let page = suite.get(&format!("{path}/history{query}"))?;
        items.extend(page["items"].as_array().cloned().unwrap_or_default());
        let Some(cursor) = page["next_cursor"].as_str() else { return Ok(items) };
        query = format!("?cursor={cursor}");
    }
}

/// The patches of history, merged from the oldest on, are the record; and there is one for each change that was made.
fn fold(suite: &mut Suite, model: usize, life: &Life) -> Result<(), String> {
    let Some(shown) = life.moments.last().and_then(|(_, shown)| shown.clone()) else { return Ok(()) };
    if !suite.offers(model, &[OperationKind::History]) {
        return Ok(());
    }
    let items = revisions(suite, &life.path)?;
    if keeps_all(suite, model) {
        let expected = life.moments.len();
        ensure(items.len() == expected, || {
            format!("{} revisions of {}, and {expected} changes", items.len(), life.path)
        })?;
    } else if let Some(most) = suite.schema(model).lifecycle.history.versions {
        let expected = life.moments.len().min(usize::try_from(most).unwrap_or(usize::MAX));
        ensure(items.len() == expected, || {
            format!("{} revisions of {}, and {expected} are kept", items.len(), life.path)
        })?;
    } else if suite.schema(model).lifecycle.history.snapshot_only {
        ensure(items.len() == 1, || format!("{} revisions of {}, and one is kept", items.len(), life.path))?;
    }
    let Some(newest) = items.first() else { return Err(format!("{} has no revisions", life.path)) };
    let begin = items.iter().position(|item| item["whole"] == true).unwrap_or(items.len().saturating_sub(1));
    let mut folded = Map::new();
    for item in items[..=begin.min(items.len().saturating_sub(1))].iter().rev() {
        item["patch"]
            .as_object()
            .into_iter()
            .flatten()
            .for_each(|(name, value)| drop(folded.insert(name.clone(), value.clone())));
    }
    folded.insert("_rev".to_owned(), newest["rev"].clone());
    // What is computed when it is read has no history of its own.
    let mut shown = shown;
    for (place, _) in suite.model(model).virtual_fields() {
        shown.as_object_mut().map(|members| members.remove(suite.schema(model).fields[place].wire));
    }
    ensure(Document::Object(folded.clone()) == shown, || {
        format!("history folds to {}, and the record is {shown}", Document::Object(folded))
    })
}

impl Suite {
    fn kill(&mut self) {
        self.server.kill();
        self.client = self.server.client();
    }

    /// A new server without data.
    fn begin_again(&mut self) {
        self.server = TestServer::start(self.server.program().clone());
        self.client = self.server.client();
    }
}
