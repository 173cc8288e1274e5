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

/// Attributes made of the language's own words, in any order and any form: whatever the derive thinks of them, it says
/// so or emits items.
#[test]
fn no_attribute_breaks_the_derive() {
    let mut dice = Dice(1);
    let (mut refused, mut taken) = (0, 0);
    for _ in 0..4_000 {
        let (on_struct, on_a, on_b) = (dice.attribute(&STRUCT), dice.attribute(&FIELD), dice.attribute(&FIELD));
        let ty = dice.one(&TYPES);
        let item = format!(
            "#[permission(all = public)] {on_struct} struct Thing {{ {on_a} a: {ty}, {on_b} b: Option<String> }}"
        );
        // Words that are no tokens together, such as an open bracket, are not the derive's matter.
        let Ok(tokens) = item.parse::<TokenStream>() else { continue };
        if syn::parse2::<syn::DeriveInput>(tokens.clone()).is_err() {
            continue;
        }
        let expansion = expand::model(tokens);
        let text = expansion.to_string();
        syn::parse2::<syn::File>(expansion).unwrap_or_else(|error| panic!("{item}\n{error}\n{text}"));
        let count = if text.contains("compile_error") { &mut refused } else { &mut taken };
        *count += 1;
    }
    assert!(refused > 1_000 && taken > 20, "both happen: {refused} refused, {taken} taken");
}

const TYPES: [&str; 10] =
    ["String", "i64", "Option<i64>", "Vec<String>", "Decimal", "Id<Thing>", "Colour", "Json", "bool", "(i8, i8)"];

/// A generator of attributes; the same ones each time.
struct Dice(u64);

impl Dice {
    /// A number below `sides`.
    fn roll(&mut self, sides: usize) -> usize {
        // Knuth's MMIX generator; the high bits are the good ones.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits fit") % sides
    }

    fn one<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.roll(of.len())]
    }

    /// An attribute that is right somewhere, or one of words.
    fn attribute(&mut self, right: &[&'static str]) -> String {
        if self.roll(2) == 0 {
            return self.one(right).to_owned();
        }
        let name = self.one(&["db", "http", "http", "relation", "lifecycle", "lithair", "audit", "computed"]);
        format!("#[{name}({})]", self.words(2))
    }

    fn words(&mut self, depth: usize) -> String {
        let mut words = Vec::new();
        for _ in 0..=self.roll(3) {
            let key = self.one(&WORDS);
            words.push(match self.roll(4) {
                0 if depth > 0 => format!("{key}({})", self.words(depth - 1)),
                1 => format!("{key} = {}", self.one(&VALUES)),
                2 => self.one(&VALUES).to_owned(),
                _ => key.to_owned(),
            });
        }
        words.join(self.one(&[", ", ", ", ", ", " ", "&&"]))
    }
}

const STRUCT: [&str; 4] = [
    "",
    "#[db(index(a, -b), unique(b))]",
    "#[db(check(b.is_some(), \"no\", on = b))]",
    "#[http(ops(list), page(max = 5))]",
];
const FIELD: [&str; 6] = [
    "",
    "#[db(index)]",
    "#[db(default = \"x\")]",
    "#[http(validate(len(1..=5)), normalize(trim))]",
    "#[http(rename = \"c\", filter, sort)]",
    "#[lifecycle(immutable)]",
];
const WORDS: [&str; 44] = [
    "table",
    "primary_key",
    "unique",
    "index",
    "order",
    "check",
    "path",
    "ops",
    "page",
    "body_limit",
    "auto",
    "default",
    "decimal",
    "hidden",
    "read_only",
    "write_only",
    "rename",
    "validate",
    "normalize",
    "filter",
    "sort",
    "immutable",
    "belongs_to",
    "on_delete",
    "crate",
    "len",
    "range",
    "regex",
    "one_of",
    "each",
    "with",
    "email",
    "msg",
    "when",
    "where",
    "on",
    "trim",
    "list",
    "max",
    "a",
    "b",
    "id",
    "ci",
    "fulltext",
];
const VALUES: [&str; 26] = [
    "1",
    "-1",
    "1.5",
    "true",
    "\"text\"",
    "\"64KiB\"",
    "1..=2",
    "..=5",
    "2..=1",
    "0..",
    "now()",
    "Colour::Red",
    "uuid7",
    "sequence",
    "cascade",
    "set_null",
    "Thing",
    "fn(path)",
    "-a",
    "a == 1",
    "b.is_none()",
    "a in [1, 2]",
    "!a || b.len() > 2",
    "a <",
    "5 % 2",
    "[]",
];

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
