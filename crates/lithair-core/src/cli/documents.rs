//! `schema`, `routes`, `config show`: what the program knows without any data.

use std::sync::Arc;

use lithair_model::{Catalog, ChartForm, ModelSchema, Numbers, schema_document, sql_document};
use serde_json::json;

use super::arguments::Chart;
use super::{Exit, Failure, Output};
use crate::config::{Config, Layers, SETTINGS, Setting};

/// The models as a new log would know them.
pub(super) fn catalog(config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Arc<Catalog>, Failure> {
    let numbers = Numbers::of(&schemas);
    Catalog::bound(schemas, &numbers, &config.engine.bindings)
        .map(Arc::new)
        .map_err(|error| Failure::new(Exit::Usage, error))
}

pub(super) fn schema(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    output.document(&schema_document(&*catalog(config, schemas)?));
    Ok(Exit::Ok)
}

pub(super) fn openapi(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    output.document(&lithair_http::openapi_document(&*catalog(config, schemas)?, &config.http));
    Ok(Exit::Ok)
}

pub(super) fn sql(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let text = sql_document(&*catalog(config, schemas)?);
    output.line(&json!({ "sql": text }), text.trim_end());
    Ok(Exit::Ok)
}

/// The state machines; in JSON, an object a chart.
pub(super) fn charts(
    output: Output,
    config: &Config,
    chart: Chart,
    schemas: Vec<&'static ModelSchema>,
) -> Result<Exit, Failure> {
    let form = match chart {
        Chart::Text => ChartForm::Text,
        Chart::Mermaid => ChartForm::Mermaid,
    };
    for model in &catalog(config, schemas)?.models {
        for chart in lithair_model::charts(model, form) {
            output.line(&json!({ "model": model.schema.name, "chart": chart }), chart);
        }
    }
    Ok(Exit::Ok)
}

pub(super) fn routes(output: Output, config: &Config, schemas: Vec<&'static ModelSchema>) -> Result<Exit, Failure> {
    let http = &config.http;
    for (methods, path) in lithair_http::routes(&*catalog(config, schemas)?, &http.prefixes, &http.auth.providers) {
        let words = format!("{methods:<40} {path}");
        let methods: Vec<&str> = methods.split(", ").collect();
        output.line(&json!({ "methods": methods, "path": path }), words);
    }
    Ok(Exit::Ok)
}

/// Every setting; in words, as TOML.
pub(super) fn settings(output: Output, layers: &Layers, with_origin: bool) -> Result<Exit, Failure> {
    let names = layers.names();
    let keys = |setting: &Setting| match setting.has_names() {
        true => names.iter().map(|name| setting.named(name)).collect(),
        false => vec![setting.key.to_owned()],
    };
    for (key, setting) in SETTINGS.iter().flat_map(|setting| keys(setting).into_iter().map(move |key| (key, setting))) {
        let (text, origin) = (layers.text(&key), layers.origin(&key).to_string());
        let mut json = json!({ "key": key, "value": text, "help": setting.help });
        let mut words = format!("{key} = {text:?}");
        if with_origin {
            words.push_str(&format!("  # {origin}"));
            json["origin"] = origin.into();
        }
        output.line(&json, words);
    }
    Ok(Exit::Ok)
}
