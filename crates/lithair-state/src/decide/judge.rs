//! What only the whole command shows: uniques and references, and records that others still refer to.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use lithair_model::{Key, ModelEntry, OnDelete, Referrer, Refusal, RefusalReason, Timestamp, Value};

use super::delete::referring;
use super::dependents::dependents;
use super::overlay::{Overlay, Touched};
use crate::{RecordRef, View};

/// What a record refers to by one of its model's relations.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    pub(super) record: RecordRef,
    pub(super) relation: usize,
}

/// References that callers gave, to records that they do not see.
pub(super) type Unseen = BTreeSet<Reference>;

/// Refuses what the guards would refuse, in words that name the operation. Of an import, everything that is sure to be refused.
/// `unseen` are references to what the caller does not see: they are answered as those to what is not there.
pub(super) fn judge(view: &View<'_>, overlay: &Overlay, unseen: &Unseen, is_import: bool) -> Result<(), Refusal> {
    let mut claimed = BTreeMap::new();
    let mut refused: Option<Refusal> = None;
    let mut rivals = Vec::new();
    for (model, key, touched) in overlay.iter() {
        let entry = &view.state().catalog().models[model];
        let judged = match &touched.after {
            _ if does_not_change(entry, touched) => Err(Taken::for_sure(RefusalReason::Immutable)),
            Some(after) => {
                let buried = if goes_out_of_sight(entry, touched, after) {
                    live_referrer(view, overlay, entry, key)
                } else {
                    None
                };
                // What is in the trash has its unique values still, and may have got others on the way there.
                let taken = uniques(view, overlay, &mut claimed, model, key, after);
                let is_seen =
                    |relation| !unseen.contains(&Reference { record: RecordRef::new(model, key.clone()), relation });
                let judged =
                    together(model, taken, references(view, overlay, entry, (touched, after), is_seen, is_import));
                buried.map_or(judged, |reason| Err(Taken::for_sure(reason)))
            }
            None if touched.before.is_some() => unreferenced(view, overlay, entry, key).map_err(Taken::for_sure),
            None => Ok(()),
        };
        match (judged, &mut refused) {
            (Ok(()), _) => {}
            (Err(wrong), Some(first)) if wrong.is_sure => first.also.push((touched.operation, wrong.reason)),
            // Perhaps only because of one that is refused itself.
            (Err(wrong), Some(_)) => rivals.push(Rival { model, operation: touched.operation, wrong }),
            (Err(wrong), first) => *first = Some(Refusal::new(touched.operation, wrong.reason)),
        }
        if !is_import && refused.is_some() {
            break;
        }
    }
    let Some(mut refused) = refused else { return Ok(()) };
    if is_import {
        refused.also.extend(dependents(view, overlay, &refused));
        let beaten = beaten(view, overlay, &refused, rivals);
        refused.also.extend(beaten);
        refused.also.extend(dependents(view, overlay, &refused));
    }
    Err(refused)
}

/// A record of an import that claims what others of it claim.
struct Rival {
    model: usize,
    operation: usize,
    wrong: Taken,
}

/// Rivals of records that stay. Of the others nothing is sure: they are asked again without those that are refused.
///
/// Without this, 500 lines with one new value were 499 commands, each with one line less.
fn beaten(view: &View<'_>, overlay: &Overlay, refused: &Refusal, rivals: Vec<Rival>) -> Vec<(usize, RefusalReason)> {
    let mut gone: HashSet<usize> = refused.also.iter().map(|(operation, _)| *operation).collect();
    gone.insert(refused.operation);
    // What nothing is sure of beats nobody: it counts as gone, too.
    let mut unsure: HashSet<usize> = rivals.iter().map(|rival| rival.operation).collect();
    let mut beaten = Vec::new();
    for Rival { model, operation, wrong } in rivals {
        let stays = |holder: &Key| {
            let touched = overlay.get(model, holder).expect("whoever claims in a command is touched by it");
            !gone.contains(&touched.operation)
                && !unsure.contains(&touched.operation)
                && stands_alone(view, overlay, model, touched)
        };
        if !gone.contains(&operation) && wrong.holders.iter().any(stays) {
            unsure.remove(&operation);
            gone.insert(operation);
            beaten.push((operation, wrong.reason));
        }
    }
    beaten
}

/// Whether a record would stay if any other of the command were refused.
fn stands_alone(view: &View<'_>, overlay: &Overlay, model: usize, touched: &Touched) -> bool {
    let entry = &view.state().catalog().models[model];
    let mut new = touched.after.iter().flat_map(|after| new_references(entry, touched, after));
    new.all(|(relation, target)| overlay.get(entry.targets[relation], &target).is_none())
}

/// Whether the record is in a state in which it stays as it is, and this would change it.
fn does_not_change(entry: &ModelEntry, touched: &Touched) -> bool {
    let (Some(condition), Some((_, before))) = (&entry.immutable_when, &touched.before) else { return false };
    // What follows from other records is no change of this one. Like that of a constraint, the condition has no time in it.
    touched.after.as_ref().is_none_or(|after| entry.differs(before, after))
        && condition.matches(before.as_slice(), Timestamp::from_micros(0))
}

/// Whether this deletes a record softly.
pub(super) fn goes_out_of_sight(entry: &ModelEntry, touched: &Touched, after: &[Value]) -> bool {
    let was_deleted = touched.before.as_ref().is_some_and(|(_, before)| entry.is_deleted(before));
    touched.before.is_some() && !was_deleted && entry.is_deleted(after)
}

/// Whether a record in sight may not refer by this relation to one that is deleted softly. Along a relation that is soft it would have
/// gone too, but an import takes nothing along.
pub(super) fn bars_burial(referrer: &Referrer) -> bool {
    referrer.is_soft || referrer.on_delete == OnDelete::Restrict
}

/// The refusal for a record that is not deleted and refers to one that would be.
fn live_referrer(view: &View<'_>, overlay: &Overlay, entry: &ModelEntry, key: &Key) -> Option<RefusalReason> {
    for referrer in entry.referrers.iter().filter(|referrer| bars_burial(referrer)) {
        let is_live = |key: &Key| is_there(view, overlay, referrer.model, key);
        if referring(view, overlay, referrer.model, referrer.relation, key).iter().any(is_live) {
            return Some(RefusalReason::StillReferenced { model: referrer.model, relation: referrer.relation });
        }
    }
    None
}

/// Why a record cannot be, and whether that is so without the other records of the command too.
struct Taken {
    reason: RefusalReason,
    is_sure: bool,
    /// Records of the command, of the same model, that claim the same and came first.
    holders: Vec<Key>,
}

/// Taken values and missing references of one record, told at once.
fn together(model: usize, taken: Result<(), Taken>, references: Result<(), Vec<usize>>) -> Result<(), Taken> {
    match (taken, references) {
        (Err(Taken { reason: RefusalReason::UniqueTaken { constraints, .. }, .. }), Err(missing)) => {
            Err(Taken::for_sure(RefusalReason::UniqueTaken { model, constraints, missing }))
        }
        (Ok(()), Err(relations)) => Err(Taken::for_sure(RefusalReason::ReferenceMissing { model, relations })),
        (taken, _) => taken,
    }
}

impl Taken {
    const fn for_sure(reason: RefusalReason) -> Self {
        Self { reason, is_sure: true, holders: Vec::new() }
    }
}

/// The value that a record claims in a unique constraint, if the constraint is about it.
pub(super) fn claim(entry: &ModelEntry, constraint: usize, values: &[Value]) -> Option<Key> {
    // A condition of a constraint has no time in it that could pass: the state asks it at the epoch, too.
    let condition = entry.unique_conditions[constraint].as_ref();
    let is_about = condition.is_none_or(|condition| condition.matches(values, Timestamp::from_micros(0)));
    if is_about { entry.unique_key(constraint, values) } else { None }
}

type Claims = BTreeMap<(usize, usize, Key), Key>;

fn uniques(
    view: &View<'_>,
    overlay: &Overlay,
    claimed: &mut Claims,
    model: usize,
    key: &Key,
    after: &[Value],
) -> Result<(), Taken> {
    let entry = &view.state().catalog().models[model];
    let (mut constraints, mut is_sure, mut holders) = (Vec::new(), false, Vec::new());
    for constraint in 0..entry.schema.uniques.len() {
        let Some(value) = claim(entry, constraint, after) else { continue };
        // A holder that this command touches claims what the command leaves it, and is asked for itself.
        let stored =
            view.unique_holder(model, constraint, &value).filter(|holder| overlay.get(model, holder).is_none());
        let first = claimed.entry((model, constraint, value)).or_insert_with(|| key.clone());
        if stored.is_some() || first != key {
            constraints.push(constraint);
            is_sure |= stored.is_some();
            holders.extend((first != key).then(|| first.clone()));
        }
    }
    if constraints.is_empty() {
        return Ok(());
    }
    Err(Taken { reason: RefusalReason::UniqueTaken { model, constraints, missing: Vec::new() }, is_sure, holders })
}

/// The references of a record that are new with this command.
pub(super) fn new_references(entry: &ModelEntry, touched: &Touched, after: &[Value]) -> Vec<(usize, Key)> {
    // What a projection refers to may be gone: its rows say what was.
    let relations = if entry.schema.projection.is_some() { 0..0 } else { 0..entry.schema.relations.len() };
    let target = |relation: usize| {
        let key = entry.relation_key(relation, after)?;
        // What comes back refers anew.
        let before = touched.before.as_ref().filter(|(_, before)| entry.is_deleted(after) || !entry.is_deleted(before));
        let was = before.and_then(|(_, before)| entry.relation_key(relation, before));
        (was.as_ref() != Some(&key)).then_some((relation, key))
    };
    relations.filter_map(target).collect()
}

/// The references that are new and lead nowhere.
fn references(
    view: &View<'_>,
    overlay: &Overlay,
    entry: &ModelEntry,
    (touched, after): (&Touched, &[Value]),
    is_seen: impl Fn(usize) -> bool,
    is_import: bool,
) -> Result<(), Vec<usize>> {
    let new = new_references(entry, touched, after).into_iter();
    // What is out of sight may refer to what is, and what comes from elsewhere comes as it was.
    let takes_deleted = is_import || entry.is_deleted(after);
    let is_there = |model: usize, key: &Key| {
        if takes_deleted { overlay.exists(view, model, key) } else { is_there(view, overlay, model, key) }
    };
    let missing = new.filter(|(relation, key)| !is_seen(*relation) || !is_there(entry.targets[*relation], key));
    let relations: Vec<usize> = missing.map(|(relation, _)| relation).collect();
    if relations.is_empty() { Ok(()) } else { Err(relations) }
}

/// Whether a record exists and is not deleted.
fn is_there(view: &View<'_>, overlay: &Overlay, model: usize, key: &Key) -> bool {
    let target = &view.state().catalog().models[model];
    match target.deleted_at {
        None => overlay.exists(view, model, key),
        Some(_) => overlay.current(view, model, key).is_some_and(|(values, _)| !target.is_deleted(&values)),
    }
}

fn unreferenced(view: &View<'_>, overlay: &Overlay, entry: &ModelEntry, key: &Key) -> Result<(), RefusalReason> {
    for referrer in &entry.referrers {
        if !referring(view, overlay, referrer.model, referrer.relation, key).is_empty() {
            return Err(RefusalReason::StillReferenced { model: referrer.model, relation: referrer.relation });
        }
    }
    Ok(())
}
