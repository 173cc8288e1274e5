//! Removing for good what was deleted softly long enough ago.

use std::panic::{AssertUnwindSafe, catch_unwind};

use lithair_model::{
    Action, Backend as _, Command, Comparison, Expected, Key, Operand, Operation, Predicate, Principal, Query, Start,
    System, Target, Timestamp, Value,
};

use super::Engine;
use crate::block_on::block_on;

/// Does a part of the purger's work. A panic ends that part alone, and is told: what a record leaves in others when it goes may come from code of
/// the application (`on_update = fn(..)`), and one record that cannot go kept all others until the next start.
#[expect(clippy::print_stderr, reason = "a bug of the application is told to whoever operates the server")]
pub(crate) fn unharmed<R>(what: &str, work: impl FnOnce() -> R) -> Option<R> {
    let done = catch_unwind(AssertUnwindSafe(work)).ok();
    if done.is_none() {
        eprintln!("ERROR: purging {what} panicked: what that was about stays, and is tried again within the hour");
    }
    done
}

/// Records that are looked up at a time.
const PAGE: usize = 500;

impl Engine {
    /// Removes for good every record that was deleted longer before `now` than `soft_delete(purge_after = ..)` of its model keeps it, and
    /// returns how many. One that is still referred to by a relation that restricts stays. Blocks.
    pub fn purge_expired(&self, now: Timestamp) -> usize {
        let models = self.state().catalog().models.iter();
        let kept = models.filter_map(|model| Some((model.place, model.schema.lifecycle.soft_delete?.purge_after?)));
        kept.map(|(model, micros)| self.purge_deleted_before(model, now, now.plus_micros(-micros))).sum()
    }

    fn purge_deleted_before(&self, model: usize, now: Timestamp, limit: Timestamp) -> usize {
        let (mut purged, mut stay) = (0, 0);
        loop {
            let found = self.deleted_before(model, limit, stay);
            if found.is_empty() {
                return purged;
            }
            for (key, revision) in found {
                let action = Action::Purge(Target::Key(key));
                let operations = vec![Operation { model, action, expected: Expected::Revisions(vec![revision]) }];
                let command = Command { now, principal: Principal::System(System::Purge), operations };
                let table = self.state().catalog().models[model].schema.table;
                match unharmed(table, || block_on(self.submit(command))) {
                    Some(Ok(_)) => purged += 1,
                    Some(Err(_)) | None => stay += 1,
                }
            }
        }
    }

    /// The keys of a page of records that were deleted before `limit`, and the revisions that they are at.
    fn deleted_before(&self, model: usize, limit: Timestamp, offset: u64) -> Vec<(Key, u64)> {
        let entry = &self.state().catalog().models[model];
        let place = entry.deleted_at.expect("checked: a model with soft deletes has the field");
        let filter = Predicate::Compare {
            left: Operand::Field(place),
            comparison: Comparison::Less,
            right: Operand::Value(Value::Timestamp(limit)),
            kind: entry.schema.fields[place].kind,
        };
        let query = Query {
            model,
            filter: Some(filter),
            search: None,
            order: Vec::new(),
            start: Start::Offset(offset),
            limit: PAGE,
            count: false,
            at: None,
            scan_rows_max: u64::MAX,
        };
        let page = self.list(&query);
        page.map(|page| page.rows.iter().map(|row| (entry.row_key(row), row.revision)).collect()).unwrap_or_default()
    }
}
