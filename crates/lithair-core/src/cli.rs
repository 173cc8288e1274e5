//! The command line that every application has, and what other programs with the same conventions share with it.
//!
//! ```text
//! arguments -> settings (all layers) -> Config -> command -> exit code
//! ```
//!
//! Data goes to stdout, everything else to stderr. Exit codes are [`Exit`].

mod admin;
mod arguments;
mod documents;
mod export;
mod failure;
mod grants;
mod import;
mod inspect;
mod migrate;
mod output;
mod projections;
mod rbac;
mod serve;
mod signals;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;
use lithair_model::ModelSchema;

use self::arguments::{Arguments, Command, ConfigCommand, LogCommand, MigrateCommand, RbacCommand, SchemaCommand};
pub use self::failure::Failure;
pub use self::inspect::{dump_log, verify_log};
pub use self::output::Output;
use crate::additions::Additions;
use crate::config::{Config, Layers};

/// What the help of every program says at its end.
pub const NOTE: &str = "Exit codes: 0 ok, 1 a check failed, 2 usage, 3 unreachable, 4 refused.";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// All is well.
    Ok = 0,
    /// A check failed, or part of the work could not be done.
    Failed = 1,
    /// The command line or the settings are wrong. Nothing was done.
    Usage = 2,
    /// The server cannot be reached.
    Unreachable = 3,
    /// The server or the data directory refused.
    Refused = 4,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Reads a command line, and runs the command on it. What is wrong is told, and becomes the exit code.
pub fn run_program<A: Parser>(
    arguments: impl Iterator<Item = OsString>,
    is_json: impl FnOnce(&A) -> bool,
    command: impl FnOnce(Output, A) -> Result<Exit, Failure>,
) -> Exit {
    let words: Vec<OsString> = arguments.collect();
    let outcome = match A::try_parse_from(&words) {
        Ok(arguments) => {
            let output = Output::new(is_json(&arguments));
            (output, command(output, arguments))
        }
        // Help and version are errors to clap.
        Err(error) if !error.use_stderr() => {
            // If nobody reads it, nobody is told.
            let _ = error.print();
            return Exit::Ok;
        }
        Err(error) => {
            let output = Output::new(words.iter().any(|word| word == "--json"));
            let words = error.to_string();
            (output, Err(Failure::new(Exit::Usage, words.trim_start_matches("error: ").trim_end())))
        }
    };
    let (output, outcome) = outcome;
    let lost = |exit| output.lost().map_or(Ok(exit), |problem| Err(Failure::new(Exit::Failed, problem)));
    match outcome.and_then(lost) {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit
        }
    }
}

/// Runs the command line of an application and says how it ended.
pub(crate) fn run(
    schemas: Vec<&'static ModelSchema>,
    layers: Layers,
    additions: &Additions,
    arguments: impl Iterator<Item = OsString>,
) -> Exit {
    run_program(arguments, Arguments::is_json, |output, arguments| {
        dispatch(output, schemas, layers, additions, arguments)
    })
}

fn dispatch(
    output: Output,
    schemas: Vec<&'static ModelSchema>,
    mut layers: Layers,
    additions: &Additions,
    arguments: Arguments,
) -> Result<Exit, Failure> {
    if let Some(problem) = arguments.misplaced() {
        return Err(Failure::new(Exit::Usage, problem));
    }
    // Before the settings: whoever mistypes a command should hear of that first.
    if let Some(Command::Other(words)) = &arguments.command {
        let name = words.first().map(|word| word.to_string_lossy().into_owned()).unwrap_or_default();
        return Err(Failure::new(Exit::Usage, arguments::no_command(&name)));
    }
    read_layers(&mut layers, &arguments);
    let config = Config::of(&layers)?;
    match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(output, &config, schemas, additions),
        Command::Import { path, url } => import::run(output, &config, schemas, &path, url.as_deref()),
        Command::Export { path, url, format } => export::run(output, &config, schemas, (&path, format), url.as_deref()),
        Command::Log(LogCommand::Dump { from }) => dump_log(output, &config.data, from),
        Command::Log(LogCommand::Verify) => verify_log(output, &config.data),
        Command::Snapshot => inspect::snapshot(output, &config, schemas),
        Command::Schema { command: Some(SchemaCommand::Diff), openapi: false, sql: false, chart: None } => {
            migrate::diff(output, &config, schemas)
        }
        Command::Schema { command: Some(_), .. } => {
            Err(Failure::new(Exit::Usage, "`schema diff` takes none of `--openapi`, `--sql` and `--chart`"))
        }
        Command::Migrate(MigrateCommand::Plan) => migrate::plan(output, &config, schemas),
        Command::Migrate(MigrateCommand::Apply { yes }) => migrate::apply(output, &config, schemas, yes),
        Command::Projections(command) => projections::run(output, &config, schemas, &command),
        Command::Schema { openapi: true, .. } => documents::openapi(output, &config, schemas),
        Command::Schema { sql: true, .. } => documents::sql(output, &config, schemas),
        Command::Schema { chart: Some(chart), .. } => documents::charts(output, &config, chart, schemas),
        Command::Schema { .. } => documents::schema(output, &config, schemas),
        Command::Keys(command) => admin::keys(output, &config, schemas, command),
        Command::User(command) => admin::user(output, &config, schemas, command),
        Command::Rbac(RbacCommand::Matrix(question)) => rbac::matrix(output, &config, schemas, *question),
        Command::Rbac(RbacCommand::WhoCan { right, of }) => rbac::who_can(output, &config, schemas, right, of),
        Command::Rbac(RbacCommand::Explain(question)) => rbac::explain(output, &config, schemas, *question),
        Command::Rbac(RbacCommand::Grants(command)) => grants::run(output, &config, schemas, command),
        Command::Routes => documents::routes(output, &config, schemas),
        Command::Config(ConfigCommand::Show { origin }) => documents::settings(output, &layers, origin),
        Command::Other(_) => unreachable!("a word that is no command was refused above"),
    }
}

fn read_layers(layers: &mut Layers, arguments: &Arguments) {
    layers.file(arguments.config.as_deref());
    layers.environment(std::env::vars_os());
    layers.flag("server.addr", "--addr", arguments.addr.as_ref());
    layers.flag("store.data", "--data", arguments.data.as_deref().map(Path::as_os_str));
}
