//! Who may do what, and why: what operators ask, by the command line, the socket of the data directory, and HTTP.
//!
//! Nothing is stored, and no value of a record is told: rules are, and whether they are true of it.

mod attempt;
mod matrix;
mod names;
mod question;
#[cfg(test)]
mod tests;

use attempt::{Found, Wanted};
use lithair_model::{
    Asker, Backend, BeforeSchema, Decision, ModelEntry, Principal, Right, Step, Timestamp, Truth, right_text,
};
pub(crate) use matrix::matrix_of;
pub use matrix::{matrix, who_can};
pub use question::{Described, MatrixOf, Question, WhoCan};
use serde_json::{Map, Value as Json, json};

use crate::admin::AdminError;
use crate::authority::Authority;

/// Answers a question on the records as they are now. An administrator of one tenant asks about that one alone.
///
/// # Errors
/// It names what is not there, or cannot be.
pub fn explain(
    backend: &dyn Backend,
    mut question: Question,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let who = question.who.take().map_or(Principal::Anonymous, Described::principal);
    explain_of(backend, &who, question, by, now)
}

/// The same, of somebody whom the server knows.
pub(crate) fn explain_of(
    backend: &dyn Backend,
    who: &Principal,
    question: Question,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let catalog = backend.catalog();
    let (name, key) = match question.of.split_once('/') {
        Some((name, key)) => (name, Some(key)),
        None => (question.of.as_str(), None),
    };
    let model = names::model(catalog, name)?;
    let right = names::right(model, &question.can)?;
    let field = question.field.as_deref().map(|name| names::field(model, name)).transpose()?;
    if !who.is_anonymous() {
        Authority::new(catalog, by).is_over(who.tenant())?;
    }
    let asker = Asker { catalog, principal: who, now };
    let moment = backend.view(None).map_err(AdminError::Moment)?;
    let found = Found::of(model, key, &*moment)?.known_to(model, by);
    let hooks = hooks(model, right).filter(|_| question.body.is_some()).collect::<Vec<_>>();
    let asked = Wanted { right, field, body: question.body };
    let decision = found.decide(&asker, model, asked, &*moment)?;
    let who = who.actor().unwrap_or("anonymous");
    let asked = json!({ "who": who, "can": right_text(right), "of": question.of });
    let mut told = json!({ "asked_by": by.actor(), "position": moment.position().get() });
    if !hooks.is_empty() {
        told["hooks_not_run"] = hooks.into();
    }
    Ok(merged([asked, document(model, &decision, right, field), told]))
}

/// The hooks that a change runs on what is sent before it is judged. Nothing is explained by running the application's code, so what they
/// would make of it is not known.
fn hooks(model: &ModelEntry, right: Right) -> impl Iterator<Item = &'static str> {
    let runs = move |hook: &&BeforeSchema| match right {
        Right::Create => hook.create,
        Right::Update => hook.update,
        _ => false,
    };
    model.schema.hooks_before.iter().filter(runs).map(|hook| hook.name)
}

/// What decided, as JSON.
fn document(model: &ModelEntry, decision: &Decision, right: Right, field: Option<usize>) -> Json {
    let decided = &decision.steps[decision.decided_by];
    let mut said = json!({
        "allowed": decision.allowed.word(),
        "status": decision.status,
        "decided_by": { "clause": decided.clause, "rule": decided.rule, "of": decided.of },
        "would_change": decision.would_change,
        "steps": decision.steps.iter().map(step).collect::<Vec<_>>(),
    });
    if let (Right::Read, Some(place), true) = (right, field, decision.status == 200) {
        let field = model.schema.fields[place];
        said["shown"] = match decision.allowed {
            Truth::Yes => json!(format!("`{}` is shown", field.wire)),
            Truth::No if field.access.mask.is_some() => {
                json!(format!("`{}` is masked, and named in `_redacted`", field.wire))
            }
            Truth::No => json!(format!("`{}` is left out, and named in `_redacted`", field.wire)),
            Truth::Depends => json!(format!("whether `{}` is shown depends on the record", field.wire)),
        };
    }
    said
}

fn step(step: &Step) -> Json {
    let parts: Vec<Json> =
        step.parts.iter().map(|(what, holds)| json!({ "what": what, "holds": holds.word() })).collect();
    let mut said = json!({ "clause": step.clause, "rule": step.rule, "of": step.of, "holds": step.holds.word() });
    if !parts.is_empty() {
        said["any_of"] = parts.into();
    }
    said
}

fn merged(parts: [Json; 3]) -> Json {
    let members = parts.into_iter().filter_map(|part| match part {
        Json::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().collect::<Map<_, _>>().into()
}
