//! `rbac`: who may do what, and why.

use lithair_model::{
    Asker, Backend, Credential, Identity, ModelEntry, ModelSchema, Moment, MomentFields, Principal, Right, Scopes,
    Tally, permission_columns, right_text,
};
use serde_json::json;

use super::documents::catalog;
use super::{Exit, Failure, Output};
use crate::config::Config;
use crate::seal::now;
use crate::server;

/// The rights that every model has.
const RIGHTS: [Right; 6] = [Right::Read, Right::Create, Right::Update, Right::Delete, Right::History, Right::Export];
/// Related records that an explanation looks at.
const LOOKED_AT_MAX: u64 = 1_000_000;

/// The rights to a model: those that all have, and its commands.
fn rights(model: &ModelEntry) -> impl Iterator<Item = Right> {
    RIGHTS.into_iter().chain(model.actions().map(Right::Command))
}

/// Who has which right, by who they are. `by record` depends on the record.
pub(super) fn matrix(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    markdown: bool,
) -> Result<Exit, Failure> {
    let catalog = catalog(config, schemas)?;
    let columns = permission_columns(&catalog.roles);
    let names: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
    if markdown {
        output.line(&json!({ "columns": names }), format!("| model | right | {} |", names.join(" | ")));
        output.line(&json!({}), format!("|---|---|{}", "---|".repeat(names.len())));
    }
    for model in catalog.shown() {
        for right in rights(model) {
            let cell =
                |principal: &Principal| Asker { catalog: &catalog, principal, now: now() }.in_words(model.place, right);
            let cells: Vec<String> = columns.iter().map(|(_, principal)| cell(principal)).collect();
            let (name, right) = (model.schema.name, right_text(right));
            let words = match markdown {
                true => format!("| {name} | {right} | {} |", cells.join(" | ")),
                false => {
                    let each = names.iter().zip(&cells).map(|(name, cell)| format!("{name}: {cell}"));
                    format!("{name} {right}: {}", each.collect::<Vec<_>>().join(", "))
                }
            };
            let who: serde_json::Map<String, serde_json::Value> =
                names.iter().zip(&cells).map(|(name, cell)| ((*name).to_owned(), json!(cell))).collect();
            output.line(&json!({ "model": name, "right": right, "who": who }), words);
        }
    }
    Ok(Exit::Ok)
}

/// Somebody, as the command line says it.
pub(super) fn principal(subject: Option<&str>, roles: Vec<String>, tenant: Option<&str>) -> Principal {
    let Some(subject) = subject else { return Principal::Anonymous };
    let identity = Identity::new(Credential::Session, subject).with_roles(roles).with_scopes(Scopes::All);
    match tenant {
        Some(tenant) => identity.of_tenant(tenant).into(),
        None => identity.into(),
    }
}

/// Why somebody may do something with a record, or may not.
pub(super) fn explain(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    who: Principal,
    can: &str,
    record: &str,
) -> Result<Exit, Failure> {
    let usage = |detail: String| Failure::new(Exit::Usage, detail);
    let (name, key) = record.split_once('/').ok_or_else(|| usage("expected a record, `Article/7`".to_owned()))?;
    let engine = server::open(config, schemas, Box::new(drop))?;
    let catalog = engine.catalog();
    let model = catalog.shown().find(|model| model.schema.name == name || model.schema.path == name);
    let model = model.ok_or_else(|| usage(format!("there is no model `{name}`")))?;
    let right =
        rights(model).find(|right| right_text(*right) == can || *right == Right::Command(can_static(model, can)));
    let right = right.ok_or_else(|| usage(format!("`{can}` is no right to `{name}`")))?;
    let key = model.parse_key(key).map_err(|violation| usage(violation.detail))?;
    let moment = engine.view(None).map_err(|error| usage(format!("{error:?}")))?;
    let row = Moment::row(&*moment, model.place, &key).ok_or_else(|| usage(format!("there is no record {record}")))?;
    let tally = Tally::new(LOOKED_AT_MAX);
    let fields = MomentFields { catalog, moment: &*moment, model, row: &row, tally: &tally };
    let decision = Asker { catalog, principal: &who, now: now() }.explain(model.place, right, &fields);
    let verdict = if decision.allowed { "allowed" } else { "denied" };
    output.line(
        &json!({ "record": record, "right": right_text(right), "allowed": decision.allowed }),
        verdict.to_owned(),
    );
    for reason in &decision.reasons {
        let sign = if reason.speaks_for { "+" } else { "-" };
        output
            .line(&json!({ "what": reason.what, "speaks_for": reason.speaks_for }), format!("{sign} {}", reason.what));
    }
    Ok(if decision.allowed { Exit::Ok } else { Exit::Failed })
}

/// The name of a command as the model has it.
fn can_static(model: &ModelEntry, can: &str) -> &'static str {
    model.actions().find(|name| *name == can).unwrap_or_default()
}
