//! Makes programs of the Rust blocks of `docs/reference.md`, so that the page is the only place where they stand.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

const PAGE: &str = "../../docs/reference.md";

fn main() {
    println!("cargo::rerun-if-changed={PAGE}");
    let page = fs::read_to_string(PAGE).expect("the page is there");
    let (mut modules, mut programs) = (String::new(), String::new());
    for (place, (line, code)) in programs_of(&page).iter().enumerate() {
        let models = models_of(code).fold(String::new(), |all, model| format!("{all}.model::<{model}>()"));
        write!(
            modules,
            "/// From line {line} of the page.\nmod program_{place} {{\n    use lithair_core::prelude::*;\n{code}\n    \
             pub(super) fn program() -> DeclarativeServer {{\n        DeclarativeServer::new(\"127.0.0.1:0\"){models}.without_unenforced_for_development()\n    }}\n}}\n\n"
        )
        .expect("texts take everything");
        writeln!(programs, "    Program {{ line: {line}, make: program_{place}::program }},").expect("as above");
    }
    let text = format!("{modules}/// In the order of the page.\npub const PROGRAMS: &[Program] = &[\n{programs}];\n");
    let target = env::var_os("OUT_DIR").expect("cargo says where");
    fs::write(Path::new(&target).join("programs.rs"), text).expect("the folder can be written");
}

/// The Rust blocks of the page with the lines that they begin on.
fn programs_of(page: &str) -> Vec<(usize, String)> {
    let (mut all, mut open) = (Vec::new(), None::<(usize, String)>);
    for (number, line) in page.lines().enumerate() {
        match &mut open {
            None if line == "```rust" => open = Some((number + 1, String::new())),
            Some(_) if line == "```" => all.extend(open.take()),
            Some((_, code)) => writeln!(code, "    {line}").expect("texts take everything"),
            None => {}
        }
    }
    all
}

/// The names of the models of a block.
fn models_of(code: &str) -> impl Iterator<Item = &str> {
    code.split("#[derive(DeclarativeModel").skip(1).map(|rest| {
        let rest = rest.split("struct ").nth(1).expect("a model is a struct");
        rest.split(|letter: char| !letter.is_alphanumeric()).next().expect("and has a name")
    })
}
