//! The tutorial is true: its code is this program, its commands run, and they print what the page shows.

use std::path::Path;
use std::process::Command;

use acceptance::{App, Folder, skip};

const BINARY: &str = env!("CARGO_BIN_EXE_tutorial");
const PAGE: &str = include_str!("../../../docs/tutorial.md");
const PROGRAM: &str = include_str!("../src/main.rs");

/// A fenced block: the words behind the fence, and the text.
struct Block {
    info: String,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    for line in page.lines() {
        match (&mut open, line.strip_prefix("```")) {
            (None, Some(info)) => open = Some(Block { info: info.to_owned(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (None, None) => {}
        }
    }
    assert!(open.is_none(), "a fence is not closed");
    blocks
}

#[test]
fn the_code_of_the_page_is_the_program() {
    let code: Vec<String> =
        blocks(PAGE).into_iter().filter(|block| block.info == "rust").map(|block| block.text).collect();
    assert!(code.len() > 3, "the page shows its code");
    let rest = PROGRAM.strip_prefix(&code.join("\n")).expect("the program begins with what the page shows");
    assert!(rest.starts_with("\n#[cfg(test)]\nmod mutants"), "the rest tests the tests: {rest}");
}

#[test]
fn the_commands_of_the_page_print_what_it_shows() {
    if Command::new("curl").arg("--version").output().is_err() {
        return skip("the_commands_of_the_page_print_what_it_shows", "curl is not installed");
    }
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "tutorial");
    let data = folder.join("data");
    let start = || App::start(BINARY, &data).expect("the tutorial's program starts");
    let mut app = None;
    for block in blocks(PAGE) {
        match block.info.as_str() {
            "console server" => app = Some(start()),
            "console restart" => {
                app.take().expect("the server runs").kill();
                app = Some(start());
            }
            "console stopped" => {
                drop(app.take());
                run_commands(&block.text, "", folder.path());
            }
            "console" => {
                let address = app.as_ref().expect("the server runs").address().to_string();
                run_commands(&block.text, &address, folder.path());
            }
            _ => {}
        }
    }
}

/// Runs each line that begins with `$ `, and compares what it prints with the lines below it.
fn run_commands(block: &str, address: &str, folder: &Path) {
    for part in block.split("$ ").skip(1) {
        let (command, expected) = part.split_once('\n').expect("a command ends with its line");
        let command = command.replace("cargo run -q -p tutorial --", BINARY).replace("127.0.0.1:8080", address);
        let output = Command::new("sh").args(["-c", &command]).current_dir(folder).output().expect("sh runs");
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "$ {command}\n{printed}{}", String::from_utf8_lossy(&output.stderr));
        assert!(matches(expected.trim(), printed.trim()), "$ {command}\nprinted:  {printed}\nexpected: {expected}");
    }
}

/// Whether `text` is `pattern`, in which `…` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    let parts: Vec<&str> = pattern.split('…').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return pattern == text };
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}
