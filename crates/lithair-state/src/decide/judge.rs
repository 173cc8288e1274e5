//! What only the whole command shows: uniques and references, and records that others still refer to.

use std::collections::{BTreeMap, BTreeSet};

use lithair_model::{Key, ModelEntry, OnDelete, Refusal, RefusalReason, Timestamp, Value};

use super::delete::referring;
use super::dependents::dependents;
use super::overlay::{Overlay, Touched};
use crate::View;

/// References that callers gave, to records that they do not see: model, key, relation.
pub(super) type Unseen = BTreeSet<(usize, Key, usize)>;

/// Refuses what the guards would refuse, in words that name the operation. Of an import, everything that is sure to be refused.
/// `unseen` are references to what the caller does not see: they are answered as those to what is not there.
pub(super) fn judge(view: &View<'_>, overlay: &Overlay, unseen: &Unseen, is_import: bool) -> Result<(), Refusal> {
    let mut claimed = BTreeMap::new();
    let mut refused: Option<Refusal> = None;
    for (model, key, touched) in overlay.iter() {
        let entry = &view.state().catalog().models[model];
        let judged = match &touched.after {
            _ if does_not_change(entry, touched) => Err(Taken::for_sure(RefusalReason::Immutable)),
            Some(after) if goes_out_of_sight(entry, touched, after) => {
                let referred = live_referrer(view, overlay, entry, key);
                referred.map_or(Ok(()), |reason| Err(Taken::for_sure(reason)))
            }
            Some(after) => uniques(view, overlay, &mut claimed, model, key, after).and_then(|()| {
                let is_seen = |relation| !unseen.contains(&(model, key.clone(), relation));
                references(view, overlay, entry, (touched, after), is_seen, is_import).map_err(Taken::for_sure)
            }),
            None if touched.before.is_some() => unreferenced(view, overlay, entry, key).map_err(Taken::for_sure),
            None => Ok(()),
        };
        match (judged, &mut refused) {
            (Ok(()), _) => {}
            (Err(wrong), Some(first)) if wrong.is_sure => first.also.push((touched.operation, wrong.reason)),
            // Perhaps only because of one that is refused itself: it is asked again without that one.
            (Err(_), Some(_)) => {}
            (Err(wrong), first) => *first = Some(Refusal::new(touched.operation, wrong.reason)),
        }
        if !is_import && refused.is_some() {
            break;
        }
    }
    let Some(mut refused) = refused else { return Ok(()) };
    if is_import {
        let dependents = dependents(view, overlay, &refused);
        refused.also.extend(dependents);
    }
    Err(refused)
}

/// Whether the record is in a state in which it stays as it is, and this would change it.
fn does_not_change(entry: &ModelEntry, touched: &Touched) -> bool {
    let (Some(condition), Some((_, before))) = (&entry.immutable_when, &touched.before) else { return false };
    // Like that of a constraint, the condition has no time in it.
    touched.after.as_ref() != Some(before) && condition.matches(before.as_slice(), Timestamp::from_micros(0))
}

/// Whether this deletes a record softly.
pub(super) fn goes_out_of_sight(entry: &ModelEntry, touched: &Touched, after: &[Value]) -> bool {
    let was_deleted = touched.before.as_ref().is_some_and(|(_, before)| entry.is_deleted(before));
    touched.before.is_some() && !was_deleted && entry.is_deleted(after)
}

/// The refusal for a record that is not deleted and refers to one that would be, by a relation that restricts.
fn live_referrer(view: &View<'_>, overlay: &Overlay, entry: &ModelEntry, key: &Key) -> Option<RefusalReason> {
    for referrer in entry.referrers.iter().filter(|referrer| referrer.on_delete == OnDelete::Restrict) {
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
}

impl Taken {
    const fn for_sure(reason: RefusalReason) -> Self {
        Self { reason, is_sure: true }
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
    let (mut constraints, mut is_sure) = (Vec::new(), false);
    for constraint in 0..entry.schema.uniques.len() {
        let Some(value) = claim(entry, constraint, after) else { continue };
        // A holder that this command touches claims what the command leaves it, and is asked for itself.
        let stored =
            view.unique_holder(model, constraint, &value).filter(|holder| overlay.get(model, holder).is_none());
        let other = claimed.insert((model, constraint, value), key.clone());
        if stored.is_some() || other.is_some_and(|other| other != *key) {
            constraints.push(constraint);
            is_sure |= stored.is_some();
        }
    }
    if constraints.is_empty() {
        return Ok(());
    }
    Err(Taken { reason: RefusalReason::UniqueTaken { constraints }, is_sure })
}

/// The references of a record that are new with this command.
pub(super) fn new_references(entry: &ModelEntry, touched: &Touched, after: &[Value]) -> Vec<(usize, Key)> {
    let relations = 0..entry.schema.relations.len();
    let target = |relation: usize| {
        let key = entry.relation_key(relation, after)?;
        // What comes back refers anew.
        let before = touched.before.as_ref().filter(|(_, before)| entry.is_deleted(after) || !entry.is_deleted(before));
        let was = before.and_then(|(_, before)| entry.relation_key(relation, before));
        (was.as_ref() != Some(&key)).then_some((relation, key))
    };
    relations.filter_map(target).collect()
}

fn references(
    view: &View<'_>,
    overlay: &Overlay,
    entry: &ModelEntry,
    (touched, after): (&Touched, &[Value]),
    is_seen: impl Fn(usize) -> bool,
    is_import: bool,
) -> Result<(), RefusalReason> {
    let new = new_references(entry, touched, after).into_iter();
    // What is out of sight may refer to what is, and what comes from elsewhere comes as it was.
    let takes_deleted = is_import || entry.is_deleted(after);
    let is_there = |model: usize, key: &Key| {
        if takes_deleted { overlay.exists(view, model, key) } else { is_there(view, overlay, model, key) }
    };
    let missing = new.filter(|(relation, key)| !is_seen(*relation) || !is_there(entry.targets[*relation], key));
    let relations: Vec<usize> = missing.map(|(relation, _)| relation).collect();
    if relations.is_empty() { Ok(()) } else { Err(RefusalReason::ReferenceMissing { relations }) }
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
