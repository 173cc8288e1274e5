//! What ARCHITECTURE.md and `lib.rs` say of the stages, found in the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// In the order in which they run. What carries out comes next to last, in an order of its own: `resource` hands to `tools` what is not
/// about records.
const STAGES: [&str; 14] = [
    "firewall",
    "admission",
    "router",
    "limits",
    "auth",
    "access",
    "extract",
    "validation",
    "catch_up",
    "custom",
    "credentials",
    "tools",
    "resource",
    "respond",
];

/// What stages are handed, and what has to know them for that.
const KNOW_ALL: [&str; 2] = ["app", "config"];

/// The handlers were imported by a stage before them, which they imported, for the words of its refusals.
#[test]
fn a_stage_knows_no_later_one() {
    let imports = imports();
    for (place, stage) in STAGES.iter().enumerate() {
        for known in known(stage, &imports) {
            let later = STAGES.iter().position(|other| *other == known).filter(|other| *other > place);
            assert!(later.is_none(), "`{stage}` knows `{known}`, which comes later");
        }
    }
}

#[test]
fn the_pictures_are_the_code() {
    let architecture = read("../../ARCHITECTURE.md");
    let arrows = architecture.lines().filter_map(|line| line.strip_prefix("  -> "));
    let arrows = arrows.filter_map(|arrow| arrow.split_once('('));
    let arrows: Vec<Vec<&str>> = arrows.map(|(call, _)| call.split_whitespace().collect()).collect();
    assert!(arrows.len() >= 10, "the picture is there");
    let pipeline = read("src/pipeline.rs");
    let mut rest = pipeline.as_str();
    for arrow in &arrows {
        let [stage, function] = arrow[..] else { panic!("no stage and its function: {arrow:?}") };
        let calls = [format!("{stage}::{function}("), format!("{stage}.{function}(")];
        let found = calls.iter().filter_map(|call| rest.split_once(call.as_str())).next();
        rest = found.unwrap_or_else(|| panic!("`{stage}` is not asked there by `{function}`")).1;
    }
    let line: Vec<&str> = arrows.iter().map(|arrow| arrow[0]).collect();
    assert!(read("src/lib.rs").contains(&line.join(" -> ")), "lib.rs: {line:?}");
}

#[test]
fn lib_rs_says_where_everything_is() {
    let lib = read("src/lib.rs");
    let modules: Vec<&str> = lib.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    assert!(STAGES.iter().all(|stage| modules.contains(stage)));
    for module in modules {
        assert!(lib.contains(&format!("`{module}`")), "{module}");
    }
}

/// The modules of this crate that one knows: those that it imports, and those that these import, up to the next stage.
fn known<'i>(module: &str, imports: &'i BTreeMap<String, BTreeSet<String>>) -> BTreeSet<&'i str> {
    let mut known = BTreeSet::new();
    let mut waiting = vec![&imports[module]];
    while let Some(next) = waiting.pop() {
        for import in next.iter().map(String::as_str).filter(|import| !import.is_empty() && !KNOW_ALL.contains(import))
        {
            if known.insert(import) && !STAGES.contains(&import) {
                waiting.push(&imports[import]);
            }
        }
    }
    known
}

/// What each module of the crate imports, with all that is below it.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut imports: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let exported = exported(&read("src/lib.rs"));
    for path in files(&sources) {
        let (module, text) = (top(&sources, &path), fs::read_to_string(&path).expect("a source is a text"));
        let own = imports.entry(module.clone()).or_default();
        own.extend(names(&text).into_iter().map(|name| exported.get(&name).cloned().unwrap_or(name)));
        own.remove(&module);
    }
    imports
}

/// The module that each name comes from which `lib.rs` exports.
fn exported(lib: &str) -> BTreeMap<String, String> {
    let exports = lib.split("pub use ").skip(1).map(|export| export.split_once("::").expect("is from a module"));
    exports.flat_map(|(module, items)| heads(items).into_iter().map(|name| (name, module.to_owned()))).collect()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the sources are there").map(|entry| entry.expect("has a name").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The module of the crate that a file belongs to.
fn top(sources: &Path, file: &Path) -> String {
    let below = file.strip_prefix(sources).expect("is a source");
    let first = below.iter().next().expect("has a name").to_str().expect("is text");
    first.trim_end_matches(".rs").to_owned()
}

/// The first names behind `crate::`, in imports and elsewhere, comments aside.
fn names(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    code.join("\n").split("crate::").skip(1).flat_map(heads).collect()
}

/// The first name of a path, or those of a list of paths in braces.
fn heads(path: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        text.trim().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    let Some(list) = path.strip_prefix('{') else { return vec![word(path)] };
    let (mut depth, mut begun, mut heads) = (1, 0, Vec::new());
    for (place, letter) in list.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && letter == ',' {
            heads.push(word(&list[begun..place]));
            begun = place + 1;
        }
        if depth == 0 {
            break;
        }
    }
    heads
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
