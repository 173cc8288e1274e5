//! The command line that every application has.

mod arguments;
mod inspect;
mod output;
mod serve;
mod transfer;

use std::ffi::OsString;
use std::sync::Arc;

use clap::Parser as _;
use lithair_model::{Catalog, ModelSchema, Numbers, schema_document, sql_document};

use self::arguments::{Arguments, Command, ConfigCommand, LogCommand};
use self::output::Output;
use crate::config::{Config, Layers, SETTINGS};
use crate::server::ServeError;
use crate::startup::StartError;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// All is well.
    Ok = 0,
    /// A check failed, or part of the work could not be done.
    Failed = 1,
    /// The command line or the settings are wrong.
    Usage = 2,
    /// The server cannot be reached.
    Unreachable = 3,
    /// The server or the data directory refused.
    Refused = 4,
}

/// Why a command ended early.
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl std::fmt::Display) -> Self {
        Self { exit, message: message.to_string() }
    }
}

impl From<ServeError> for Failure {
    fn from(error: ServeError) -> Self {
        let exit = match &error {
            ServeError::Config(_) | ServeError::Start(StartError::Schema(_)) => Exit::Usage,
            _ => Exit::Refused,
        };
        let in_use = matches!(&error, ServeError::Start(StartError::Open(lithair_store::OpenError::Locked { .. })));
        let hint = if in_use { "; talk to the server that runs on it instead (`--url`), or stop it" } else { "" };
        Self::new(exit, format!("{error}{hint}"))
    }
}

/// Runs the command line and says how it ended.
pub(crate) fn run(
    schemas: Vec<&'static ModelSchema>,
    layers: Layers,
    arguments: impl Iterator<Item = OsString>,
) -> Exit {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are errors to clap, and go to stdout. If nobody reads, nobody is told.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Ok };
        }
    };
    let output = Output::new(arguments.json);
    match dispatch(&output, schemas, layers, arguments) {
        Ok(exit) => exit,
        Err(failure) => {
            output.error(&failure.message);
            failure.exit
        }
    }
}

fn dispatch(
    output: &Output,
    schemas: Vec<&'static ModelSchema>,
    mut layers: Layers,
    arguments: Arguments,
) -> Result<Exit, Failure> {
    let usage = |error: crate::config::ConfigError| Failure::new(Exit::Usage, error);
    layers.file(arguments.config.as_deref()).map_err(usage)?;
    layers.environment(std::env::vars());
    layers.flag("server.addr", "--addr", arguments.addr);
    layers.flag("store.data", "--data", arguments.data.map(|path| path.to_string_lossy().into_owned()));
    let config = Config::of(&layers).map_err(usage)?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(output, &config, schemas),
        Command::Import { path, url } => transfer::import(output, &config, schemas, &path, url.as_deref()),
        Command::Export { path, url } => transfer::export(output, &config, schemas, &path, url.as_deref()),
        Command::Log(LogCommand::Dump) => inspect::dump(output, &config.data),
        Command::Log(LogCommand::Verify) => inspect::verify(output, &config.data),
        Command::Snapshot => inspect::snapshot(output, &config, schemas),
        Command::Schema { openapi, sql } => {
            let catalog = catalog(schemas)?;
            match (openapi, sql) {
                (true, _) => output.document(&lithair_http::openapi_document(&catalog, &config.http)),
                (_, true) => output.text(&sql_document(&catalog)),
                _ => output.document(&schema_document(&catalog)),
            }
            Ok(Exit::Ok)
        }
        Command::Routes => {
            for (methods, path) in lithair_http::routes(&*catalog(schemas)?, &config.http.prefixes) {
                output.line(&serde_json::json!({ "methods": methods, "path": path }), &format!("{methods:<30} {path}"));
            }
            Ok(Exit::Ok)
        }
        Command::Config(ConfigCommand::Show { origin }) => {
            for setting in SETTINGS {
                let (text, from) = (layers.text(setting.key), layers.origin(setting.key).to_string());
                let json =
                    serde_json::json!({ "key": setting.key, "value": text, "origin": from, "help": setting.help });
                let words = if origin {
                    format!("{} = {text:?}  # {from}", setting.key)
                } else {
                    format!("{} = {text:?}", setting.key)
                };
                output.line(&json, &words);
            }
            Ok(Exit::Ok)
        }
        Command::NotYet(words) => {
            let name = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
            Err(Failure::new(Exit::Usage, not_yet(&name)))
        }
    }
}

/// Commands that are designed and come later are told apart from words that mean nothing.
fn not_yet(name: &str) -> String {
    const LATER: [&str; 8] = ["migrate", "backup", "restore", "cluster", "keys", "user", "rbac", "doctor"];
    const KNOWN: [&str; 8] = ["serve", "import", "export", "log", "snapshot", "schema", "routes", "config"];
    if LATER.contains(&name) {
        return format!("`{name}` is not supported yet");
    }
    let near = lithair_model::nearest(name, KNOWN).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no command `{name}`{near} (see --help)")
}

/// The models as a new log would know them, for documents.
fn catalog(schemas: Vec<&'static ModelSchema>) -> Result<Arc<Catalog>, Failure> {
    let numbers = Numbers::of(&schemas);
    Catalog::new(schemas, &numbers).map(Arc::new).map_err(|error| Failure::new(Exit::Usage, error))
}
