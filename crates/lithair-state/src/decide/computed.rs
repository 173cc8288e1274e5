//! Stored computed fields: kept by the entry that changes what they are computed from.
//!
//! ```text
//! the overlay after all operations -> each stored field, behind those it is computed from:
//!   an expression: for each touched record
//!   an aggregate:  for each record that touched ones belong, or belonged, to
//!     counts and exact sums: what the view says, and the difference
//!     the others: computed again from the records that belong there now
//! ```
//!
//! INVARIANT: whatever may change an aggregate that is computed again writes the record that has it, also where the value stays. So of
//! two commands that saw different records behind one aggregate the later one is decided again: both change the revision that it guards.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use lithair_model::{
    Aggregate, Feed, Fields, Key, ModelEntry, Operand, Role, Timestamp, Value, Violation, Way, fitted, judge_computed,
};

use super::delete::referring;
use super::overlay::{Overlay, Touched};
use crate::{RecordRef, View};

/// Schemas' expressions know no time.
const NO_TIME: Timestamp = Timestamp::from_micros(0);

/// A record for which something is wrong that follows from others.
pub(super) struct Wrong {
    pub(super) record: RecordRef,
    /// The operation that made it so.
    pub(super) operation: usize,
    pub(super) violations: Vec<Violation>,
}

type Computing<T = ()> = Result<T, Box<Wrong>>;

/// Brings every stored computed field that the command bears on to what it is with the command.
///
/// # Errors
/// A field cannot hold its result, or a check over it does not hold: the operation that made it so.
pub(super) fn compute(view: &View<'_>, overlay: &mut Overlay, now: Timestamp) -> Computing {
    let catalog = view.state().catalog();
    for &(model, field) in &catalog.stored {
        let operand = &catalog.models[model].computed[field].as_ref().expect("is computed").operand;
        match operand {
            Operand::Aggregate(aggregate) => aggregated(view, overlay, (model, field), aggregate)?,
            _ => reckoned(view, overlay, (model, field), operand)?,
        }
    }
    judge(view, overlay, now)
}

/// An expression of a record's own fields, for each record that is touched.
fn reckoned(view: &View<'_>, overlay: &mut Overlay, (model, field): (usize, usize), operand: &Operand) -> Computing {
    let keys: Vec<Key> = overlay.keys_of(model).cloned().collect();
    for key in keys {
        let Some(Touched { after: Some(after), operation, .. }) = overlay.get(model, &key) else { continue };
        let result = operand.value(after.as_slice(), NO_TIME);
        put(view, overlay, (model, &key, field), *operation, result)?;
    }
    Ok(())
}

fn aggregated(
    view: &View<'_>,
    overlay: &mut Overlay,
    (model, field): (usize, usize),
    aggregate: &Aggregate,
) -> Computing {
    let concerned = concerned(view, overlay, (model, field), aggregate);
    if aggregate.adds_up() {
        return summed(view, overlay, (model, field), aggregate, concerned);
    }
    for (key, operation) in concerned {
        let Some((values, _)) = overlay.current(view, model, &key) else { continue };
        let record = OfOverlay { view, overlay, model, values: Cow::Owned(values) };
        let result = aggregate.value(&record, NO_TIME);
        put(view, overlay, (model, &key, field), operation, result)?;
        overlay.write_anyway(view, operation, (model, &key), field);
    }
    Ok(())
}

/// The records whose aggregate touched ones belong to or belonged to, each with the operation that touched one of them last.
fn concerned(
    view: &View<'_>,
    overlay: &Overlay,
    (model, field): (usize, usize),
    aggregate: &Aggregate,
) -> BTreeMap<Key, usize> {
    let catalog = view.state().catalog();
    let mut found = BTreeMap::new();
    for (of, key, touched) in overlay.iter() {
        if !touched.is_changed() {
            continue;
        }
        // A new record has no former value, and one that is made anew in the place of another has not the other's.
        let is_as_it_was =
            |after: &Vec<Value>| touched.before.as_ref().is_some_and(|(_, before)| before[field] == after[field]);
        if of == model && !touched.after.as_ref().is_none_or(is_as_it_was) {
            found.entry(key.clone()).or_insert(touched.operation);
        }
        for feed in catalog.feeds[of].iter().filter(|feed| (feed.model, feed.field) == (model, field)) {
            if !bears_on(&catalog.models[of], touched, feed.role, aggregate) {
                continue;
            }
            let parents = parents(view, overlay, (of, key, touched), feed);
            found.extend(parents.into_iter().map(|parent| (parent, touched.operation)));
        }
    }
    found
}

/// What a record is to an aggregate: where it leads, and what is taken of it.
type Bearing = (Option<Key>, Option<Key>, Option<Value>);

/// Whether what a touched record is to an aggregate is another than it was.
fn bears_on(entry: &ModelEntry, touched: &Touched, role: Role, aggregate: &Aggregate) -> bool {
    let part = |values: &[Value]| aggregate.part(values, NO_TIME).ok();
    let bearing = |values: &[Value]| -> Bearing {
        let leads = |relation: usize| entry.relation_key(relation, values);
        match (role, &aggregate.ways[..]) {
            (Role::Refers { relation }, [_]) => match part(values) {
                Some(Value::Null) => (None, None, None),
                part => (leads(relation), None, part),
            },
            (Role::Refers { relation }, [_, Way::Out { relation: far, .. }]) => (leads(relation), leads(*far), None),
            _ => (None, None, part(values)),
        }
    };
    let of =
        |values: Option<&Vec<Value>>| values.filter(|values| !entry.is_deleted(values)).map(|values| bearing(values));
    of(touched.before.as_ref().map(|(_, values)| values)) != of(touched.after.as_ref())
}

/// The keys of the records that a touched one feeds.
fn parents(
    view: &View<'_>,
    overlay: &Overlay,
    (of, key, touched): (usize, &Key, &Touched),
    feed: &Feed,
) -> BTreeSet<Key> {
    let models = &view.state().catalog().models;
    match feed.role {
        Role::Refers { relation } => {
            let versions = touched.before.as_ref().map(|(_, values)| values).into_iter().chain(&touched.after);
            versions.filter_map(|values| models[of].relation_key(relation, values)).collect()
        }
        // Who led there and does not any more is touched itself.
        Role::Referred { through, far, near } => referring(view, overlay, through, far, key)
            .iter()
            .filter_map(|middle| overlay.current(view, through, middle))
            .filter_map(|(values, _)| models[through].relation_key(near, &values))
            .collect(),
    }
}

/// A count or an exact sum: the former one, and what each touched record adds and takes.
fn summed(
    view: &View<'_>,
    overlay: &mut Overlay,
    (model, field): (usize, usize),
    aggregate: &Aggregate,
    concerned: BTreeMap<Key, usize>,
) -> Computing {
    let [Way::In { model: of, relation }] = aggregate.ways[..] else { unreachable!("sums go one step") };
    let mut totals: BTreeMap<Key, Value> = BTreeMap::new();
    for key in concerned.keys() {
        let former = match overlay.get(model, key) {
            Some(touched) => touched.before.as_ref().map(|(_, values)| values[field].clone()),
            None => overlay.current(view, model, key).map(|(values, _)| values[field].clone()),
        };
        totals.insert(key.clone(), former.filter(|value| *value != Value::Null).unwrap_or_else(|| aggregate.of_none()));
    }
    let entry = &view.state().catalog().models[of];
    for (_, _, touched) in overlay.iter().filter(|(model, _, touched)| *model == of && touched.is_changed()) {
        let before = touched.before.as_ref().map(|(_, values)| values);
        for (values, is_more) in
            before.map(|values| (values, false)).into_iter().chain(touched.after.iter().map(|values| (values, true)))
        {
            let key = entry.relation_key(relation, values).filter(|_| !entry.is_deleted(values));
            let Some((key, total)) = key.and_then(|key| totals.get_mut(&key).map(|total| (key, total))) else {
                continue;
            };
            let shifted = aggregate.part(values.as_slice(), NO_TIME).and_then(|part| match is_more {
                true => aggregate.shifted(total, &Value::Null, &part),
                false => aggregate.shifted(total, &part, &Value::Null),
            });
            *total = fits(view, (model, &key, field), concerned[&key], shifted)?;
        }
    }
    for (key, total) in totals {
        put(view, overlay, (model, &key, field), concerned[&key], Ok(total))?;
    }
    Ok(())
}

/// A record gets the value of a computed field.
fn put(
    view: &View<'_>,
    overlay: &mut Overlay,
    (model, key, field): (usize, &Key, usize),
    operation: usize,
    result: Result<Value, lithair_model::Fault>,
) -> Computing {
    let value = result.map_or_else(|fault| fits(view, (model, key, field), operation, Err(fault)), Ok)?;
    let entry = &view.state().catalog().models[model];
    let value = fitted(&entry.schema.fields[field], Ok(value))
        .map_err(|violation| wrong(entry, key, operation, vec![violation]))?;
    overlay.maintain(view, operation, (model, key), (field, value));
    Ok(())
}

fn fits(
    view: &View<'_>,
    (model, key, field): (usize, &Key, usize),
    operation: usize,
    result: Result<Value, lithair_model::Fault>,
) -> Computing<Value> {
    let entry = &view.state().catalog().models[model];
    match result {
        Ok(value) => Ok(value),
        Err(fault) => {
            let violation = fitted(&entry.schema.fields[field], Err(fault)).expect_err("a fault fits no field");
            Err(wrong(entry, key, operation, vec![violation]))
        }
    }
}

pub(super) fn wrong(entry: &ModelEntry, key: &Key, operation: usize, violations: Vec<Violation>) -> Box<Wrong> {
    Box::new(Wrong { record: RecordRef::new(entry.place, key.clone()), operation, violations })
}

/// The checks over what is computed from other records, of every touched record.
fn judge(view: &View<'_>, overlay: &Overlay, now: Timestamp) -> Computing {
    for (model, key, touched) in overlay.iter() {
        let entry = &view.state().catalog().models[model];
        let Some(after) = touched.after.as_ref().filter(|_| touched.is_changed()) else { continue };
        let violations = judge_computed(entry, after, now);
        if !violations.is_empty() {
            return Err(wrong(entry, key, touched.operation, violations));
        }
    }
    Ok(())
}

/// A record with those around it, as things are so far.
pub(super) struct OfOverlay<'a> {
    pub(super) view: &'a View<'a>,
    pub(super) overlay: &'a Overlay,
    pub(super) model: usize,
    pub(super) values: Cow<'a, [Value]>,
}

impl OfOverlay<'_> {
    fn entry(&self) -> &ModelEntry {
        &self.view.state().catalog().models[self.model]
    }

    /// Hands out a record, if it is there; what is in the trash is not.
    fn visit(&self, model: usize, key: &Key, each: &mut dyn FnMut(&dyn Fields) -> bool) -> bool {
        let Some((values, _)) = self.overlay.current(self.view, model, key) else { return true };
        let record = OfOverlay { view: self.view, overlay: self.overlay, model, values: Cow::Owned(values) };
        record.entry().is_deleted(&record.values) || each(&record)
    }
}

impl Fields for OfOverlay<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Borrowed(&self.values[place])
    }

    fn key(&self) -> Option<Key> {
        Some(self.entry().key_of(&self.values))
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        match way {
            Way::Out { model, relation } => {
                let entry = &self.view.state().catalog().models[model];
                if let Some(key) = entry.relation_key(relation, &self.values) {
                    self.visit(entry.targets[relation], &key, each);
                }
            }
            Way::In { model, relation } => {
                let key = self.entry().key_of(&self.values);
                let children = referring(self.view, self.overlay, model, relation, &key);
                children.iter().all(|child| self.visit(model, child, each));
            }
        }
    }
}
