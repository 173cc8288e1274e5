//! Deleting softly, and back: a record stays, with the time at which it went, and those that refer to it go and come with it.

use lithair_model::{Key, Timestamp, Value};

use super::candidate::stamp;
use super::delete::referring;
use super::overlay::Overlay;
use crate::View;

/// Takes the record out of sight, with those whose relation says so, however far that leads.
pub(super) fn bury(view: &View<'_>, overlay: &mut Overlay, operation: usize, place: (usize, Key), now: Timestamp) {
    each(
        view,
        overlay,
        operation,
        place,
        |before| {
            // What went earlier, by itself, does not come back with this one.
            (*before == Value::Null).then_some(Value::Timestamp(now))
        },
        now,
    );
}

/// Brings the record back, with those that went at the same moment. Whether those that it refers to are there is judged at the end.
pub(super) fn unearth(
    view: &View<'_>,
    overlay: &mut Overlay,
    operation: usize,
    place: (usize, Key),
    since: &Value,
    now: Timestamp,
) {
    each(view, overlay, operation, place, |before| (before == since).then_some(Value::Null), now);
}

/// Sets the time of deletion of a record and of those that go with it, where `becomes` has another one for it.
fn each(
    view: &View<'_>,
    overlay: &mut Overlay,
    operation: usize,
    place: (usize, Key),
    becomes: impl Fn(&Value) -> Option<Value>,
    now: Timestamp,
) {
    let catalog = view.state().catalog();
    // A list instead of recursion: it may be long, and may lead in circles.
    let mut waiting = vec![place];
    while let Some((model, key)) = waiting.pop() {
        let entry = &catalog.models[model];
        let (Some(field), Some((before, _))) = (entry.deleted_at, overlay.current(view, model, &key)) else { continue };
        let Some(deleted_at) = becomes(&before[field]) else { continue };
        let mut values = before.clone();
        values[field] = deleted_at;
        stamp(entry, &before, &[], &mut values, now);
        overlay.set(view, operation, model, key.clone(), Some(values));
        for referrer in entry.referrers.iter().filter(|referrer| referrer.is_soft) {
            let children = referring(view, overlay, referrer.model, referrer.relation, &key);
            waiting.extend(children.into_iter().map(|child| (referrer.model, child)));
        }
    }
}
