//! A field as `schema.json` shows it, with its type, its rules and what it is computed from.

use serde_json::{Map, Value as Document, json};

use super::text::{expression, format_word, normalizer_word};
use crate::literal::literal_text;
use crate::{
    Auto, ComputedFrom, ComputedSchema, DefaultValue, EnumSchema, Exposure, FieldSchema, Kind, Literal, Mutability,
    Rule, RuleSchema, StatesSchema, TransitionSchema, VariantSchema, rule_word,
};

/// One field. What is not declared is left out.
pub(crate) fn document(field: &FieldSchema) -> Document {
    let members = [
        ("name", Some(json!(field.name))),
        ("type", Some(kind(&field.kind))),
        ("wire", (field.wire != field.name).then(|| json!(field.wire))),
        ("renamed_from", field.renamed_from.map(|former| json!(former))),
        ("decimal", field.decimal.map(|decimal| json!({ "precision": decimal.precision, "scale": decimal.scale }))),
        ("auto", field.auto.map(|auto| json!(auto_word(auto)))),
        ("default", field.default.as_ref().map(default)),
        ("on_update", field.on_update.as_ref().map(default)),
        ("backfill", field.backfill.as_ref().map(default)),
        ("upcast", field.upcast.as_ref().map(|upcast| json!({ "from": upcast.sources }))),
        ("computed", field.computed.as_ref().map(computed)),
        ("example", field.example.as_ref().map(|example| json!(literal_text(example)))),
        ("deprecated", field.deprecated.map(|advice| json!(advice))),
        ("states", field.states.map(states)),
        ("exposure", (field.exposure != Exposure::Open).then(|| json!(exposure_word(field.exposure)))),
        ("permission", super::permissions::of_field(&field.access)),
    ];
    let flags = flags(field).into_iter().map(|(name, is_set)| (name, is_set.then_some(Document::Bool(true))));
    let lists = [
        ("rules", field.rules.iter().map(rule).collect::<Vec<_>>()),
        ("normalize", field.normalizers.iter().map(|normalizer| json!(normalizer_word(normalizer))).collect()),
    ];
    let lists = lists.into_iter().map(|(name, list)| (name, (!list.is_empty()).then_some(Document::Array(list))));
    let all = members.into_iter().chain(flags).chain(lists);
    let mut out: Map<_, _> = all.filter_map(|(name, value)| Some((name.to_owned(), value?))).collect();
    super::history(&mut out, &field.history);
    Document::Object(out)
}

fn flags(field: &FieldSchema) -> [(&'static str, bool); 6] {
    [
        ("optional", field.optional),
        ("immutable", field.mutability == Mutability::Immutable),
        ("write_once", field.mutability == Mutability::WriteOnce),
        ("monotonic", field.mutability == Mutability::Monotonic),
        ("filter", field.filter),
        ("sort", field.sort),
    ]
}

/// A type: its word, or an object for what has parts.
pub(crate) fn kind(kind: &Kind) -> Document {
    match kind {
        Kind::Int { min, max } => json!({ "integer": { "min": whole(*min), "max": whole(*max) } }),
        Kind::Float { bits } => json!({ "number": { "bits": bits } }),
        Kind::Enum(schema) => json!({ "enum": enumeration(schema) }),
        Kind::Struct(schema) => {
            json!({ "struct": { "name": schema.name, "fields": schema.fields.iter().map(document).collect::<Vec<_>>() } })
        }
        Kind::List(element) => {
            json!({ "array": { "type": self::kind(&element.kind), "optional": element.optional } })
        }
        other => json!(other.word()),
    }
}

/// A bound of an integer type as a number of JSON.
fn whole(bound: i128) -> Document {
    match (i64::try_from(bound), u64::try_from(bound)) {
        (Ok(bound), _) => json!(bound),
        (_, Ok(bound)) => json!(bound),
        // Numbers beyond 64 bits are not JSON that every reader takes. No field type has them.
        _ => json!(bound.to_string()),
    }
}

fn enumeration(schema: &EnumSchema) -> Document {
    json!({ "name": schema.name, "variants": schema.variants.iter().map(variant).collect::<Vec<_>>() })
}

fn variant(variant: &VariantSchema) -> Document {
    let mut out = json!({ "name": variant.name });
    if variant.wire != variant.name {
        out["wire"] = json!(variant.wire);
    }
    if !variant.fields.is_empty() {
        out["fields"] = variant.fields.iter().map(document).collect();
    }
    out
}

fn states(states: &StatesSchema) -> Document {
    let transitions: Vec<_> = states.transitions.iter().map(transition).collect();
    json!({ "initial": states.initial, "transitions": transitions })
}

fn transition(way: &TransitionSchema) -> Document {
    let mut out = json!({ "name": way.name, "from": way.from, "to": way.to });
    if let Some(guard) = &way.guard {
        out["if"] = json!(expression(guard));
    }
    out
}

fn auto_word(auto: Auto) -> &'static str {
    match auto {
        Auto::Uuid7 => "uuid7",
        Auto::Ulid => "ulid",
        Auto::Sequence => "sequence",
        Auto::Created => "created",
        Auto::Updated => "updated",
        Auto::Deleted => "deleted",
    }
}

pub(super) fn computed(computed: &ComputedSchema) -> Document {
    let mut out = json!({ "stored": computed.stored });
    match &computed.from {
        ComputedFrom::Expr(expr) => out["expr"] = json!(expression(expr)),
        ComputedFrom::Related(related) => {
            out["function"] = json!(related.function.word());
            out["relation"] = json!(related.link);
            for (name, part) in [("value", &related.value), ("where", &related.condition)] {
                if let Some(part) = part {
                    out[name] = json!(expression(part));
                }
            }
        }
    }
    out
}

fn default(default: &DefaultValue) -> Document {
    match default {
        DefaultValue::Expr(expr) => json!(expression(expr)),
        DefaultValue::Function(_) => json!("fn(..)"),
    }
}

fn exposure_word(exposure: Exposure) -> &'static str {
    match exposure {
        Exposure::Open => "open",
        Exposure::ReadOnly => "read_only",
        Exposure::WriteOnly => "write_only",
        Exposure::Hidden => "hidden",
    }
}

fn rule(schema: &RuleSchema) -> Document {
    let mut out = Map::new();
    out.insert("rule".to_owned(), json!(rule_word(&schema.rule)));
    for (name, value) in params(&schema.rule) {
        out.insert(name.to_owned(), value);
    }
    if let Some(message) = schema.message {
        out.insert("message".to_owned(), json!(message));
    }
    if let Some(condition) = &schema.condition {
        out.insert("when".to_owned(), json!(expression(condition)));
    }
    Document::Object(out)
}

fn params(rule: &Rule) -> Vec<(&'static str, Document)> {
    let literal = |literal: &Literal| json!(literal_text(literal));
    match rule {
        Rule::Len { min, max } | Rule::Bytes { min, max } => vec![("min", json!(min)), ("max", json!(max))],
        Rule::Range { min, max } => {
            let bounds = [("min", min), ("max", max)];
            bounds.into_iter().filter_map(|(name, bound)| Some((name, literal(bound.as_ref()?)))).collect()
        }
        Rule::Greater(bound) | Rule::Less(bound) | Rule::MultipleOf(bound) => vec![("value", literal(bound))],
        Rule::OneOf(values) => vec![("values", values.iter().map(literal).collect())],
        Rule::Regex(text) | Rule::StartsWith(text) | Rule::EndsWith(text) | Rule::Contains(text) => {
            vec![("value", json!(text))]
        }
        Rule::Format(format) => vec![("value", json!(format_word(format)))],
        Rule::Each(rules) => vec![("rules", rules.iter().map(self::rule).collect())],
        Rule::Json(element) => vec![("type", kind(&element.kind)), ("optional", json!(element.optional))],
        Rule::With { path, .. } => vec![("path", json!(path))],
        Rule::Required | Rule::NonEmpty | Rule::Past | Rule::Future | Rule::UniqueItems => Vec::new(),
    }
}
