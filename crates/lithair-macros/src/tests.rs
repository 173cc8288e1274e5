//! Golden expansions: `tests/expand/*.rs` have an item, `// becomes`, and what the derive adds to it.
//!
//! `UPDATE_EXPECT=1 cargo test -p lithair-macros` writes them anew.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use expect_test::expect_file;
use proc_macro2::TokenStream;

use crate::expand;

/// What stands between the item and its expansion.
const BECOMES: &str = "\n// becomes\n\n";
/// The most lines that a model which uses everything may expand to.
const LINES_MAX: usize = 250;
/// The longest that the expansion of such a model may take.
const TIME_MAX: Duration = Duration::from_millis(30);

#[test]
fn expansions_are_as_checked_in() {
    let goldens = goldens();
    assert!(goldens.len() >= 5, "the goldens are there");
    for golden in goldens {
        let item = item(&golden);
        let text = format!("{item}{BECOMES}{}", pretty(&item));
        assert!(!text.contains("compile_error"), "{text}");
        expect_file![&golden].assert_eq(&text);
    }
}

#[test]
fn an_expansion_is_within_its_budget() {
    for golden in goldens() {
        let lines = pretty(&item(&golden)).lines().count();
        assert!(lines <= LINES_MAX, "{} expands to {lines} lines", golden.display());
    }
}

/// Run by hand, alone: `cargo test -p lithair-macros -- --ignored --nocapture`.
#[test]
#[ignore = "measures time"]
fn an_expansion_takes_little_time() {
    for golden in goldens() {
        let item = item(&golden);
        let mut times: Vec<Duration> = (0..101).map(|_| time(&item)).collect();
        times.sort();
        println!("{}: median {:?}, slowest {:?}", golden.display(), times[50], times[100]);
        assert!(times[50] <= TIME_MAX);
    }
}

fn time(item: &str) -> Duration {
    let tokens: TokenStream = item.parse().expect("a golden's item is Rust");
    let begin = Instant::now();
    let expansion = expand_tokens(tokens);
    let taken = begin.elapsed();
    assert!(!expansion.is_empty());
    taken
}

fn goldens() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expand");
    let files = fs::read_dir(folder).expect("the folder of goldens is there");
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file of the folder").path()).collect();
    files.sort();
    files
}

/// The item of a golden, as it is written.
fn item(golden: &Path) -> String {
    let text = fs::read_to_string(golden).expect("a golden is text");
    text.split(BECOMES).next().expect("there is a first part").trim_end().to_owned() + "\n"
}

fn pretty(item: &str) -> String {
    let expansion = expand_tokens(item.parse().expect("a golden's item is Rust"));
    prettyplease::unparse(&syn::parse2(expansion).expect("an expansion is items"))
}

fn expand_tokens(item: TokenStream) -> TokenStream {
    let is_enum = item.to_string().contains("DeclarativeEnum");
    // The compiler takes the derive itself away.
    let mut item: syn::DeriveInput = syn::parse2(item).expect("a golden has one item");
    item.attrs.retain(|attribute| !attribute.path().is_ident("derive"));
    let item = quote::ToTokens::into_token_stream(item);
    if is_enum { expand::enumeration(item) } else { expand::model(item) }
}
