//! `schema.json`: everything a program declares, for tools and people.

mod field;
mod permissions;
mod text;

pub(crate) use field::{document as field, kind};
use serde_json::{Map, Value as Document, json};
pub(crate) use text::operation_word;
pub(crate) use text::{comparison_word, expression};
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    AccessSchema, AfterSchema, AfterWhat, BeforeSchema, Catalog, CheckSchema, CommandSchema, ErrorSchema,
    HistorySchema, IndexSchema, LifecycleSchema, LinkKind, LinkSchema, ModelSchema, OnDelete, RelationSchema,
    SoftDeleteSchema, SortTerm, UniqueSchema,
};

/// The version of the form of the document. A new member of an object is no new version.
const FORMAT: u32 = 1;

/// All models, in the order they were registered. Members are ordered by name, so equal programs have equal texts;
/// `hash` is XXH3-128 of the text of `models`.
pub fn schema_document(catalog: &Catalog) -> Document {
    let models: Vec<Document> = catalog.models.iter().map(|model| model_document(model.schema)).collect();
    let models = Document::Array(models);
    let hash = format!("{:032x}", xxh3_128(models.to_string().as_bytes()));
    json!({ "format": FORMAT, "hash": hash, "models": models })
}

/// One model.
pub(crate) fn model_document(schema: &ModelSchema) -> Document {
    let Document::Object(mut document) = json!({
        "name": schema.name,
        "table": schema.table,
        "path": schema.path,
        "key": names(schema, schema.key),
        "fields": schema.fields.iter().map(field::document).collect::<Vec<_>>(),
        "operations": schema.operations.iter().map(operation_word).collect::<Vec<_>>(),
        "page": { "default": schema.page.default, "max": schema.page.max },
        "body_bytes_max": schema.body_bytes_max,
        "permission": match schema.access {
            AccessSchema::Public => json!({ "all": "public" }),
            AccessSchema::Rules(policy) => permissions::document(policy),
        },
    }) else {
        unreachable!("an object was written")
    };
    if let Some(place) = schema.tenant {
        document.insert("tenant".to_owned(), json!(names(schema, &[place]).concat()));
    }
    if !schema.unenforced.is_empty() {
        document.insert("unenforced".to_owned(), json!(schema.unenforced));
    }
    if let Some(former) = schema.renamed_from {
        document.insert("renamed_from".to_owned(), json!(former));
    }
    list(&mut document, "uniques", schema.uniques, |part| unique(schema, part));
    list(&mut document, "indexes", schema.indexes, |part| index(schema, part));
    list(
        &mut document,
        "fulltext",
        schema.fulltext,
        |part| json!({ "field": schema.fields[part.field].name, "weight": part.weight }),
    );
    list(&mut document, "checks", schema.checks, |part| check(schema, part));
    list(&mut document, "relations", schema.relations, |part| relation(schema, part));
    list(&mut document, "links", schema.links, link);
    lifecycle(&mut document, &schema.lifecycle);
    list(&mut document, "commands", schema.commands, command);
    list(&mut document, "hooks_before", schema.hooks_before, hook);
    list(&mut document, "hooks_after", schema.hooks_after, after);
    list(&mut document, "order", schema.order, |part| sort_term(schema, part));
    Document::Object(document)
}

fn lifecycle(document: &mut Map<String, Document>, lifecycle: &LifecycleSchema) {
    if lifecycle.optimistic_lock {
        document.insert("optimistic_lock".to_owned(), json!(true));
    }
    if let Some(SoftDeleteSchema { cascade, purge_after }) = &lifecycle.soft_delete {
        document.insert("soft_delete".to_owned(), json!({ "cascade": cascade, "purge_after_micros": purge_after }));
    }
    if let Some(condition) = &lifecycle.immutable_when {
        document.insert("immutable_when".to_owned(), json!(expression(condition)));
    }
    history(document, &lifecycle.history);
}

/// What is kept of earlier versions, of a model or of a field. Nothing is said where all is kept.
fn history(document: &mut Map<String, Document>, history: &HistorySchema) {
    let mut put = |name: &str, value: Document| document.insert(name.to_owned(), value);
    if let Some(versions) = history.versions {
        put("versions", json!(versions));
    }
    if let Some(micros) = history.retention_micros {
        put("retention_micros", json!(micros));
    }
    if history.snapshot_only {
        put("snapshot_only", json!(true));
    }
}

fn command(command: &CommandSchema) -> Document {
    let error = |error: &ErrorSchema| json!({ "status": error.status, "code": error.code, "detail": error.detail });
    json!({
        "name": command.name,
        "summary": command.summary,
        "input": command.input.fields.iter().map(field::document).collect::<Vec<_>>(),
        "event": command.event,
        "errors": command.errors.iter().map(error).collect::<Vec<_>>(),
    })
}

fn after(hook: &AfterSchema) -> Document {
    let on = match hook.on {
        AfterWhat::Create => "create",
        AfterWhat::Event(name) => name,
    };
    json!({ "name": hook.name, "after": on })
}

fn hook(hook: &BeforeSchema) -> Document {
    json!({ "name": hook.name, "create": hook.create, "update": hook.update })
}

/// Adds a list, if there is something in it.
fn list<T>(document: &mut Map<String, Document>, name: &str, parts: &[T], show: impl Fn(&T) -> Document) {
    if !parts.is_empty() {
        document.insert(name.to_owned(), parts.iter().map(show).collect());
    }
}

fn names(schema: &ModelSchema, places: &[usize]) -> Vec<&'static str> {
    // A place that is out of range is reported by the catalog; the log's document is made before.
    places.iter().filter_map(|&place| schema.fields.get(place)).map(|field| field.name).collect()
}

fn unique(schema: &ModelSchema, unique: &UniqueSchema) -> Document {
    let mut document = json!({ "fields": names(schema, unique.fields) });
    if unique.ignore_case {
        document["ignore_case"] = json!(true);
    }
    if let Some(condition) = &unique.condition {
        document["where"] = json!(expression(condition));
    }
    document
}

fn index(schema: &ModelSchema, index: &IndexSchema) -> Document {
    index.terms.iter().map(|term| sort_term(schema, term)).collect()
}

/// `price`, or `-price` for the largest first.
fn sort_term(schema: &ModelSchema, term: &SortTerm) -> Document {
    let sign = if term.descending { "-" } else { "" };
    json!(format!("{sign}{}", names(schema, &[term.field]).concat()))
}

fn check(schema: &ModelSchema, check: &CheckSchema) -> Document {
    let mut document = json!({ "condition": expression(&check.condition), "message": check.message });
    if let Some(place) = check.field {
        document["on"] = json!(names(schema, &[place]).concat());
    }
    document
}

fn relation(schema: &ModelSchema, relation: &RelationSchema) -> Document {
    let on_delete = match relation.on_delete {
        OnDelete::Restrict => "restrict",
        OnDelete::Cascade => "cascade",
        OnDelete::SetNull => "set_null",
        OnDelete::SetDefault => "set_default",
        OnDelete::Soft => "soft",
    };
    let target = (relation.target)();
    json!({
        "name": relation.name,
        "fields": names(schema, relation.fields),
        "target": target.name,
        "target_fields": names(target, target.key),
        "on_delete": on_delete,
    })
}

fn link(link: &LinkSchema) -> Document {
    let mut document = json!({ "name": link.wire, "target": (link.target)().name });
    let (kind, via) = match link.kind {
        LinkKind::HasMany { via } => ("has_many", Some(via)),
        LinkKind::HasOne { via } => ("has_one", Some(via)),
        LinkKind::ManyToMany { through, via } => {
            document["through"] = json!(through().name);
            ("many_to_many", via)
        }
    };
    document["kind"] = json!(kind);
    if let Some(via) = via {
        document["via"] = json!(via);
    }
    document
}
