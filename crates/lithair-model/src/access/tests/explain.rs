//! What an operator is told: each clause in the order of the server, which of them decided, and what would change it.

mod change;
mod commands;
mod fields;
mod model;
mod read;
mod trash;

use std::fmt::Write as _;

use expect_test::Expect;

use self::model::*;
use super::NOTE;
use super::conditions::Of;
use crate::testing::catalog;
use crate::{
    AccessSchema, Asked, Asker, Attempt, Comparison, Credential, Decision, Identity, Literal, ModelSchema, Policy,
    PolicySchema, Principal, Right, Scopes, Sides, Step, System, Timestamp, Truth, Value,
};

/// What somebody attempts, and with which record.
struct Tried<'a> {
    right: Right,
    before: Option<Vec<Value>>,
    after: Option<Vec<Value>>,
    fields: &'a [usize],
    record: Asked,
}

impl Tried<'_> {
    /// With no record in particular.
    const fn of(right: Right) -> Self {
        Self { right, before: None, after: None, fields: &[], record: Asked::Any }
    }

    /// With a record that is there.
    fn with(right: Right, before: Vec<Value>) -> Self {
        Self { before: Some(before), record: Asked::There, ..Self::of(right) }
    }
}

/// Explains each case and shows them one below the other, under their titles.
#[track_caller]
fn check<const N: usize>(schema: &'static ModelSchema, cases: [(&str, Principal, Tried<'_>); N], expected: Expect) {
    let catalog = catalog(&[schema]);
    let model = &catalog.models[0];
    let mut text = String::new();
    for (title, who, tried) in &cases {
        let asker = Asker { catalog: &catalog, principal: who, now: Timestamp::from_micros(0) };
        let (own, new) = (tried.before.as_deref().map(Of), tried.after.as_deref().map(Of));
        let before = tried.before.as_deref();
        let is = own.as_ref().map(|own| Sides { model, own, before, input: &[] });
        let would_be = new.as_ref().map(|own| Sides { model, own, before, input: &[] });
        let attempt = Attempt {
            model: 0,
            right: tried.right,
            before: is.as_ref(),
            after: would_be.as_ref(),
            fields: tried.fields,
            record: tried.record,
        };
        _ = write!(text, "{title}: {}", shown(&asker.explain(&attempt)));
    }
    expected.assert_eq(&text);
}

/// What the clauses of files say. Where a step says just this, it is shown by its clause alone.
const SAID: &[(&str, &str)] = &[
    ("File: tenant", "org = actor.tenant"),
    ("File: read", "owner || role(Clerk)"),
    ("File: create", "authenticated"),
    ("File: update", "owner || role(Editor)"),
    ("File: delete", "role(Chief)"),
    ("File: history", "role(Clerk)"),
    ("File: deny(update, delete)", "locked && !(role(Chief))"),
    ("File: after(update)", "before.title = title"),
    ("File: command(cool)", "public"),
    ("File: cool by", "role(Editor)"),
    ("File: owner", "`holder` is the subject of whoever creates the record"),
    ("File.secret: read", "owner || role(Chief)"),
    ("File.secret: create", "role(Editor)"),
    ("File.secret: update", "role(Chief)"),
];

/// What came of it; then the steps, those of the same side and status on one line; then, after `~`, what would change it.
///
/// A step is `+` if it holds, `-` if not and `?` if that depends on the record, so are its alternatives, and `>` is the one that decided.
fn shown(decision: &Decision) -> String {
    let mut text = format!("{} {}", decision.allowed.word(), decision.status);
    let mut last = None;
    for (place, step) in decision.steps.iter().enumerate() {
        let of = step.of.trim_start_matches("the record as it ");
        match last.replace((of, step.status)) == Some((of, step.status)) {
            true => text += "; ",
            false => _ = write!(text, "\n  {of} {}: ", step.status),
        }
        text += if place == decision.decided_by { ">" } else { "" };
        text += &shown_step(step);
    }
    for change in &decision.would_change {
        _ = write!(text, "\n  ~ {}", change.join(" and "));
    }
    text + "\n"
}

fn shown_step(step: &Step) -> String {
    let sign = |holds: &Truth| match holds {
        Truth::Yes => '+',
        Truth::No => '-',
        Truth::Depends => '?',
    };
    let clause = step.clause.trim_start_matches("File: ");
    let mut text = format!("{}{clause}", sign(&step.holds));
    if !SAID.contains(&(step.clause.as_str(), step.rule.as_str())) {
        _ = write!(text, ": {}", step.rule);
    }
    let parts: Vec<_> = step.parts.iter().map(|(part, holds)| format!("{}{part}", sign(holds))).collect();
    if !parts.is_empty() {
        _ = write!(text, " [{}]", parts.join(" "));
    }
    text
}
