//! `schema diff`, `migrate plan`, `migrate apply`.

use lithair_model::{Class, ModelSchema};
use serde_json::json;

use super::{Exit, Failure, Output, inspect};
use crate::config::Config;
use crate::migration::{Survey, UnderWay, apply as do_it, survey};
use crate::progress::Progress;
use crate::server::ServeError;
use crate::startup::StartError;

/// A line a change. The exit code says whether the program starts on the data as it is.
pub(super) fn diff(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let survey = survey_of(config, schemas)?;
    print(output, &survey);
    Ok(if survey.class() == Class::Compatible { Exit::Ok } else { Exit::Failed })
}

/// What `apply` would do.
pub(super) fn plan(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let survey = survey_of(config, schemas)?;
    print(output, &survey);
    conclude(output, &survey)
}

/// Does it.
pub(super) fn apply(
    output: Output,
    config: &Config,
    schemas: Vec<&'static ModelSchema>,
    yes: bool,
) -> Result<Exit, Failure> {
    if !yes {
        let survey = survey_of(config, schemas)?;
        print(output, &survey);
        return match survey.class() {
            Class::Plan => Err(Failure::new(Exit::Usage, "nothing was done: `migrate apply --yes` does it")),
            _ => conclude(output, &survey),
        };
    }
    let media = inspect::directory(&config.data)?;
    let progress = Progress::counter(output.is_json());
    let outcome = do_it(media, schemas, config.engine.clone(), &|records| progress.reached(records));
    progress.end();
    let applied = outcome.map_err(failure)?;
    print(output, &applied.survey);
    let json = json!({ "applied": true, "records": applied.records });
    output.line(&json, format_args!("done: {} records changed", applied.records));
    Ok(Exit::Ok)
}

fn survey_of(config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Survey, Failure> {
    let media = inspect::directory(&config.data)?;
    survey(media, schemas, &config.engine).map_err(failure)
}

fn failure(error: StartError) -> Failure {
    ServeError::Start(error).into()
}

fn print(output: Output, survey: &Survey) {
    for told in &survey.changes {
        output.line(&told.json(), told.words());
    }
    for problem in &survey.broken {
        let class = Class::Refused.word();
        output.line(&json!({ "class": class, "detail": problem }), format_args!("{class}: {problem}"));
    }
    for UnderWay { table, records } in &survey.under_way {
        let (class, detail) = (Class::Plan.word(), format!("a migration of `{table}` is under way"));
        let json = json!({ "class": class, "table": table, "field": null, "detail": detail, "records": records });
        let left = records.map(|records| format!(", {records} records are left")).unwrap_or_default();
        output.line(&json, format_args!("{class}: {detail}{left}"));
    }
}

fn conclude(output: Output, survey: &Survey) -> Result<Exit, Failure> {
    match survey.class() {
        Class::Refused => {
            Err(Failure::new(Exit::Refused, "the models do not fit the data: nothing can be done as they are"))
        }
        Class::Plan => {
            output.note("nothing was done yet: `migrate apply --yes` does it");
            Ok(Exit::Ok)
        }
        Class::Compatible => {
            output.note("there is nothing to do: a start takes the models as they are");
            Ok(Exit::Ok)
        }
    }
}
