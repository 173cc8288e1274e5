//! `cargo xtask mutants`: tests the tests. Two kinds, both by hand, for they take long:
//!
//! - of schemas: `model_tests!` asks each example what it should be while its server is declared otherwise, in one process;
//! - of the engine: a line of it is changed in a copy of the sources, the copy is compiled, and `model_tests!` must notice.

mod engine;

use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{fs, io};

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
        let lines = text.lines().filter(|line| line.contains("noticed") || line.starts_with("    \""));
        lines.for_each(|line| println!("  {line}"));
        is_well &= output.status.success();
    }
    if is_well { Ok(()) } else { Err("fewer than 95 of 100 mutants are noticed".into()) }
}

fn engines(first: usize, count: usize) -> Result<(), AnyError> {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let copy = source.join("target/mutants/source");
    copy_sources(&source, &copy)?;
    for judge in JUDGES {
        if !passes(&copy, judge)? {
            return Err(format!("{} fails without any mutant", judge.join(" ")).into());
        }
    }
    let (mut killed, mut total) = (0, 0);
    for (number, mutant) in engine::MUTANTS.iter().enumerate().skip(first).take(count) {
        let path = copy.join(mutant.file);
        let original = fs::read_to_string(&path)?;
        if original.matches(mutant.from).count() != 1 {
            return Err(format!("{}: {:?} is not there once: the list is out of date", mutant.file, mutant.from).into());
        }
        fs::write(&path, original.replacen(mutant.from, mutant.to, 1))?;
        let is_noticed = is_noticed(&copy);
        fs::write(&path, original)?;
        let is_noticed = is_noticed?;
        total += 1;
        killed += usize::from(is_noticed);
        println!("{number:3} {:11} {}", if is_noticed { "noticed" } else { "NOT NOTICED" }, mutant.what);
    }
    println!("noticed {killed} of {total} mutants of the engine");
    if killed * 100 >= total * 95 { Ok(()) } else { Err("fewer than 95 of 100 mutants are noticed".into()) }
}

/// Whether any judge fails. Those behind one that does are not asked.
fn is_noticed(copy: &Path) -> Result<bool, AnyError> {
    for judge in JUDGES {
        if !passes(copy, judge)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the tests of the copy pass. What does not compile is no mutant but a mistake in the list.
fn passes(copy: &Path, judge: &[&str]) -> Result<bool, AnyError> {
    let cargo = |rest: &[&str]| {
        let mut command = Command::new("cargo");
        command.args(judge).args(rest).current_dir(copy).env("CARGO_TARGET_DIR", copy.join("../target"));
        command.stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        command
    };
    if !cargo(&["--no-run"]).status()?.success() {
        return Err("it does not compile".into());
    }
    let mut tests = cargo(&["--", "--skip", "mutants_are_noticed"]).spawn()?;
    let told = BufReader::new(tests.stdout.take().ok_or("the tests say nothing")?).lines();
    // One that fails is enough; the others, and what cargo started, end with it.
    let has_failed = told.map_while(Result::ok).any(|line| line.ends_with("FAILED"));
    if has_failed {
        Command::new("kill").args(["-KILL", "--", &format!("-{}", tests.id())]).status()?;
    }
    Ok(tests.wait()?.success() && !has_failed)
}

/// Copies what git knows, so that neither builds nor data come along. Files that are the same are left alone, and are not compiled again;
/// those of a former copy that are no more are removed, for cargo finds tests by their files.
fn copy_sources(source: &Path, copy: &Path) -> Result<(), AnyError> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(source).output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let names: BTreeSet<&Path> = listed.split('\0').filter(|name| !name.is_empty()).map(Path::new).collect();
    for name in &names {
        copy_if_changed(&source.join(name), &copy.join(name))?;
    }
    remove_others(copy, copy, &names)
}

fn remove_others(copy: &Path, folder: &Path, names: &BTreeSet<&Path>) -> Result<(), AnyError> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(copy, &path, names)?;
        } else if !names.contains(path.strip_prefix(copy)?) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn copy_if_changed(source: &Path, target: &Path) -> io::Result<()> {
    let bytes = fs::read(source)?;
    if fs::read(target).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::create_dir_all(target.parent().unwrap_or(target))?;
    fs::write(target, bytes)
}
