//! `lithair new`: a program that compiles and serves.

use std::path::{Path, PathBuf};
use std::{fs, io};

use lithair_core::cli::{Exit, Failure, Output};
use serde_json::json;

const MAIN: &str = include_str!("../template/main.rs");
const IGNORED: &str = "/target\n/data\n";
/// Names that cargo takes for a package and rustc does not take for a crate.
const KEYWORDS: [&str; 38] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "gen", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "self",
    "static", "struct", "super", "test", "trait", "true", "type", "unsafe", "use", "where",
];

pub(crate) fn new(output: Output, name: &str, core: Option<&Path>) -> Result<Exit, Failure> {
    check(name).map_err(|reason| Failure::new(Exit::Usage, format!("`{name}` is no name for a package: {reason}")))?;
    let dependency = dependency(core).map_err(|reason| Failure::new(Exit::Usage, reason))?;
    let folder = Path::new(name);
    write(folder, &manifest(name, &dependency)).map_err(|error| {
        let exit = if error.kind() == io::ErrorKind::AlreadyExists { Exit::Refused } else { Exit::Failed };
        Failure::new(exit, format!("{name}: {error}"))
    })?;
    output.line(
        &json!({ "folder": name }),
        format_args!("made {name}: a durable API in src/main.rs\n  cd {name} && cargo run"),
    );
    Ok(Exit::Ok)
}

fn check(name: &str) -> Result<(), &'static str> {
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err("it does not begin with a letter");
    }
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err("it has more than letters, digits, `-` and `_`");
    }
    if KEYWORDS.contains(&name) {
        return Err("it is a word of the language");
    }
    Ok(())
}

/// Where a manifest says lithair-core is from.
fn dependency(core: Option<&Path>) -> Result<String, String> {
    let path = match core {
        // The manifest lies one folder deeper than the command runs.
        Some(core) if core.join("Cargo.toml").is_file() => Some(Path::new("..").join(core)),
        Some(core) => return Err(format!("{}: there is no crate here", core.display())),
        None => checkout(),
    };
    match path {
        None => Ok(format!("version = {:?}", env!("CARGO_PKG_VERSION"))),
        Some(path) => {
            let text = path.to_str().ok_or_else(|| format!("{}: the path is not UTF-8", path.display()))?;
            Ok(format!("path = {text:?}"))
        }
    }
}

/// The crate of the checkout that the command runs in, if it does.
fn checkout() -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    let levels = here.ancestors().position(|folder| folder.join("crates/lithair-core/Cargo.toml").is_file())?;
    Some(["..".as_ref()].into_iter().cycle().take(levels + 1).chain([Path::new("crates/lithair-core")]).collect())
}

fn manifest(name: &str, dependency: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\nlithair-core = {{ {dependency} }}\n\n\
         [dev-dependencies]\nlithair-core = {{ {dependency}, features = [\"testing\"] }}\n\n\
         # A workspace of its own, also inside the folder of another one.\n[workspace]\n"
    )
}

/// Makes the folder, which must not be there yet.
fn write(folder: &Path, manifest: &str) -> io::Result<()> {
    fs::create_dir(folder)?;
    fs::create_dir(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join(".gitignore"), IGNORED)?;
    fs::write(folder.join("src/main.rs"), MAIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_that_cargo_and_rustc_take() {
        for name in ["tracker", "my-app", "a_1", "X"] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "1a", "-a", "a/b", "..", "a b", "fn", "ä", "self"] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_crate_is_a_path_or_a_version() {
        assert_eq!(dependency(Some(Path::new("../lithair-core"))).as_deref(), Ok("path = \"../../lithair-core\""));
        assert!(dependency(Some(Path::new("nowhere"))).expect_err("is refused").contains("nowhere"));
        // The tests run in the checkout.
        assert_eq!(dependency(None).as_deref(), Ok("path = \"../../../crates/lithair-core\""));
    }
}
