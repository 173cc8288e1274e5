//! What comes back: a record as it was at a revision, and one that is in the trash.

use lithair_model::oracle::{Asked, Verdict};
use lithair_model::{Backend as _, OperationKind, Right, Value, Version};
use serde_json::json;

use super::writing::{Wish, Writing, explained};
use super::{Past, Scene};
use crate::testing::factory::{broken, now};

impl Writing<'_> {
    /// Restores to revisions: of each kind once where that is done.
    pub(super) fn restores(&mut self) -> Result<(), String> {
        if !self.suite.offers(self.model, &[OperationKind::History, OperationKind::Update]) {
            return Ok(());
        }
        let mut done: Vec<u64> = Vec::new();
        let of_model = self.scene.past.iter().filter(|past| past.model == self.model);
        for past in of_model.cloned().collect::<Vec<_>>() {
            let Some((row, revision)) = self.today(&past) else { continue };
            let Some((then, after)) = self.restored(&row, past.revision) else { continue };
            let expected = self.scene.world().restore(self.caller, self.model, &row, &then, &after);
            let expected = self.unless_hooked(expected, &[&row, &after]);
            if expected == Verdict::Done && done.contains(&past.revision) {
                continue;
            }
            let path = format!("{}:restore", self.path(&row));
            let body = Some(json!({ "rev": past.revision }));
            let wish = Wish { method: "POST", path, body, revision: Some(revision) };
            // Who may know no past at all is told so, whatever the key.
            let is_told = expected == Verdict::NotFound && self.knows_no_past();
            let also = if is_told { Verdict::Forbidden } else { expected };
            if self.expect_either(&wish, [expected, also])? {
                done.push(past.revision);
                self.became("a restore", &row, &after)?;
                self.put_back(&row)?;
            }
        }
        Ok(())
    }

    /// A record that has a past, as it is; none where it is gone or in the trash.
    fn today(&self, past: &Past) -> Option<(Vec<Value>, u64)> {
        let key = self.suite.schema(self.model).key;
        let is_it = |(row, _): &(Vec<Value>, u64)| key.iter().all(|place| row[*place] == past.today[*place]);
        self.records().into_iter().find(is_it)
    }

    /// What a record was at a revision, and what it is once it is so again. None where that is no matter of permissions: where it is not kept,
    /// breaks a rule, or no way leads back.
    fn restored(&self, row: &[Value], revision: u64) -> Option<(Vec<Value>, Vec<Value>)> {
        let engine = self.suite.server.engine();
        let place = engine.catalog().by_table(self.suite.schema(self.model).table)?;
        let served = &engine.catalog().models[place];
        let key = self.suite.model(self.model).key_of(row);
        let past = engine.past(place, &key, Version::Revision(revision), now()).ok()?;
        let then: Vec<Value> = (0..row.len()).map(|place| served.field(&past.row, place)).collect();
        let mut after = self.scene.world().restored(self.model, row, &then);
        let entry = self.suite.model(self.model);
        let _ = entry.compute_own(&mut after);
        let states = (0..row.len()).filter(|place| entry.schema.fields[*place].states.is_some());
        let is_there = states.into_iter().all(|place| row[place] == after[place]);
        (is_there && past.let_go.is_empty() && broken(entry, &after, now()).is_empty()).then_some((then, after))
    }

    /// Whether the caller may know the past of no record of the model.
    fn knows_no_past(&self) -> bool {
        let (world, model) = (self.scene.world(), self.model);
        let knows = |row: &Vec<Value>| world.may(self.caller, Right::History, Asked::of(model, row));
        self.scene.rows[model].iter().all(|row| knows(row) == Some(false))
    }

    /// Records come back from the trash, or are gone for good.
    pub(super) fn out_of_the_trash(&mut self) -> Result<(), String> {
        let Some(mark) = self.suite.model(self.model).deleted_at else { return Ok(()) };
        if !self.suite.offers(self.model, &[OperationKind::Delete]) {
            return Ok(());
        }
        let mut was_done = false;
        for number in 0..self.trash().len() {
            let Some((row, revision)) = self.trash().into_iter().nth(number) else { break };
            for name in ["restore", "purge"] {
                let right = Right::Command(name);
                let expected = self.scene.world().act(self.caller, right, self.model, &row);
                // What is gone for good would be missed by those who ask after.
                if expected == Verdict::Done && (was_done || name == "purge") {
                    explained(self.suite, self.scene, (self.model, &row), self.caller, (name, right), 200)?;
                    continue;
                }
                let path = format!("{}:{name}", self.path(&row));
                let wish = Wish { method: "POST", path, body: Some(json!({})), revision: Some(revision) };
                let all = self.scene.rows.clone();
                if self.expect(&wish, expected)? {
                    was_done = true;
                    let mut after = row.clone();
                    after[mark] = Value::Null;
                    self.became(name, &row, &after)?;
                    self.restore(&all)?;
                } else if matches!(expected, Verdict::Forbidden | Verdict::NotFound) {
                    explained(self.suite, self.scene, (self.model, &row), self.caller, (name, right), self.last)?;
                }
            }
        }
        Ok(())
    }

    /// The records in the trash, with their revisions.
    fn trash(&self) -> Vec<(Vec<Value>, u64)> {
        let Scene { rows, revisions, .. } = &*self.scene;
        let rows = rows[self.model].iter().cloned().zip(revisions[self.model].iter().copied());
        rows.filter(|(row, _)| self.suite.model(self.model).is_deleted(row)).collect()
    }
}
