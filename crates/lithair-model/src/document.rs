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
    AccessSchema, AfterSchema, AfterWhat, BeforeSchema, Catalog, CheckSchema, CommandSchema, ComputedFrom,
    ComputedSchema, ErrorSchema, Expr, FieldSchema, FoldSchema, HistorySchema, IndexSchema, LifecycleSchema, LinkKind,
    LinkSchema, ModelSchema, OnDelete, RelationSchema, ScheduleSchema, SecuritySchema, SoftDeleteSchema, SortTerm,
    UniqueSchema,
};

/// The version of the form of the document. A new member of an object is no new version.
const FORMAT: u32 = 1;

/// All models, in the order they were registered. Members are ordered by name, so equal programs have equal texts;
/// `hash` is XXH3-128 of the text of `models`.
pub fn schema_document(catalog: &Catalog) -> Document {
    let models: Vec<Document> = catalog.shown().map(|model| model_document(model.schema)).collect();
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
        "fields": schema.fields.iter().map(|field| field_of(schema, field)).collect::<Vec<_>>(),
        "operations": schema.operations.iter().map(operation_word).collect::<Vec<_>>(),
        "page": { "default": schema.page.default, "max": schema.page.max },
        "body_bytes_max": schema.body_bytes_max,
        "permission": match schema.access {
            AccessSchema::Public => json!({ "all": "public" }),
            AccessSchema::Internal => json!({ "all": "nobody" }),
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
    security(&mut document, &schema.security);
    list(&mut document, "commands", schema.commands, command);
    list(&mut document, "hooks_before", schema.hooks_before, hook);
    list(&mut document, "hooks_after", schema.hooks_after, after);
    list(&mut document, "schedules", schema.schedules, schedule);
    if let Some(projection) = schema.projection {
        let folds: Vec<Document> = projection.folds.iter().map(fold).collect();
        document.insert("projection".to_owned(), json!({ "version": projection.version, "folds": folds }));
    }
    list(&mut document, "order", schema.order, |part| sort_term(schema, part));
    Document::Object(document)
}

fn field_of(schema: &ModelSchema, field: &FieldSchema) -> Document {
    let mut document = field::document(field);
    if field.computed.is_some() {
        document["computed"] = computed_of(schema, field);
    }
    document
}

/// What a field is computed from, with the computed fields that are no stored values: another meaning of those is another one of it.
pub(crate) fn computed_of(schema: &ModelSchema, field: &FieldSchema) -> Document {
    let Some(computed) = &field.computed else { return Document::Null };
    let mut document = field::computed(computed);
    let mut inlined = Map::new();
    match &computed.from {
        ComputedFrom::Expr(expr) => inline(schema, expr, &mut inlined),
        ComputedFrom::Related(related) => {
            let link = schema.links.iter().find(|link| link.name == related.link);
            if let Some(target) = link.map(|link| (link.target)()) {
                related.value.iter().chain(&related.condition).for_each(|expr| inline(target, expr, &mut inlined));
            }
        }
    }
    if computed.stored && !inlined.is_empty() {
        document["inlined"] = Document::Object(inlined);
    }
    document
}

/// The expressions of the fields in an expression that are computed when they are read.
fn inline(schema: &ModelSchema, expr: &Expr, found: &mut Map<String, Document>) {
    let mut names = Vec::new();
    expr.names(&mut names);
    for field in schema.fields.iter().filter(|field| names.contains(&field.name)) {
        if let Some(ComputedSchema { stored: false, from: ComputedFrom::Expr(inner) }) = &field.computed
            && found.insert(field.name.to_owned(), json!(expression(inner))).is_none()
        {
            inline(schema, inner, found);
        }
    }
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

fn security(document: &mut Map<String, Document>, security: &SecuritySchema) {
    if !security.allow.is_empty() || !security.deny.is_empty() {
        document.insert("firewall".to_owned(), json!({ "allow": security.allow, "deny": security.deny }));
    }
    list(document, "rate_limits", security.rate_limits, |limit| {
        json!({
            "operations": limit.operations,
            "rate": limit.rate.to_string(),
            "burst": limit.burst,
            "per": limit.per.word(),
        })
    });
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
    json!({ "name": hook.name, "after": hook.on.iter().map(AfterWhat::word).collect::<Vec<_>>() })
}

fn schedule(schedule: &ScheduleSchema) -> Document {
    json!({ "name": schedule.name, "summary": schedule.summary, "times": schedule.text })
}

fn fold(fold: &FoldSchema) -> Document {
    let on = fold.on.iter().map(AfterWhat::word).collect::<Vec<_>>();
    json!({ "name": fold.name, "of": (fold.of)().name, "after": on })
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
        document["case_folding"] = json!("full");
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
    let members = || crate::embedded::members(schema.fields);
    let inner = || members().get(term.field.wrapping_sub(schema.fields.len())).map(|member| member.name.clone());
    let name = schema.fields.get(term.field).map(|field| field.name.to_owned()).or_else(inner).unwrap_or_default();
    json!(format!("{sign}{name}"))
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
