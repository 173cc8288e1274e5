//! `cargo xtask mutants`: tests the tests. Two kinds, both by hand, for they take long:
//!
//! - of schemas: `model_tests!` asks each example what it should be while its server is declared otherwise, in one process;
//! - of the engine: a copy of the sources has each mistake behind a switch and is compiled once; `model_tests!` must notice each.

mod copy;
mod engine;
mod switches;

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::AnyError;

/// What has models and asks them: package and target.
const PROGRAMS: [(&str, &[&str]); 5] = [
    ("hello", &["--bins"]),
    ("tutorial", &["--bins"]),
    ("music", &["--bins"]),
    ("shop", &["--bins"]),
    ("acceptance", &["--bins", "--test", "models"]),
];
/// Those that use every attribute and every word of permissions ask the engine, the quicker ones first; models with hooks are in the last.
const JUDGES: [&[&str]; 2] = [
    &["test", "-p", "acceptance", "--test", "models", "--bin", "guarded"],
    &["test", "-p", "acceptance", "--bin", "acceptance"],
];

/// `mutants [schemas | engine [FIRST [COUNT]]]`
pub(crate) fn run(arguments: &[String]) -> Result<(), AnyError> {
    match arguments.first().map(String::as_str) {
        None => {
            schemas()?;
            engines(0, usize::MAX)
        }
        Some("schemas") => schemas(),
        Some("engine") => {
            let number = |place: usize, usual: usize| arguments.get(place).map_or(Ok(usual), |text| text.parse());
            engines(number(1, 0)?, number(2, usize::MAX)?)
        }
        Some(_) => Err("usage: cargo xtask mutants [schemas | engine [FIRST [COUNT]]]".into()),
    }
}

fn schemas() -> Result<(), AnyError> {
    let mut is_well = true;
    for (package, targets) in PROGRAMS {
        println!("{package}");
        let mut command = Command::new("cargo");
        command.args(["test", "-q", "--no-fail-fast", "-p", package]).args(targets);
        command.args(["--", "--nocapture", "mutants_are_noticed"]).env("MODEL_TESTS_MUTANTS", "all");
        let output = command.stderr(Stdio::piped()).stdout(Stdio::piped()).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        // What mutants panic with is of no interest; what nobody noticed is.
        let lines = text.lines().filter(|line| line.contains("noticed"));
        lines.for_each(|line| println!("  {line}"));
        is_well &= output.status.success();
    }
    if is_well { Ok(()) } else { Err("fewer than 95 of 100 mutants are noticed".into()) }
}

fn engines(first: usize, count: usize) -> Result<(), AnyError> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = source.join("target/mutants/source");
    copy::tracked(&source, &copy)?;
    switches::insert(&copy, engine::MUTANTS)?;
    for judge in JUDGES {
        if !cargo(&copy, judge, &["--no-run"]).status()?.success() {
            return Err("the copy with its switches does not compile".into());
        }
        if !passes(&copy, judge, "", None)? {
            return Err(format!("{} fails without any mutant", judge.join(" ")).into());
        }
    }
    let (mut killed, mut total) = (0, 0);
    for (number, mutant) in engine::MUTANTS.iter().enumerate().skip(first).take(count) {
        let is_noticed = is_noticed(&copy, mutant.test, number)?;
        total += 1;
        killed += usize::from(is_noticed);
        println!("{number:3} {:11} {}", if is_noticed { "noticed" } else { "NOT NOTICED" }, mutant.what);
    }
    println!("noticed {killed} of {total} mutants of the engine");
    if killed * 100 >= total * 95 { Ok(()) } else { Err("fewer than 95 of 100 mutants are noticed".into()) }
}

/// Whether any judge fails: by the test that should, or else by any. Those behind one that does are not asked.
fn is_noticed(copy: &Path, test: &str, number: usize) -> Result<bool, AnyError> {
    for test in [test, ""] {
        for judge in JUDGES {
            if !passes(copy, judge, test, Some(number))? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the tests of the copy that have this in their names pass while a mutant is on.
fn passes(copy: &Path, judge: &[&str], test: &str, number: Option<usize>) -> Result<bool, AnyError> {
    let mut command = cargo(copy, judge, &["--", test, "--skip", "mutants_are_noticed"]);
    command.envs(number.map(|number| (switches::VARIABLE, number.to_string())));
    let mut tests = command.spawn()?;
    let told = BufReader::new(tests.stdout.take().ok_or("the tests say nothing")?).lines();
    // One that fails is enough; the others, and what cargo started, end with it.
    let has_failed = told.map_while(Result::ok).any(|line| line.ends_with("FAILED"));
    if has_failed {
        Command::new("kill").args(["-KILL", "--", &format!("-{}", tests.id())]).status()?;
    }
    Ok(tests.wait()?.success() && !has_failed)
}

fn cargo(copy: &Path, judge: &[&str], rest: &[&str]) -> Command {
    let mut command = Command::new("cargo");
    command.args(judge).args(rest).current_dir(copy).env("CARGO_TARGET_DIR", copy.join("../target"));
    command.stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    command
}
