//! The `lithair` command: works on a data directory without its program, and makes new programs.

mod new;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use lithair_core::cli::{Exit, Failure, NOTE, Output, dump_log, run_program, verify_log};

/// Works on a data directory without its program, and makes new programs.
#[derive(Debug, Parser)]
#[command(name = "lithair", version, disable_help_subcommand = true, after_help = NOTE)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Machine-readable output: JSON, one object a line.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look at the log of a data directory. A server may be running on it.
    #[command(subcommand)]
    Log(LogCommand),
    /// Make a program: a folder with a Cargo.toml and twenty lines of Rust.
    New {
        /// The folder, and the package's name.
        name: String,
        /// The folder of the crate lithair-core to build with, instead of the published one. Inside a checkout of Lithair, that
        /// checkout's.
        #[arg(long, value_name = "DIR")]
        core: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Print every entry as a JSON line.
    Dump {
        /// The data directory.
        dir: PathBuf,
        /// The first position.
        #[arg(long, default_value_t = 1)]
        from: u64,
    },
    /// Read and check every file.
    Verify {
        /// The data directory.
        dir: PathBuf,
    },
}

fn main() -> ExitCode {
    run_program(std::env::args_os(), |arguments: &Arguments| arguments.json, run).into()
}

fn run(output: Output, arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.command {
        Command::Log(LogCommand::Dump { dir, from }) => dump_log(output, &dir, from),
        Command::Log(LogCommand::Verify { dir }) => verify_log(output, &dir),
        Command::New { name, core } => new::new(output, &name, core.as_deref()),
    }
}
