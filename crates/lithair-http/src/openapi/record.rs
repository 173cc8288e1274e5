//! Schemas of records: as they are read, created, replaced and patched.

use lithair_model::{
    Catalog, Element, EnumSchema, Exposure, FieldSchema, Kind, MASK_SIGN, ModelEntry, Mutability, Rule, literal_value,
    write_json,
};
use serde_json::{Map, Value, json};

use super::rules;

/// Which way a value goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// To the client: one form.
    Out,
    /// From the client: every form that is taken.
    In,
    /// From the client, as a merge patch: what is inside of a struct may be left out.
    Patch,
}

/// Adds the schemas of a model: `Name`, `Name.Create`, `Name.Replace`, `Name.Patch`. No struct has a point in its name, so another
/// model's schemas have other names.
pub(super) fn schemas(catalog: &Catalog, model: &ModelEntry, schemas: &mut Map<String, Value>) {
    let name = model.schema.name;
    schemas.insert(name.to_owned(), shown(catalog, model));
    let field = |place: usize| &model.schema.fields[place];
    let is_callers = |place: usize| matches!(field(place).exposure, Exposure::Open | Exposure::WriteOnly);
    let is_new = |place: usize| is_callers(place) && !lithair_model::is_servers(model, place);
    let is_changed =
        |place: usize| is_new(place) && field(place).mutability != Mutability::Immutable && !model.is_key(place);
    // What a change leaves alone it takes only as it is, which a schema cannot say: the fields may be there.
    let is_known = |place: usize| field(place).exposure != Exposure::Hidden;
    schemas.insert(format!("{name}.Create"), taken(model, Way::In, is_new, is_new));
    schemas.insert(format!("{name}.Replace"), with_revision(taken(model, Way::In, is_known, is_changed)));
    schemas.insert(format!("{name}.Patch"), with_revision(taken(model, Way::Patch, is_known, |_| false)));
    for (command, input) in model.schema.commands.iter().zip(&model.inputs) {
        schemas.insert(format!("{name}.{}", command.name), taken(input, Way::In, |_| true, |_| true));
    }
}

/// With the revision that the caller believes to change.
fn with_revision(mut schema: Value) -> Value {
    schema["properties"]["_rev"] = revision();
    schema
}

fn revision() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

fn shown(catalog: &Catalog, model: &ModelEntry) -> Value {
    let fields = model.schema.fields.iter();
    let fields = fields.filter(|field| matches!(field.exposure, Exposure::Open | Exposure::ReadOnly));
    let mut properties: Map<_, _> =
        fields.map(|field| (field.wire.to_owned(), of_field(field, field.optional, Way::Out))).collect();
    properties.insert("_rev".to_owned(), revision());
    if model.schema.fields.iter().any(|field| field.access.is_narrower()) {
        let description = "Fields that are left out or masked, because the caller may not see them.";
        let names = json!({ "type": "array", "items": { "type": "string" }, "description": description });
        properties.insert("_redacted".to_owned(), names);
    }
    related(catalog, model, &mut properties);
    // With `fields`, only some of them come.
    json!({ "type": "object", "properties": properties, "required": ["_rev"], "additionalProperties": false })
}

/// What `expand` adds. Where a reference's field has the name of its relation, the record stands instead of the key.
fn related(catalog: &Catalog, model: &ModelEntry, properties: &mut Map<String, Value>) {
    for link in &model.links {
        let target = json!({ "$ref": format!("#/components/schemas/{}", catalog.models[link.target].schema.name) });
        let led_to = match (link.is_many, properties.remove(link.wire)) {
            (true, _) => json!({ "type": "array", "items": target, "description": "With `expand`." }),
            (false, None) => {
                json!({ "anyOf": [target, { "type": "null" }], "description": "With `expand`." })
            }
            (false, Some(key)) => {
                json!({ "anyOf": [key, target], "description": "The key; with `expand`, the record." })
            }
        };
        properties.insert(link.wire.to_owned(), led_to);
    }
    if model.links.iter().any(|link| link.is_many) {
        let wires: Vec<_> = model.links.iter().filter(|link| link.is_many).map(|link| link.wire).collect();
        let description = "The relations of which `expand` shows only the first records.";
        let items = json!({ "type": "string", "enum": wires });
        properties.insert("_more".to_owned(), json!({ "type": "array", "items": items, "description": description }));
    }
}

fn taken(model: &ModelEntry, way: Way, has: impl Fn(usize) -> bool, needs: impl Fn(usize) -> bool) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (place, field) in model.schema.fields.iter().enumerate() {
        if !has(place) {
            continue;
        }
        let is_nullable = is_nullable(field);
        if needs(place) && !is_nullable && field.default.is_none() {
            required.push(field.wire);
        }
        properties.insert(field.wire.to_owned(), of_field(field, is_nullable, way));
    }
    json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
}

/// Whether callers may give null.
fn is_nullable(field: &FieldSchema) -> bool {
    field.optional && !field.rules.iter().any(|rule| matches!(rule.rule, Rule::Required) && rule.condition.is_none())
}

fn of_field(field: &FieldSchema, is_nullable: bool, way: Way) -> Value {
    let mut schema = match fitted(field) {
        // What a patch says of free JSON is not yet what the rule sees.
        Some(element) if way != Way::Patch => nullable(element.optional, of_kind(&element.kind, way)),
        _ => of_kind(&field.kind, way),
    };
    if way != Way::Out {
        rules::apply(field, &mut schema);
    }
    let mut schema = nullable(is_nullable, schema);
    annotate(field, way, &mut schema);
    schema
}

/// The type that free JSON fits, if it always has to.
fn fitted(field: &FieldSchema) -> Option<&'static Element> {
    field.rules.iter().filter(|rule| rule.condition.is_none()).find_map(|rule| match rule.rule {
        Rule::Json(element) => Some(element),
        _ => None,
    })
}

/// The fields of an embedded struct, or of a variant, as an object. What is said with a patch may leave out all of them.
fn of_members(fields: &[FieldSchema], way: Way) -> (Map<String, Value>, Vec<&'static str>) {
    let shown = fields.iter().filter(|field| matches!(field.exposure, Exposure::Open | Exposure::ReadOnly));
    let (mut properties, mut required) = (Map::new(), Vec::new());
    for field in shown {
        let is_null = if way == Way::Out { field.optional } else { is_nullable(field) };
        let is_needed = match way {
            Way::Out => true,
            Way::In => !is_null && field.default.is_none(),
            Way::Patch => false,
        };
        required.extend(is_needed.then_some(field.wire));
        properties.insert(field.wire.to_owned(), of_field(field, is_null, way));
    }
    (properties, required)
}

/// What is said of a field whether its value is null or not.
fn annotate(field: &FieldSchema, way: Way, schema: &mut Value) {
    let mut notes = Map::new();
    if let (Way::Out, Some(decimal)) = (way, field.decimal) {
        let text = format!("{} digits, {} of them behind the point.", decimal.precision, decimal.scale);
        notes.insert("description".to_owned(), text.into());
    }
    if let Some(value) = field.example.as_ref().and_then(|example| literal_value(example, &field.kind)) {
        let mut text = Vec::new();
        write_json(field, &value, &mut text);
        notes.insert("examples".to_owned(), json!([serde_json::from_slice::<Value>(&text).unwrap_or_default()]));
    }
    if let (Way::Out, Some(chart)) = (way, lithair_model::chart_line(field)) {
        notes.insert("description".to_owned(), chart.into());
    }
    if let (Way::Out, Some(mask)) = (way, field.access.mask) {
        let text = format!("To whom may not see it: `{MASK_SIGN}` and the last {} characters.", mask.last);
        notes.insert("description".to_owned(), text.into());
    }
    if let Some(advice) = field.deprecated {
        notes.insert("deprecated".to_owned(), true.into());
        notes.insert("description".to_owned(), advice.into());
    }
    if field.computed.is_some() {
        notes.insert("readOnly".to_owned(), true.into());
    }
    if way != Way::Out && field.exposure == Exposure::WriteOnly {
        notes.insert("writeOnly".to_owned(), true.into());
    }
    match schema {
        Value::Object(members) => members.append(&mut notes),
        // `true`, the schema of anything, has no members.
        _ if notes.is_empty() => {}
        _ => *schema = Value::Object(notes),
    }
}

fn nullable(is_nullable: bool, schema: Value) -> Value {
    if is_nullable { json!({ "anyOf": [schema, { "type": "null" }] }) } else { schema }
}

fn of_kind(kind: &Kind, way: Way) -> Value {
    match kind {
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Int { min, max } => json!({ "type": "integer", "minimum": number(*min), "maximum": number(*max) }),
        Kind::Float { bits } => json!({ "type": "number", "format": if *bits == 32 { "float" } else { "double" } }),
        Kind::Text => json!({ "type": "string" }),
        Kind::Decimal if way != Way::Out => json!({ "type": ["string", "number"], "format": "decimal" }),
        Kind::Decimal => json!({ "type": "string", "format": "decimal" }),
        Kind::Uuid => json!({ "type": "string", "format": "uuid" }),
        Kind::Timestamp => json!({ "type": "string", "format": "date-time" }),
        Kind::Date => json!({ "type": "string", "format": "date" }),
        Kind::Enum(schema) => of_enum(schema, whole(way)),
        Kind::Struct(schema) => {
            let (properties, required) = of_members(schema.fields, way);
            json!({
                "type": "object", "title": schema.name, "properties": properties, "required": required,
                "additionalProperties": false,
            })
        }
        Kind::List(Element { kind, optional }) => {
            json!({ "type": "array", "items": nullable(*optional, of_kind(kind, whole(way))) })
        }
        Kind::Json => json!({}),
    }
}

/// A patch replaces lists and variants whole.
fn whole(way: Way) -> Way {
    if way == Way::Patch { Way::In } else { way }
}

/// Bounds of the integer types are bounds of JSON numbers too, if they are not larger than 64 bits.
fn number(bound: i128) -> Value {
    match (i64::try_from(bound), u64::try_from(bound)) {
        (Ok(bound), _) => bound.into(),
        (_, Ok(bound)) => bound.into(),
        _ => Value::Null,
    }
}

fn of_enum(schema: &EnumSchema, way: Way) -> Value {
    if !schema.has_data() {
        let names: Vec<_> = schema.variants.iter().map(|variant| variant.wire).collect();
        return json!({ "type": "string", "enum": names });
    }
    let variants = schema.variants.iter().map(|variant| {
        let (mut properties, needed) = of_members(variant.fields, way);
        properties.insert("type".to_owned(), json!({ "const": variant.wire }));
        let required: Vec<_> = std::iter::once("type").chain(needed).collect();
        json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false })
    });
    json!({ "oneOf": variants.collect::<Vec<_>>() })
}
