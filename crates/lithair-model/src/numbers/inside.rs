//! What is different inside of a type: fields of embedded structs, which the log knows by name, and of variants, which it knows by place.

use serde_json::{Value as Document, json};

use super::{Class, absent_word};
use crate::literal::constant_default;
use crate::{FieldSchema, Kind};

/// A change, and its words.
type Change = (What, String);

/// What a change is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// Old values are read as they are.
    Compatible,
    /// Under its name, or in its place, another field would find its values: so what it is in is written again without it.
    LeftOut,
    /// Values of before the field have another one in its place: so what it is in is written again with the former one.
    Default,
    /// It cannot be.
    Refused,
}

impl What {
    pub(super) const fn class(self) -> Class {
        match self {
            Self::Compatible => Class::Compatible,
            Self::LeftOut | Self::Default => Class::Plan,
            Self::Refused => Class::Refused,
        }
    }
}

/// The changes inside of a type. `path` names what is of the type; `described` is the type as the log's last schema shows it.
pub(super) fn changes(path: &str, described: &Document, kind: &Kind) -> Vec<Change> {
    match kind {
        Kind::Struct(schema) => of_struct(path, fields(&described["struct"]), schema.fields),
        Kind::List(element) => changes(path, &described["array"]["type"], &element.kind),
        Kind::Enum(schema) => {
            let variants = described["enum"]["variants"].as_array();
            let known = |name: &str| variants.into_iter().flatten().find(|variant| wire(variant) == name);
            let both = schema.variants.iter().filter_map(|variant| Some((variant, known(variant.wire)?)));
            both.flat_map(|(variant, known)| {
                of_variant(&format!("{path}.{}", variant.name), fields(known), variant.fields)
            })
            .collect()
        }
        _ => Vec::new(),
    }
}

/// The fields of a struct, or of a variant, as a document shows them.
pub(crate) fn fields(owner: &Document) -> &[Document] {
    owner["fields"].as_array().map_or(&[], Vec::as_slice)
}

/// The name of a variant in JSON, as a document shows it.
pub(crate) fn wire(variant: &Document) -> &str {
    variant["wire"].as_str().or_else(|| variant["name"].as_str()).unwrap_or_default()
}

fn of_struct(path: &str, known: &[Document], declared: &[FieldSchema]) -> Vec<Change> {
    let (mut found, mut kept) = (Vec::new(), Vec::new());
    for field in declared {
        let at = format!("{path}.{}", field.name);
        match former_of(known, field) {
            None => found.push(added(&at, field)),
            Some(former) => {
                kept.push(&former["name"]);
                if former["name"] != field.name {
                    let former = former["name"].as_str().unwrap_or_default();
                    found.push((What::Compatible, format!("`{path}.{former}` is `{at}` now")));
                }
                found.extend(same(&at, former, field));
            }
        }
    }
    let gone = known.iter().filter(|known| !kept.contains(&&known["name"]));
    found.extend(gone.map(|known| left_out(&format!("{path}.{}", known["name"].as_str().unwrap_or_default()))));
    found
}

/// The field of a struct as it was, under its own name or the one that it had before.
pub(crate) fn former_of<'a>(known: &'a [Document], field: &FieldSchema) -> Option<&'a Document> {
    let names = [Some(field.name), field.renamed_from].into_iter().flatten();
    names.filter_map(|name| known.iter().find(|known| known["name"] == name)).next()
}

fn of_variant(path: &str, known: &[Document], declared: &[FieldSchema]) -> Vec<Change> {
    let mut found = Vec::new();
    for (place, field) in declared.iter().enumerate() {
        let at = format!("{path}.{}", field.name);
        let Some(former) = known.get(place) else {
            found.push(added(&at, field));
            continue;
        };
        if former["name"] != field.name {
            let former = former["name"].as_str().unwrap_or_default();
            let is_moved = known.iter().any(|known| known["name"] == field.name)
                || declared.iter().any(|declared| declared.name == former);
            found.push(match is_moved {
                true => (
                    What::Refused,
                    format!("`{at}` was in another place: the log knows fields of variants by their order"),
                ),
                false => (What::Compatible, format!("`{path}.{former}` is `{at}` now")),
            });
        }
        found.extend(same(&at, former, field));
    }
    let gone = known.iter().skip(declared.len());
    found.extend(gone.map(|known| left_out(&format!("{path}.{}", known["name"].as_str().unwrap_or_default()))));
    found
}

/// A field that the log knows: of the same type, and what is inside of it.
fn same(at: &str, former: &Document, field: &FieldSchema) -> Vec<Change> {
    let (known, word) = (described_word(&former["type"]), super::type_word(&field.kind));
    if known == word {
        let default = has_another_default(former, field).then(|| {
            let detail = format!("`{at}` has another default: values of before the field keep the former one");
            (What::Default, detail)
        });
        return default.into_iter().chain(changes(at, &former["type"], &field.kind)).collect();
    }
    let detail = format!(
        "`{at}` has values of type `{known}` in the log, the struct says `{word}`: give it another name, \
         or the field that it is in `#[db(upcast = function)]`"
    );
    vec![(What::Refused, detail)]
}

fn added(at: &str, field: &FieldSchema) -> Change {
    let word = super::type_word(&field.kind);
    if field.optional || constant_default(field).is_some() {
        return (What::Compatible, format!("`{at}` ({word}) is new"));
    }
    let detail = format!(
        "`{at}` is new and old values have none: make it an `Option`, or give it a constant `#[db(default = ..)]`"
    );
    (What::Refused, detail)
}

/// Whether values of before the field have something else in its place than when its document was written.
pub(crate) fn has_another_default(former: &Document, field: &FieldSchema) -> bool {
    absent_word(former) != absent_word(&crate::document::field(field))
}

fn left_out(at: &str) -> Change {
    (What::LeftOut, format!("`{at}` is left out: what it is in is written again without it"))
}

/// Whether a type leaves out what is inside of it.
pub(crate) fn leaves_out(described: &Document, kind: &Kind) -> bool {
    has(What::LeftOut, described, kind)
}

/// Whether values of a type have something else in them than before, where they have nothing written.
pub(crate) fn has_other_defaults(described: &Document, kind: &Kind) -> bool {
    has(What::Default, described, kind)
}

fn has(what: What, described: &Document, kind: &Kind) -> bool {
    changes("", described, kind).iter().any(|(found, _)| *found == what)
}

/// The word of a type as a document shows it.
fn described_word(described: &Document) -> String {
    if let Some(element) = described["array"].get("type") {
        return format!("array of {}", described_word(element));
    }
    let member = described.as_object().and_then(|object| object.keys().next());
    member.map_or_else(|| described.as_str().unwrap_or_default().to_owned(), Clone::clone)
}

/// What makes a type another one: not its name in Rust, and not what is declared of its values.
pub(super) fn essence(described: &Document) -> Document {
    let all = |owner: &Document| fields(owner).iter().map(essence_of_field).collect::<Vec<_>>();
    if let Some(schema) = described.get("struct") {
        return json!({ "struct": all(schema) });
    }
    if let Some(schema) = described.get("enum") {
        let variants = schema["variants"].as_array().into_iter().flatten();
        return json!({ "enum": variants.map(|variant| json!([variant["name"], variant["wire"], all(variant)])).collect::<Vec<_>>() });
    }
    match described.get("array") {
        Some(array) => json!({ "array": [essence(&array["type"]), array["optional"]] }),
        None => described.clone(),
    }
}

fn essence_of_field(field: &Document) -> Document {
    json!([field["name"], essence(&field["type"]), field["optional"]])
}
