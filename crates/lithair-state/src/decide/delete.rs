//! Deleting a record, and what refers to it.

use lithair_model::{Key, ModelEntry, OnDelete, RefusalReason, Timestamp, Value, default_of};

use super::candidate::stamp;
use super::overlay::Overlay;
use crate::View;

/// Takes the record away, and does to those that refer to it what their relations say, however far that leads. A relation that restricts
/// is judged at the end, when later operations have had their say.
pub(super) fn delete(
    view: &View<'_>,
    overlay: &mut Overlay,
    operation: usize,
    model: usize,
    key: Key,
    now: Timestamp,
) -> Result<(), RefusalReason> {
    let catalog = view.state().catalog();
    // A list instead of recursion: cascades may be long, and may lead in circles.
    let mut doomed = vec![(model, key)];
    while let Some((model, key)) = doomed.pop() {
        if !overlay.exists(view, model, &key) {
            continue;
        }
        overlay.set(view, operation, model, key.clone(), None);
        for referrer in &catalog.models[model].referrers {
            if referrer.on_delete == OnDelete::Restrict {
                continue;
            }
            for child in referring(view, overlay, referrer.model, referrer.relation, &key) {
                if matches!(referrer.on_delete, OnDelete::Cascade | OnDelete::Soft) {
                    doomed.push((referrer.model, child));
                } else {
                    let child_model = &catalog.models[referrer.model];
                    let (values, _) = overlay.current(view, referrer.model, &child).expect("it refers, so it exists");
                    let before = values.clone();
                    let mut values = released(child_model, referrer.relation, referrer.on_delete, values);
                    stamp(child_model, &before, &[], &mut values, now);
                    overlay.set(view, operation, referrer.model, child, Some(values));
                }
            }
        }
    }
    Ok(())
}

/// The records that refer to `key` as things are so far, in the order of their keys.
pub(super) fn referring(view: &View<'_>, overlay: &Overlay, model: usize, relation: usize, key: &Key) -> Vec<Key> {
    let entry = &view.state().catalog().models[model];
    let stored = view.referrers(model, relation, key).filter(|child| overlay.get(model, child).is_none());
    let touched = overlay.iter().filter(|(of, _, touched)| {
        let refers = |values: &Vec<Value>| entry.relation_key(relation, values).as_ref() == Some(key);
        *of == model && touched.after.as_ref().is_some_and(refers)
    });
    let mut children: Vec<Key> = stored.chain(touched.map(|(_, child, _)| child.clone())).collect();
    children.sort_unstable();
    children
}

/// The values of a record that no longer refers. Of several fields, those change that can: one that is null is enough.
fn released(entry: &ModelEntry, relation: usize, on_delete: OnDelete, mut values: Vec<Value>) -> Vec<Value> {
    for &place in entry.schema.relations[relation].fields {
        let released = match on_delete {
            // A default of a reference is a constant; the time plays no part.
            OnDelete::SetDefault => default_of(entry, place, Timestamp::from_micros(0)),
            _ => entry.schema.fields[place].optional.then_some(Value::Null),
        };
        if let (Some(value), false) = (released, entry.is_key(place)) {
            values[place] = value;
        }
    }
    values
}
