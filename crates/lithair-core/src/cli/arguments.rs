use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A Lithair application: a durable REST API from its models.
#[derive(Debug, Parser)]
#[command(version, disable_help_subcommand = true)]
pub(super) struct Arguments {
    /// What to do; `serve` if nothing is said.
    #[command(subcommand)]
    pub(super) command: Option<Command>,
    /// Where to listen; port 0 takes a free one and prints it.
    #[arg(long, global = true)]
    pub(super) addr: Option<String>,
    /// The data directory.
    #[arg(long, global = true)]
    pub(super) data: Option<PathBuf>,
    /// The settings file; `lithair.toml` where there is one.
    #[arg(long, global = true)]
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
    /// Write one NDJSON file a collection into a folder.
    Export {
        /// The folder.
        path: PathBuf,
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
    },
    /// Print every path and its methods.
    Routes,
    /// Look at the settings.
    #[command(subcommand)]
    Config(ConfigCommand),
    #[command(external_subcommand)]
    NotYet(Vec<OsString>),
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum LogCommand {
    /// Print every entry as a JSON line.
    Dump,
    /// Read and check every file.
    Verify,
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
