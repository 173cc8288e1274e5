//! What the project's people run: `cargo xtask bench`, `cargo xtask mutants`, `cargo xtask sizes`.
#![allow(clippy::print_stdout, reason = "a command-line tool talks on stdout")]

use std::process::ExitCode;

mod bench;
mod mutants;
mod sizes;

/// Anything that ends the task early, in words for the person who ran it.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.first().map(String::as_str) {
        Some("bench") => bench::run(&arguments[1..]),
        Some("rows-child") if arguments.len() == 3 => match arguments[2].parse() {
            Ok(rows) => bench::rows::child(&arguments[1], rows),
            Err(_) => Err("rows-child takes a number of rows".into()),
        },
        Some("memory-child") if arguments.len() == 2 => match arguments[1].parse() {
            Ok(records) => bench::memory::child(records),
            Err(_) => Err("memory-child takes a number of records".into()),
        },
        Some("sizes") => sizes::run(),
        Some("mutants") => mutants::run(&arguments[1..]),
        _ => Err("usage: cargo xtask bench [--quick] [PART ..] | mutants [schemas | engine] | sizes".into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}
