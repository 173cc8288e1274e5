//! `cargo xtask sizes`: the budgets of a small application, measured: crates, builds, edits, binary.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::AnyError;

/// Measures `hello` in a target folder of its own, so that nothing is warm.
pub(crate) fn run() -> Result<(), AnyError> {
    let target = std::env::current_exe()?.with_file_name(format!("sizes-{}", std::process::id()));
    let outcome = measure(&target);
    // Best effort: a leftover in the build folder harms nothing.
    let _ = std::fs::remove_dir_all(&target);
    outcome
}

fn measure(target: &Path) -> Result<(), AnyError> {
    println!("third-party crates of hello: {}", third_party_crates()?);
    println!("clean debug build of hello: {:.1} s", timed(target, &["build", "--package", "hello"])?);
    println!("clean release build of hello: {:.1} s", timed(target, &["build", "--release", "--package", "hello"])?);
    let binary = std::fs::metadata(target.join("release/hello"))?.len();
    println!("stripped release binary of hello: {:.1} MB", binary as f64 / 1e6);

    // The eleven models of `music` stand for "one model of ten".
    timed(target, &["check", "--package", "music"])?;
    timed(target, &["build", "--package", "music"])?;
    let edited = Path::new("examples/music/src/catalogue.rs");
    let source = std::fs::read_to_string(edited)?;
    let outcome = (|| {
        std::fs::write(edited, source.replacen("len(1..=160)", "len(1..=161)", 1))?;
        let check = timed(target, &["check", "--package", "music"])?;
        std::fs::write(edited, source.replacen("len(1..=160)", "len(1..=162)", 1))?;
        let build = timed(target, &["build", "--package", "music"])?;
        println!("edit one of eleven models: check {check:.1} s, running again {build:.1} s");
        Ok(())
    })();
    std::fs::write(edited, source)?;
    outcome
}

/// Seconds that a cargo command takes.
fn timed(target: &Path, arguments: &[&str]) -> Result<f64, AnyError> {
    let begin = Instant::now();
    let status = cargo().args(arguments).arg("--quiet").env("CARGO_TARGET_DIR", target).status()?;
    if status.success() { Ok(begin.elapsed().as_secs_f64()) } else { Err(format!("cargo {arguments:?} failed").into()) }
}

fn third_party_crates() -> Result<usize, AnyError> {
    let tree = cargo()
        .args([
            "tree",
            "--package",
            "hello",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--no-dedupe",
            "--format",
            "{p}",
        ])
        .stderr(Stdio::inherit())
        .output()?;
    let text = String::from_utf8(tree.stdout)?;
    let mut names: Vec<&str> = text.lines().filter(|line| !line.contains('/')).map(str::trim).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names.len())
}

fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
