//! JSON Schema, as far as OpenAPI's document of a program needs it. A keyword that is not known forbids nothing.

use serde_json::Value;

/// Whether a schema takes a value.
pub(crate) fn accepts(schema: &Value, value: &Value) -> bool {
    let Some(keywords) = schema.as_object() else { return true };
    keywords.iter().all(|(keyword, rule)| keeps(schema, keyword, rule, value))
}

fn keeps(schema: &Value, keyword: &str, rule: &Value, value: &Value) -> bool {
    let number = || value.as_f64().zip(rule.as_f64());
    let size = |count: Option<usize>| count.zip(rule.as_u64());
    let characters = || value.as_str().map(|text| text.chars().count());
    let elements = || value.as_array().map(Vec::len);
    let parts = || rule.as_array().into_iter().flatten();
    match keyword {
        "type" => match rule {
            Value::Array(words) => words.iter().any(|word| is_type(word, value)),
            word => is_type(word, value),
        },
        "enum" => parts().any(|one| one == value),
        "const" => rule == value,
        "anyOf" => parts().any(|schema| accepts(schema, value)),
        "oneOf" => parts().filter(|schema| accepts(schema, value)).count() == 1,
        "minimum" => number().is_none_or(|(number, bound)| number >= bound),
        "maximum" => number().is_none_or(|(number, bound)| number <= bound),
        "exclusiveMinimum" => number().is_none_or(|(number, bound)| number > bound),
        "exclusiveMaximum" => number().is_none_or(|(number, bound)| number < bound),
        "minLength" => size(characters()).is_none_or(|(count, bound)| count as u64 >= bound),
        "maxLength" => size(characters()).is_none_or(|(count, bound)| count as u64 <= bound),
        "minItems" => size(elements()).is_none_or(|(count, bound)| count as u64 >= bound),
        "maxItems" => size(elements()).is_none_or(|(count, bound)| count as u64 <= bound),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| accepts(rule, item))),
        "required" => value.is_object() && parts().filter_map(Value::as_str).all(|name| value.get(name).is_some()),
        "properties" => rule
            .as_object()
            .into_iter()
            .flatten()
            .all(|(name, schema)| value.get(name).is_none_or(|value| accepts(schema, value))),
        "additionalProperties" if *rule == Value::Bool(false) => {
            value.as_object().is_none_or(|members| members.keys().all(|name| schema["properties"].get(name).is_some()))
        }
        _ => true,
    }
}

fn is_type(word: &Value, value: &Value) -> bool {
    match word.as_str() {
        Some("null") => value.is_null(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64() || value.is_u64(),
        Some("number") => value.is_number(),
        Some("string") => value.is_string(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        _ => true,
    }
}
