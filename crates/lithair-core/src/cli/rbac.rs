//! `rbac`: who may do what, and why. What is said comes from where it is asked over HTTP, too ([`lithair_auth::AdminRequest`]).

use lithair_auth::{AdminRequest, Described, MatrixOf, Question, WhoCan};
use lithair_model::ModelSchema;
use serde_json::{Map, Value, json};

use super::admin::{Asked, failure};
use super::arguments::{Explain, Matrix, Who};
use super::documents::catalog;
use super::{Exit, Failure, Output};
use crate::config::Config;

/// Who has which right: everybody by what they are, which the program alone says; or one principal, whose roles may be granted where it is asked.
pub(super) fn matrix(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    question: Matrix,
) -> Result<Exit, Failure> {
    let Matrix { of, markdown, who, remote } = question;
    let question = MatrixOf { who: described(who)?, of };
    let matrix = match question.who.is_none() && remote.url.is_none() {
        true => lithair_auth::matrix(&*catalog(config, schemas)?, question.of.as_deref()).map_err(failure)?,
        false => Asked { config, schemas, remote }.ask(AdminRequest::Matrix(question))?,
    };
    let whose = matrix["who"].as_str();
    let columns: Vec<&str> = whose.map_or_else(|| texts(&matrix["columns"]), |who| vec![who]);
    if markdown && !output.is_json() {
        output.text(&format!("| model | right | {} |", columns.join(" | ")));
        output.text(&format!("|---|---|{}", "---|".repeat(columns.len())));
    }
    for row in matrix["items"].as_array().into_iter().flatten() {
        let (model, right) = (text(&row["model"]), text(&row["right"]));
        let cells = columns.iter().map(|column| match whose {
            Some(_) => (None, allowed(row)),
            None => (Some(*column), text(&row["who"][*column]).to_owned()),
        });
        let words = match markdown {
            // A bar would end the cell.
            true => {
                let cells = cells.map(|(_, cell)| cell.replace('|', "\\|")).collect::<Vec<_>>();
                format!("| {model} | {right} | {} |", cells.join(" | "))
            }
            false => {
                let cell = |(column, cell): (Option<&str>, String)| {
                    column.map_or_else(|| cell.clone(), |column| format!("{column}: {cell}"))
                };
                format!("{model} {right}: {}", cells.map(cell).collect::<Vec<_>>().join(", "))
            }
        };
        if !output.line(row, words) {
            break;
        }
    }
    Ok(Exit::Ok)
}

/// Whether one principal may, in words.
fn allowed(row: &Value) -> String {
    let is_masked = row["masked"] == true;
    match (text(&row["allowed"]), is_masked) {
        ("depends", false) => "by record".to_owned(),
        ("depends", true) => "by record, else masked".to_owned(),
        (word, true) => format!("{word}, masked"),
        (word, false) => word.to_owned(),
    }
}

/// Who can do something, whoever they are.
pub(super) fn who_can(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    can: String,
    of: String,
) -> Result<Exit, Failure> {
    let answer = lithair_auth::who_can(&*catalog(config, schemas)?, &WhoCan { can, of }).map_err(failure)?;
    for item in answer["items"].as_array().into_iter().flatten() {
        let (who, can) = (text(&item["who"]), text(&item["can"]));
        let words = match item["when"].as_str() {
            Some(when) => format!("{who}: when {when}"),
            None => format!("{who}: {can}"),
        };
        if !output.line(item, words) {
            break;
        }
    }
    Ok(Exit::Ok)
}

/// Why somebody may do something, or may not: asked of the server that runs on the directory, of the directory where none does, or of a server
/// at an address.
pub(super) fn explain(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    question: Explain,
) -> Result<Exit, Failure> {
    let Explain { who, can, field, body, of, remote } = question;
    let object = |text: String| match serde_json::from_str(&text) {
        Ok(Value::Object(body)) => Ok(body),
        _ => Err(Failure::new(Exit::Usage, "--body: expected a JSON object, such as {\"title\":\"a\"}")),
    };
    let body = body.map(object).transpose()?;
    let question = Question { who: described(who)?, can, of, field, body };
    let answer = Asked { config, schemas, remote }.ask(AdminRequest::Explain(question))?;
    output.line(&answer, words(&answer));
    Ok(if answer["allowed"] == "yes" { Exit::Ok } else { Exit::Failed })
}

/// Whom flags mean; nobody in particular without `--as`.
fn described(who: Who) -> Result<Option<Described>, Failure> {
    let Who { subject, roles, tenant, scopes, claims, key } = who;
    let claims = claims.iter().map(|text| claim(text)).collect::<Result<Map<_, _>, _>>()?;
    let scopes = (!scopes.is_empty()).then_some(scopes);
    Ok(subject.map(|sub| Described { sub, roles, tenant, scopes, claims, key }))
}

/// A claim as a flag says it.
fn claim(said: &str) -> Result<(String, Value), Failure> {
    let (name, value) = said
        .split_once('=')
        .ok_or_else(|| Failure::new(Exit::Usage, format!("--claim {said:?}: expected a name and a value, `team=7`")))?;
    Ok((name.to_owned(), serde_json::from_str(value).unwrap_or_else(|_| json!(value))))
}

fn words(answer: &Value) -> String {
    let verdict = match text(&answer["allowed"]) {
        "yes" => "allowed".to_owned(),
        "no" if answer["status"] == 200 => text(&answer["shown"]).to_owned(),
        "no" => format!("denied: {}", answer["status"]),
        _ => "that depends on the record".to_owned(),
    };
    let decided = &answer["decided_by"];
    let mut lines = vec![verdict];
    lines.push(format!(
        "decided by {} = {}, of {}",
        text(&decided["clause"]),
        text(&decided["rule"]),
        text(&decided["of"])
    ));
    for step in answer["steps"].as_array().into_iter().flatten() {
        lines.push(format!("{} {} = {}", sign(&step["holds"]), text(&step["clause"]), text(&step["rule"])));
        let parts = step["any_of"].as_array().into_iter().flatten();
        lines.extend(parts.map(|part| format!("    {} {}", sign(&part["holds"]), text(&part["what"]))));
    }
    let hooks = texts(&answer["hooks_not_run"]);
    if !hooks.is_empty() {
        let hooks = hooks.join("`, `");
        lines.push(format!("not run: `{hooks}`, which may change what is sent before it is judged"));
    }
    let changes = answer["would_change"].as_array().into_iter().flatten();
    lines.extend(changes.map(|change| format!("would change it: {}", texts(change).join(", and "))));
    lines.join("\n")
}

fn sign(holds: &Value) -> &'static str {
    match text(holds) {
        "yes" => "+",
        "no" => "-",
        _ => "?",
    }
}

fn text(json: &Value) -> &str {
    json.as_str().unwrap_or_default()
}

fn texts(json: &Value) -> Vec<&str> {
    json.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}
