//! The command line as it is written: commands, options, and words that are none.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::NOTE;
use super::admin::{KeysCommand, Remote, UserCommand};
use super::grants::GrantsCommand;
use crate::transfer::Format;

/// A Lithair application: a durable REST API from its models.
#[derive(Debug, Parser)]
#[command(name = "lithair", version, disable_help_subcommand = true, after_help = NOTE)]
pub(super) struct Arguments {
    /// What to do; `serve` if nothing is said.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, global = true)]
    pub(super) addr: Option<String>,
    /// The data directory.
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) data: Option<PathBuf>,
    /// The settings file; `lithair.toml` where there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// Machine-readable output: JSON, one object a line.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Recover and serve.
    Serve,
    /// Load a file, or a folder of <Collection>.ndjson and .csv files.
    Import {
        /// The file or folder.
        path: PathBuf,
        /// Load into the server at this address instead of a data directory.
        #[arg(long)]
        url: Option<String>,
    },
    /// Write one file a collection into a folder.
    Export {
        /// The folder.
        path: PathBuf,
        /// What to write: NDJSON, which has everything as it is, or CSV, for spreadsheets.
        #[arg(long, value_enum, default_value = "ndjson")]
        format: Format,
        /// Read from the server at this address instead of a data directory.
        #[arg(long)]
        url: Option<String>,
    },
    /// Look at the log of a data directory.
    #[command(subcommand)]
    Log(LogCommand),
    /// Build a snapshot now.
    Snapshot,
    /// Print what the models declare.
    Schema {
        /// As an OpenAPI document.
        #[arg(long, conflicts_with = "sql")]
        openapi: bool,
        /// As SQL, for reading.
        #[arg(long)]
        sql: bool,
        /// The state machines as a chart: text, or `--chart=mermaid`.
        #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "text", conflicts_with_all = ["openapi", "sql"])]
        chart: Option<Chart>,
        /// What else about them.
        #[command(subcommand)]
        command: Option<SchemaCommand>,
    },
    /// Bring a data directory to the models of this program.
    #[command(subcommand)]
    Migrate(MigrateCommand),
    /// Make, show and take back API keys.
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Add, show and keep out users.
    #[command(subcommand)]
    User(UserCommand),
    /// Look at the read models that are folded from the log, or fold one again.
    #[command(subcommand)]
    Projections(ProjectionsCommand),
    /// Who may do what.
    #[command(subcommand)]
    Rbac(RbacCommand),
    /// Print every path and its methods.
    Routes,
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// A word that is no command, or none yet.
    #[command(external_subcommand)]
    Other(Vec<OsString>),
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Print every entry as a JSON line.
    Dump {
        /// The first position.
        #[arg(long, default_value_t = 1)]
        from: u64,
    },
    /// Read and check every file.
    Verify,
}

/// How state machines are drawn.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Chart {
    /// A line a transition.
    Text,
    /// For documents that draw it.
    Mermaid,
}

#[derive(Debug, Subcommand)]
pub(super) enum RbacCommand {
    /// Print who has which right to which model: everybody by what they are, or one principal (`--as`). A line for each, or a table.
    Matrix(Box<Matrix>),
    /// Say who can do something: with records of a model, or with a field of them.
    WhoCan {
        /// What: read, create, update, delete, history, export, or the name of a command.
        right: String,
        /// With what: `Article`, or `Article.title`.
        of: String,
    },
    /// Say why somebody may do something, or may not, and what would change it. Without `--as`, of whoever shows no credential.
    Explain(Box<Explain>),
    /// Roles that somebody has because the log says so.
    #[command(flatten)]
    Grants(GrantsCommand),
}

#[derive(Debug, Args)]
pub(super) struct Matrix {
    /// To this model alone.
    pub(super) of: Option<String>,
    /// As a table in Markdown.
    #[arg(long)]
    pub(super) markdown: bool,
    #[command(flatten)]
    pub(super) who: Who,
    #[command(flatten)]
    pub(super) remote: Remote,
}

/// Who is meant.
#[derive(Debug, Args)]
pub(super) struct Who {
    /// Who: a subject, or as the history says it (`user:<id>`, `key:<id>`): then with what their record says. With what they are granted.
    #[arg(long = "as", value_name = "SUBJECT")]
    pub(super) subject: Option<String>,
    /// With this role; may be repeated.
    #[arg(long = "role", requires = "subject")]
    pub(super) roles: Vec<String>,
    /// Of this tenant.
    #[arg(long, requires = "subject")]
    pub(super) tenant: Option<String>,
    /// With a credential for this use; may be repeated. For every use if nothing is said.
    #[arg(long = "scope", requires = "subject")]
    pub(super) scopes: Vec<String>,
    /// With this claim, `team=7`; may be repeated. What is no JSON is a text.
    #[arg(long = "claim", value_name = "NAME=JSON", requires = "subject")]
    pub(super) claims: Vec<String>,
    /// The credential is an API key.
    #[arg(long, requires = "subject")]
    pub(super) key: bool,
}

#[derive(Debug, Args)]
pub(super) struct Explain {
    #[command(flatten)]
    pub(super) who: Who,
    /// What: read, create, update, delete, history, export, or the name of a command.
    #[arg(long, value_name = "RIGHT")]
    pub(super) can: String,
    /// A field that is read or set.
    #[arg(long)]
    pub(super) field: Option<String>,
    /// What a create or an update sends, as JSON.
    #[arg(long, value_name = "JSON")]
    pub(super) body: Option<String>,
    /// With what: `Article/7`, or `Article`.
    pub(super) of: String,
    #[command(flatten)]
    pub(super) remote: Remote,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum SchemaCommand {
    /// Compare the models with a data directory, a line a change.
    Diff,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum MigrateCommand {
    /// Show what would be done. Changes nothing.
    Plan,
    /// Do it, or go on with what was interrupted.
    Apply {
        /// Do it without asking.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum ProjectionsCommand {
    /// Print how far each is.
    List {
        /// Ask the server at this address instead of a data directory.
        #[arg(long)]
        url: Option<String>,
    },
    /// Fold the whole log into one again, and say how many rows differed.
    Rebuild {
        /// The table of the projection.
        name: String,
        /// Have the server at this address do it.
        #[arg(long)]
        url: Option<String>,
    },
}

impl ProjectionsCommand {
    pub(super) const fn url(&self) -> Option<&String> {
        match self {
            Self::List { url } | Self::Rebuild { url, .. } => url.as_ref(),
        }
    }
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting.
    Show {
        /// And who said it.
        #[arg(long)]
        origin: bool,
    },
}

impl Arguments {
    /// Whether machines read the output. What follows a word that is no command is taken as it is, flags too.
    pub(super) fn is_json(&self) -> bool {
        let is_behind = |words: &Vec<OsString>| words.iter().any(|word| word == "--json");
        self.json || matches!(&self.command, Some(Command::Other(words)) if is_behind(words))
    }

    /// A flag that is there and would have no effect: it is refused rather than ignored.
    pub(super) fn misplaced(&self) -> Option<String> {
        use Command::{Config, Export, Import, Projections, Rbac, Routes, Schema, Serve};
        let without = |flag: &str, word: &str| Some(format!("`{flag}` has no effect on `{word}`"));
        let Some(command) = &self.command else { return None };
        let url = match command {
            Import { url, .. } | Export { url, .. } => url.as_ref(),
            Projections(command) => command.url(),
            _ => None,
        };
        if url.is_some() && self.data.is_some() {
            return Some("`--data` and `--url` are two places; name one".to_owned());
        }
        let remote = match command {
            Command::Keys(command) => Some(command.remote()),
            Command::User(command) => Some(command.remote()),
            Rbac(RbacCommand::Explain(explain)) => Some(&explain.remote),
            Rbac(RbacCommand::Matrix(matrix)) => Some(&matrix.remote),
            Rbac(RbacCommand::Grants(command)) => Some(command.remote()),
            _ => None,
        };
        if self.data.is_some() && remote.is_some_and(|remote| remote.url.is_some()) {
            return Some("`--data` and `--url` are two places; name one".to_owned());
        }
        match command {
            Schema { command: None, .. } | Routes | Rbac(RbacCommand::WhoCan { .. }) if self.data.is_some() => {
                without("--data", command.word())
            }
            // What everybody may is in the program alone.
            Rbac(RbacCommand::Matrix(matrix)) if self.data.is_some() && matrix.who.subject.is_none() => {
                without("--data", command.word())
            }
            Serve | Config(_) => None,
            _ if self.addr.is_some() => without("--addr", command.word()),
            _ => None,
        }
    }
}

impl Command {
    const fn word(&self) -> &'static str {
        match self {
            Self::Serve => "serve",
            Self::Import { .. } => "import",
            Self::Export { .. } => "export",
            Self::Log(_) => "log",
            Self::Snapshot => "snapshot",
            Self::Schema { .. } => "schema",
            Self::Migrate(_) => "migrate",
            Self::Keys(_) => "keys",
            Self::User(_) => "user",
            Self::Projections(_) => "projections",
            Self::Rbac(_) => "rbac",
            Self::Routes => "routes",
            Self::Config(_) => "config",
            Self::Other(_) => "this",
        }
    }
}

/// Says what is wrong with a word that is no command. Commands that are designed and come later are told apart from words that mean
/// nothing.
pub(super) fn no_command(name: &str) -> String {
    const LATER: [&str; 4] = ["backup", "restore", "cluster", "doctor"];
    const KNOWN: [&str; 13] = [
        "serve",
        "import",
        "export",
        "log",
        "snapshot",
        "schema",
        "migrate",
        "keys",
        "user",
        "projections",
        "rbac",
        "routes",
        "config",
    ];
    if LATER.contains(&name) {
        return format!("`{name}` is not supported yet");
    }
    let near = lithair_model::nearest(name, KNOWN).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    format!("there is no command `{name}`{near} (see --help)")
}
