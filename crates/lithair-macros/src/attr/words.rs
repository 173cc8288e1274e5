//! Every word of the language: which attribute has it where, and whether it is enforced already.
//!
//! A word that is designed and not enforced yet is refused: an attribute without effect would be a lie. What is declared of encryption and
//! audit is taken, and stops the start of a server until it is enforced: `ModelSchema::unenforced`.

use proc_macro2::Span;
use syn::{Attribute, Ident};

use crate::errors::Errors;
use crate::suggest;

/// Where an attribute stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Struct,
    Field,
    Enum,
    Variant,
    VariantField,
    /// A struct that is the type of a field.
    Embedded,
    EmbeddedField,
    /// A parameter of a command.
    Parameter,
}

impl Place {
    fn word(self) -> &'static str {
        match self {
            Self::Struct => "a struct",
            Self::Field => "a field",
            Self::Enum => "an enum",
            Self::Variant => "a variant",
            Self::VariantField => "a field of a variant",
            Self::Embedded => "an embedded struct",
            Self::EmbeddedField => "a field of an embedded struct",
            Self::Parameter => "a parameter of a command",
        }
    }

    /// Whether it is a part of what a field holds.
    const fn is_inside(self) -> bool {
        matches!(self, Self::VariantField | Self::Embedded | Self::EmbeddedField)
    }

    /// What has the words of a place that is not inside of a value.
    fn of_model(self) -> &'static str {
        match self {
            Self::Struct => "models",
            Self::Field => "fields of models",
            place => place.word(),
        }
    }
}

/// The words of one attribute at one place.
struct Words {
    attribute: &'static str,
    place: Place,
    /// Enforced.
    ready: &'static [&'static str],
    /// Designed.
    later: &'static [&'static str],
}

const fn words(
    attribute: &'static str,
    place: Place,
    ready: &'static [&'static str],
    later: &'static [&'static str],
) -> Words {
    Words { attribute, place, ready, later }
}

const TABLE: &[Words] = &[
    words(
        "db",
        Place::Struct,
        &["table", "primary_key", "unique", "index", "order", "check", "renamed_from", "fulltext", "tenant"],
        &["shard_by"],
    ),
    words("http", Place::Struct, &["path", "ops", "page", "body_limit"], &[]),
    words(
        "permission",
        Place::Struct,
        &[
            "all", "roles", "read", "create", "update", "write", "delete", "deny", "after", "command", "history",
            "export", "on_deny",
        ],
        &[],
    ),
    words(
        "lifecycle",
        Place::Struct,
        &[
            "timestamps",
            "optimistic_lock",
            "immutable_when",
            "soft_delete",
            "versions",
            "versioned",
            "retention",
            "snapshot_only",
        ],
        &[],
    ),
    words(
        "persistence",
        Place::Struct,
        &["durability"],
        &["replicate", "read", "learners", "memory_only", "no_replication", "track_history"],
    ),
    words(
        "security",
        Place::Struct,
        &["rate_limit", "firewall", "encryption_at_rest", "audit_all_operations", "field_level_permissions"],
        &[],
    ),
    // Other spellings of `security(..)`: see `spelling.rs`.
    words("firewall", Place::Struct, &[], &[]),
    words("encryption", Place::Struct, &[], &["subject"]),
    words("audit", Place::Struct, &[], &["writes", "reads", "chain", "reason", "retain"]),
    words("lithair", Place::Struct, &["crate"], &[]),
    words(
        "db",
        Place::Field,
        &[
            "primary_key",
            "auto",
            "unique",
            "index",
            "default",
            "on_update",
            "decimal",
            "renamed_from",
            "backfill",
            "upcast",
            "fulltext",
        ],
        &[],
    ),
    words(
        "http",
        Place::Field,
        &[
            "hidden",
            "read_only",
            "write_only",
            "rename",
            "validate",
            "normalize",
            "filter",
            "sort",
            "search",
            "example",
            "deprecated",
        ],
        &[],
    ),
    words("permission", Place::Field, &["owner", "read", "create", "update", "write"], &[]),
    words("rbac", Place::Field, &[], &[]),
    words(
        "lifecycle",
        Place::Field,
        &["immutable", "write_once", "monotonic", "states", "versions", "versioned", "retention", "snapshot_only"],
        &["audited"],
    ),
    words(
        "relation",
        Place::Field,
        &["belongs_to", "fields", "on_delete", "has_many", "has_one", "many_to_many", "via", "through"],
        &[],
    ),
    words(
        "computed",
        Place::Field,
        // An expression is no word; it stands for all of them.
        &["expr", "count", "sum", "min", "max", "avg", "exists", "stored", "virtual"],
        &[],
    ),
    words("encryption", Place::Field, &["algorithm"], &["seal", "deterministic", "blind_index"]),
    words("security", Place::Field, &["mask"], &["secret", "pii", "sensitive"]),
    words("audit", Place::Field, &["track_all_changes", "tamper_evidence"], &["redact", "hash", "log_reads"]),
    words(
        "persistence",
        Place::Field,
        &[],
        &["memory", "local", "blob", "memory_only", "no_replication", "track_history"],
    ),
    words("http", Place::Enum, &["rename_all"], &[]),
    words("lithair", Place::Enum, &["crate"], &[]),
    words("http", Place::Variant, &["rename"], &[]),
    words("http", Place::VariantField, &["rename", "validate", "normalize", "example", "deprecated"], &[]),
    words("db", Place::VariantField, &["default", "decimal"], &[]),
    words("http", Place::Embedded, &["rename_all"], &[]),
    words("lithair", Place::Embedded, &["crate"], &[]),
    words("http", Place::EmbeddedField, &["rename", "validate", "normalize", "example", "deprecated"], &[]),
    words("db", Place::EmbeddedField, &["default", "decimal", "renamed_from"], &[]),
    words("http", Place::Parameter, &["rename", "validate", "normalize", "example", "deprecated"], &[]),
    words("db", Place::Parameter, &["default", "decimal"], &[]),
];

/// The attributes of the language.
const ATTRIBUTES: [&str; 13] = [
    "db",
    "http",
    "permission",
    "lifecycle",
    "persistence",
    "security",
    "encryption",
    "audit",
    "relation",
    "computed",
    "rbac",
    "firewall",
    "lithair",
];

/// The name of an attribute, if it is one of the language.
pub(crate) fn attribute(attribute: &Attribute) -> Option<&'static str> {
    ATTRIBUTES.into_iter().find(|name| attribute.path().is_ident(name))
}

/// Whether an attribute may stand here at all.
pub(crate) fn is_ready(name: &str, place: Place, attribute: &Attribute, errors: &Errors) -> bool {
    let span = attribute.path().get_ident().map_or_else(Span::call_site, Ident::span);
    let is_here = TABLE.iter().any(|words| words.attribute == name && words.place == place);
    if !is_here {
        errors.at(span, format!("`#[{name}(..)]` does not stand on {}", place.word()));
    }
    is_here
}

/// Whether a key is enforced. Says why not.
pub(crate) fn judge(attribute: &str, place: Place, key: &Ident, errors: &Errors) -> bool {
    let words = TABLE.iter().find(|words| words.attribute == attribute && words.place == place);
    let words = words.expect("the attribute was found here before");
    let word = key.to_string();
    if words.ready.contains(&word.as_str()) {
        return true;
    }
    errors.at(key.span(), refusal(words, &word));
    false
}

/// What there is instead of words that are not there yet.
const REASONS: [(&str, &str); 5] = [
    ("memory", IN_THE_LOG),
    ("memory_only", IN_THE_LOG),
    ("blob", NO_PLACE),
    ("no_replication", "its word here is `local`, and nothing is replicated yet"),
    ("track_history", "its word here is `#[lifecycle(audited)]`; the history of every field is kept without a word"),
];

/// docs/adr/0031
const IN_THE_LOG: &str =
    "a record is what the log says, every value of it; `#[lifecycle(snapshot_only)]` keeps no earlier ones";

/// docs/adr/0036
const NO_PLACE: &str =
    "what is beside the log is neither in the past nor in copies; keep a text that says where the content is";

/// Why a word is not taken: the first that is true of not yet, elsewhere, misspelled, unknown.
fn refusal(words: &Words, word: &str) -> String {
    let Words { attribute, place, ready, later } = words;
    if later.contains(&word) {
        let why = REASONS.iter().find(|(known, ..)| *known == word).map(|(_, why)| format!(": {why}"));
        return format!("`{word}` is not supported yet{}", why.unwrap_or_default());
    }
    let elsewhere = |has: &dyn Fn(&Words) -> bool| TABLE.iter().find(|words| has(words) && words.ready.contains(&word));
    let is_of = |other: &Words, place: Place| other.attribute == *attribute && other.place == place;
    if *place == Place::Parameter && elsewhere(&|other| is_of(other, Place::Field)).is_some() {
        return format!("`{word}` is for fields of models: a parameter is what the caller says, and is not stored");
    }
    if let Some(other) = elsewhere(&|other| other.place == *place && other.attribute != *attribute) {
        return format!("`{word}` is a key of `#[{}(..)]`, not of `#[{attribute}(..)]`", other.attribute);
    }
    if let Some(other) = elsewhere(&|other| other.attribute == *attribute) {
        if place.is_inside() && !other.place.is_inside() {
            return format!("`{word}` is for {}, not for what is inside of a value", other.place.of_model());
        }
        return format!("`{word}` belongs on {}, not on {}", other.place.word(), place.word());
    }
    let known = ready.iter().chain(*later).copied();
    match suggest::nearest(word, known) {
        Some(near) => format!("unknown key `{word}`; did you mean `{near}`?"),
        None if ready.is_empty() => format!("unknown key `{word}`"),
        None => {
            format!("unknown key `{word}`; `#[{attribute}(..)]` on {} takes `{}`", place.word(), ready.join("`, `"))
        }
    }
}

/// Whether a key may be there more than once.
pub(crate) fn repeats(place: Place, key: &Ident) -> bool {
    const REPEATED: [&str; 8] = ["unique", "index", "check", "rate_limit", "firewall", "deny", "after", "command"];
    place == Place::Struct && REPEATED.iter().any(|word| key == word)
}

/// One of these words, or what is wrong with it. Words of the second list are designed and not enforced yet.
pub(crate) fn one_of<T: Copy>(
    what: &str,
    word: &Ident,
    known: &[(&str, T)],
    later: &[&str],
    errors: &Errors,
) -> Option<T> {
    let spelled = word.to_string();
    if let Some((_, found)) = known.iter().find(|(name, _)| *name == spelled) {
        return Some(*found);
    }
    if later.contains(&spelled.as_str()) {
        errors.at(word.span(), format!("`{spelled}` is not supported yet"));
    } else {
        let names = known.iter().map(|(name, _)| *name);
        let hint = match suggest::nearest(&spelled, names.clone().chain(later.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected `{}`", names.collect::<Vec<_>>().join("`, `")),
        };
        errors.at(word.span(), format!("unknown {what} `{spelled}`; {hint}"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Judges a key.
    fn verdict(words: &Words, key: &str) -> Option<String> {
        let errors = Errors::new();
        let key: Ident = syn::parse::Parser::parse_str(syn::ext::IdentExt::parse_any, key).expect("a word");
        judge(words.attribute, words.place, &key, &errors);
        errors.finish().map(|error| error.to_string())
    }

    #[test]
    fn what_is_designed_and_not_enforced_is_refused() {
        for words in TABLE {
            for key in words.later {
                let verdict = verdict(words, key).expect("refused");
                assert!(verdict.starts_with(&format!("`{key}` is not supported yet")), "{verdict}");
            }
            for key in words.ready {
                assert_eq!(verdict(words, key), None, "{key}");
            }
        }
    }

    #[test]
    fn a_word_is_designed_or_enforced_and_not_both() {
        for words in TABLE {
            assert!(words.later.iter().all(|key| !words.ready.contains(key)));
            assert!(ATTRIBUTES.contains(&words.attribute));
        }
    }

    /// The page of attributes is the table of words, and what it names is there.
    #[test]
    fn every_word_is_in_the_table_with_a_file_and_a_test() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let read =
            |path: &str| std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
        let page = read("docs/attributes.md");
        let rows = page.lines().filter(|line| line.contains("| `")).map(|line| {
            line.trim_matches('|').split('|').map(|cell| cell.trim().trim_matches('`')).collect::<Vec<_>>()
        });
        let mut documented = std::collections::BTreeSet::new();
        for row in rows {
            let [place, attribute, file, test, _] = row[..] else { panic!("{row:?}") };
            assert!(!read(file).is_empty());
            let (test_file, name) = test.split_once(' ').expect("a file and a test");
            assert!(read(test_file).contains(&format!("fn {name}(")), "{test}");
            assert!(documented.insert(format!("{attribute} on {place}")), "{attribute} on {place} is there twice");
        }
        let words = TABLE.iter().flat_map(|words| {
            words.ready.iter().map(|word| format!("{}({word}) on {}", words.attribute, words.place.word()))
        });
        assert_eq!(documented, words.collect());
    }
}
