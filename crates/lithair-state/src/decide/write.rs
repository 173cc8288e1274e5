//! The entry: what changes, and what that rests on.

use std::collections::BTreeMap;

use lithair_model::{
    Change, Command, Entry, Event, EventRecord, Guard, Key, ModelEntry, Row, Value, WHOLE_EVERY, merge_rows,
};

use super::judge::{bars_burial, claim, goes_out_of_sight, new_references};
use super::overlay::{Overlay, Touched};
use super::{Answer, Decision};
use crate::{RecordRef, View};

pub(super) fn write(
    view: &View<'_>,
    command: &Command,
    guards: Vec<Guard>,
    overlay: &Overlay,
    records: &[RecordRef],
    happened: Vec<(RecordRef, Event)>,
) -> Decision {
    let catalog = view.state().catalog();
    let mut entry = Entry {
        at: command.now,
        actor: command.principal.actor().map(str::to_owned),
        guards,
        changes: Vec::new(),
        events: Vec::new(),
        refused: Vec::new(),
    };
    let mut answers = BTreeMap::new();
    let mut touched_records = Vec::new();
    for (model, key, touched) in overlay.iter() {
        let model_entry = &catalog.models[model];
        guard_record(model_entry, key, touched, &mut entry.guards);
        let place = entry.changes.len();
        let change = change(model_entry, key, touched);
        if change.is_some() {
            touched_records.push(RecordRef::new(model, key.clone()));
            guard_claims(view, model_entry, key, touched, &mut entry.guards);
        }
        answers.insert((model, key), answer(touched, change.is_some(), place));
        entry.changes.extend(change);
    }
    for (record, Event { name, payload }) in happened {
        if !touched_records.contains(&record) {
            touched_records.push(record.clone());
        }
        let RecordRef { model, key } = record;
        entry.events.push(EventRecord { model: catalog.models[model].id, key, name: name.to_owned(), payload });
    }
    let answers = records.iter().map(|record| answers[&(record.model, &record.key)].clone()).collect();
    Decision { entry, answers, touched: touched_records }
}

/// The record is as the decision saw it.
fn guard_record(model: &ModelEntry, key: &Key, touched: &Touched, guards: &mut Vec<Guard>) {
    let (model, key) = (model.id, key.clone());
    guards.push(match &touched.before {
        Some((row, _)) => Guard::Revision { model, key, revision: row.revision },
        None => Guard::Absent { model, key },
    });
}

/// What the change claims of other records.
fn guard_claims(view: &View<'_>, model: &ModelEntry, key: &Key, touched: &Touched, guards: &mut Vec<Guard>) {
    let catalog = view.state().catalog();
    let Some(after) = &touched.after else {
        guards.extend(model.referrers.iter().map(|referrer| Guard::Unreferenced {
            model: catalog.models[referrer.model].id,
            relation: catalog.models[referrer.model].relation_ids[referrer.relation],
            key: key.clone(),
        }));
        return;
    };
    if goes_out_of_sight(model, touched, after) {
        let asked = model.referrers.iter().filter(|referrer| bars_burial(referrer));
        guards.extend(asked.map(|referrer| Guard::UnreferencedLive {
            model: catalog.models[referrer.model].id,
            relation: catalog.models[referrer.model].relation_ids[referrer.relation],
            key: key.clone(),
        }));
    }
    for constraint in 0..model.schema.uniques.len() {
        let was = touched.before.as_ref().and_then(|(_, before)| claim(model, constraint, before));
        let value = claim(model, constraint, after).filter(|value| was.as_ref() != Some(value));
        guards.extend(value.map(|value| {
            let holder = key.clone();
            Guard::Unique { model: model.id, constraint: model.unique_ids[constraint], value, holder }
        }));
    }
    for (relation, key) in new_references(model, touched, after) {
        guards.push(present(view, model.targets[relation], key));
    }
}

/// The target of a reference is there when the entry is applied. One that can be deleted softly is as it was seen: its revision
/// changes when it goes out of sight.
fn present(view: &View<'_>, target: usize, key: Key) -> Guard {
    let entry = &view.state().catalog().models[target];
    let seen = entry.deleted_at.and_then(|_| view.row(target, &key));
    match seen {
        Some(row) => Guard::Revision { model: entry.id, key, revision: row.revision },
        None => Guard::Present { model: entry.id, key },
    }
}

fn change(model: &ModelEntry, key: &Key, touched: &Touched) -> Option<Change> {
    let (id, key) = (model.id, key.clone());
    match (&touched.before, &touched.after) {
        (None, None) => None,
        (Some(_), None) => Some(Change::Delete { model: id, key }),
        (None, Some(after)) => Some(Change::Put { model: id, key, revision: 1, row: model.encode_row(after) }),
        (Some((row, before)), Some(after)) => {
            let changed: Vec<(usize, Value)> = (0..after.len())
                .filter(|place| before[*place] != after[*place] || touched.anyway.contains(place))
                .map(|place| (place, after[place].clone()))
                .collect();
            let revision = row.revision + 1;
            let fields = model.encode_patch(&changed);
            let whole = revision.is_multiple_of(WHOLE_EVERY).then(|| whole(row, &fields));
            (!changed.is_empty()).then_some(Change::Patch { model: id, key, revision, fields, whole })
        }
    }
}

/// The record as a patch leaves it, with the fields that this program does not know.
fn whole(row: &Row, fields: &[u8]) -> Vec<u8> {
    merge_rows(&row.bytes, fields)
        .expect("a row in the state was checked when it was applied, and the patch was just made")
}

fn answer(touched: &Touched, is_changed: bool, place: usize) -> Answer {
    match (&touched.before, &touched.after) {
        (_, None) => Answer::Deleted,
        (None, Some(_)) => Answer::Created(place),
        (Some(_), Some(_)) if is_changed => Answer::Updated(place),
        (Some((row, _)), Some(_)) => Answer::Unchanged(std::sync::Arc::clone(row)),
    }
}
