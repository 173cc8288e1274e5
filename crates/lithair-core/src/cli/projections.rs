//! `projections list`, `projections rebuild`.

use lithair_model::ModelSchema;
use serde_json::{Value, json};

use super::arguments::ProjectionsCommand;
use super::{Exit, Failure, Output, inspect};
use crate::client::{Client, Response};
use crate::config::Config;
use crate::projections::{ProjectionError, ProjectionState, Rebuilt};

const PATH: &str = "/api/lithair/projections";

pub(super) fn run(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    command: &ProjectionsCommand,
) -> Result<Exit, Failure> {
    match command {
        ProjectionsCommand::List { url: Some(url) } => {
            let page = ask(url, "GET", PATH)?;
            let mut states = page["items"].as_array().into_iter().flatten();
            states.all(|state| output.line(state, state));
        }
        ProjectionsCommand::Rebuild { name, url: Some(url) } => {
            ask(url, "POST", &format!("{PATH}/{name}:rebuild"))?;
            output.line(&json!({ "begun": name }), format_args!("begun: `projections list` tells when it is done"));
        }
        ProjectionsCommand::List { url: None } => {
            let engine = open(config, schemas)?;
            engine.projection_states().iter().all(|state| output.line(&state_json(state), state_words(state)));
            engine.close();
        }
        ProjectionsCommand::Rebuild { name, url: None } => {
            let engine = open(config, schemas)?;
            let rebuilt = engine.rebuild_projection(name);
            engine.close();
            let Rebuilt { differed, position } = rebuilt.map_err(|error| match error {
                ProjectionError::Unknown { .. } => Failure::new(Exit::Usage, error),
                other => Failure::new(Exit::Failed, other),
            })?;
            let json = json!({ "rebuilt": name, "differed": differed, "position": position.get() });
            output.line(&json, format_args!("rebuilt up to position {position}: {differed} rows differed"));
        }
    }
    Ok(Exit::Ok)
}

fn open(config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<crate::Engine, Failure> {
    inspect::directory(&config.data)?;
    Ok(crate::server::open(config, schemas, Box::new(drop))?)
}

/// The answer of a server, if it is a good one.
fn ask(url: &str, method: &str, path: &str) -> Result<Value, Failure> {
    let headers = [("content-type", "application/json")];
    let answer: Response =
        Client::new(url)?.request(method, path, &headers, if method == "POST" { "{}" } else { "" })?;
    let body: Value = answer.json().unwrap_or_default();
    if answer.status == 200 {
        return Ok(body);
    }
    let detail = body["detail"].as_str().unwrap_or("no detail");
    Err(Failure::new(Exit::Refused, format!("{method} {path}: {}: {detail}", answer.status)))
}

fn state_json(state: &ProjectionState) -> Value {
    let ProjectionState { projection, version, position, rebuilding, error } = state;
    json!({
        "projection": projection, "version": version, "position": position.get(), "rebuilding": rebuilding, "error": error,
    })
}

fn state_words(state: &ProjectionState) -> String {
    let ProjectionState { projection, version, position, rebuilding, error } = state;
    let rebuilding = if *rebuilding { ", to be folded again" } else { "" };
    let error = error.as_ref().map(|error| format!(", stopped: {error}")).unwrap_or_default();
    format!("{projection}: version {version}, up to position {position}{rebuilding}{error}")
}
