//! Records that the server changes by itself: those whose reference is taken away, and those that go to the trash or come back. Nobody sent
//! what they become, and it is held to their rules all the same.

use lithair_model::{ModelEntry, Timestamp, Value, Violation};

use super::computed::{Wrong, wrong};
use super::overlay::Overlay;
use crate::View;

/// Refuses an act that breaks a rule of a record that follows it. What a record broke before stays broken: a date that is over by now does
/// not keep anybody from deleting. Asked once everything is known: a later operation may mend the record, or take it away.
///
/// # Errors
/// The first record with which something is wrong, and the operation that made it so.
pub(super) fn judge(view: &View<'_>, overlay: &Overlay, now: Timestamp) -> Result<(), Box<Wrong>> {
    for (record, touched) in overlay.followers() {
        let Some(after) = &touched.after else { continue };
        let entry = &view.state().catalog().models[record.model];
        let before = touched.before.as_ref().map(|(_, values)| values.as_slice());
        let violations = newly_broken(entry, before, after, now);
        if !violations.is_empty() {
            return Err(wrong(entry, &record.key, touched.operation, violations));
        }
    }
    Ok(())
}

/// The rules that a record breaks and did not break before.
fn newly_broken(entry: &ModelEntry, before: Option<&[Value]>, after: &[Value], now: Timestamp) -> Vec<Violation> {
    let mut broken = lithair_model::judge(entry, after, now);
    if let (false, Some(before)) = (broken.is_empty(), before) {
        let former = lithair_model::judge(entry, before, now);
        broken.retain(|violation| !former.contains(violation));
    }
    broken
}
