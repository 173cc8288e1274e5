//! A rule less, or a bound one further, inside of an embedded struct or of a variant with data.

use lithair_model::{Element, EnumSchema, FieldSchema, Kind, RuleSchema, StructSchema, VariantSchema};

use super::{ChangedField, Concern, leak, shifted, with, without};

/// The field with something else inside of it.
pub(super) fn of_embedded(field: &FieldSchema) -> Vec<ChangedField> {
    let changed =
        |(what, kind): (String, Kind)| (format!("inside {what}"), Concern::Rules, FieldSchema { kind, ..*field });
    of_kind(field.kind).into_iter().map(changed).collect()
}

fn of_kind(kind: Kind) -> Vec<(String, Kind)> {
    match kind {
        Kind::Struct(schema) => {
            let changed = |(what, fields)| (what, Kind::Struct(leak(StructSchema { fields, ..*schema })));
            of_fields(schema.fields).into_iter().map(changed).collect()
        }
        Kind::Enum(schema) if schema.has_data() => {
            (0..schema.variants.len()).flat_map(|place| of_variant(schema, place)).collect()
        }
        Kind::List(element) => {
            let changed = |(what, kind)| (format!("[]{what}"), Kind::List(leak(Element { kind, ..*element })));
            of_kind(element.kind).into_iter().map(changed).collect()
        }
        _ => Vec::new(),
    }
}

fn of_variant(schema: &'static EnumSchema, place: usize) -> Vec<(String, Kind)> {
    let changed = |(what, fields): (String, &'static [FieldSchema])| {
        let variants = schema.variants.iter().enumerate().map(|(other, variant)| VariantSchema {
            name: variant.name,
            wire: variant.wire,
            fields: if other == place { fields } else { variant.fields },
        });
        let schema = EnumSchema { name: schema.name, variants: variants.collect::<Vec<_>>().leak() };
        (format!("{}{what}", schema.variants[place].name), Kind::Enum(leak(schema)))
    };
    of_fields(schema.variants[place].fields).into_iter().map(changed).collect()
}

fn of_fields(fields: &'static [FieldSchema]) -> Vec<(String, &'static [FieldSchema])> {
    fields
        .iter()
        .enumerate()
        .flat_map(|(place, field)| {
            let named = move |(what, field): (String, FieldSchema)| (what, with(fields, place, field));
            let mut all = of_rules(field);
            all.extend(
                of_kind(field.kind)
                    .into_iter()
                    .map(|(what, kind)| (format!(".{}{what}", field.name), FieldSchema { kind, ..*field })),
            );
            all.into_iter().map(named).collect::<Vec<_>>()
        })
        .collect()
}

fn of_rules(field: &FieldSchema) -> Vec<(String, FieldSchema)> {
    let mut all = Vec::new();
    for (place, rule) in field.rules.iter().enumerate() {
        let fewer = without(field.rules, place);
        all.push((format!(".{}: no {:?}", field.name, rule.rule), FieldSchema { rules: fewer, ..*field }));
        for other in shifted(&rule.rule) {
            let rules = with(field.rules, place, RuleSchema { rule: other, ..*rule });
            all.push((format!(".{}: {:?} -> {other:?}", field.name, rule.rule), FieldSchema { rules, ..*field }));
        }
    }
    all
}
