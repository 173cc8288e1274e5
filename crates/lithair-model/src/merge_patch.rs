//! What a merge patch (RFC 7396) does to a field that holds any JSON, or an embedded struct.

use std::collections::{HashMap, HashSet};

use serde_json::value::RawValue;

use crate::draft::absent_member;
use crate::{FieldSchema, Json, Kind, Value};

/// The value of a field after a merge patch that says this of it.
///
/// A JSON object changes the members that it has: null takes one away, another value replaces it, an object is merged in the same way.
/// Every other value replaces what was there; lists and variants with data are one value. Members keep their order, new ones come
/// last; numbers stay as they were written. An embedded struct that was null is made of what is given and of defaults.
pub fn merge_patch(field: &FieldSchema, before: &Value, patch: &Value) -> Value {
    if let (Kind::Struct(schema), Value::Members(given)) = (&field.kind, patch) {
        return Value::Struct(merged_members(schema.fields, before, given));
    }
    let Value::Json(patch) = patch else { return patch.clone() };
    let before = if let Value::Json(before) = before { Some(before.as_str()) } else { None };
    Value::Json(Json::trusted(&merged(before, patch.as_str())))
}

fn merged_members(fields: &[FieldSchema], before: &Value, given: &[(usize, Value)]) -> Vec<Value> {
    let mut values = match before {
        Value::Struct(values) => values.clone(),
        _ => fields.iter().map(absent_member).collect(),
    };
    for (place, patch) in given {
        values[*place] = merge_patch(&fields[*place], &values[*place], patch);
    }
    values
}

/// Recursion is bounded: a [`Json`] nests no deeper than `JSON_DEPTH_MAX`.
fn merged(before: Option<&str>, patch: &str) -> String {
    let Some(changes) = members(patch) else { return patch.to_owned() };
    let before = before.and_then(members).unwrap_or_default();
    // A caller chooses how many there are on both sides.
    let changed: HashMap<&str, &str> = changes.iter().map(|(name, change)| (name.as_str(), *change)).collect();
    let known: HashSet<&str> = before.iter().map(|(name, _)| name.as_str()).collect();
    let kept = before.iter().filter_map(|(name, value)| match changed.get(name.as_str()) {
        None => Some((name, (*value).to_owned())),
        Some(&"null") => None,
        Some(change) => Some((name, merged(Some(value), change))),
    });
    let added = changes.iter().filter(|(name, change)| !known.contains(name.as_str()) && *change != "null");
    let added = added.map(|(name, change)| (name, merged(None, change)));
    let members: Vec<String> = kept.chain(added).map(|(name, value)| format!("{}:{value}", quoted(name))).collect();
    format!("{{{}}}", members.join(","))
}

/// The members of an object; none for another value.
fn members(text: &str) -> Option<Vec<(String, &str)>> {
    struct Members;

    impl<'de> serde::de::Visitor<'de> for Members {
        type Value = Vec<(String, &'de str)>;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut members = Vec::new();
            while let Some((name, value)) = map.next_entry::<String, &RawValue>()? {
                members.push((name, value.get()));
            }
            Ok(members)
        }
    }

    let mut reader = serde_json::Deserializer::from_str(text);
    serde::Deserializer::deserialize_map(&mut reader, Members).ok()
}

fn quoted(name: &str) -> String {
    serde_json::Value::from(name).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: FieldSchema = FieldSchema::of::<Option<Json>>("free");

    #[track_caller]
    fn check(before: &str, patch: &str, after: &str) {
        let json = |text: &str| Value::Json(Json::parse(text).expect("is JSON"));
        assert_eq!(merge_patch(&FREE, &json(before), &json(patch)), json(after), "{before} + {patch}");
    }

    /// RFC 7396, appendix A.
    #[test]
    fn the_examples_of_the_rfc() {
        check(r#"{"a":"b"}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#);
        check(r#"{"a":"b"}"#, r#"{"b":"c"}"#, r#"{"a":"b","b":"c"}"#);
        check(r#"{"a":"b"}"#, r#"{"a":null}"#, "{}");
        check(r#"{"a":"b","b":"c"}"#, r#"{"a":null}"#, r#"{"b":"c"}"#);
        check(r#"{"a":["b"]}"#, r#"{"a":"c"}"#, r#"{"a":"c"}"#);
        check(r#"{"a":"c"}"#, r#"{"a":["b"]}"#, r#"{"a":["b"]}"#);
        check(r#"{"a":{"b":"c"}}"#, r#"{"a":{"b":"d","c":null}}"#, r#"{"a":{"b":"d"}}"#);
        check(r#"{"a":[{"b":"c"}]}"#, r#"{"a":[1]}"#, r#"{"a":[1]}"#);
        check(r#"["a","b"]"#, r#"["c","d"]"#, r#"["c","d"]"#);
        check(r#"{"a":"b"}"#, r#"["c"]"#, r#"["c"]"#);
        check(r#"{"a":"foo"}"#, "null", "null");
        check(r#"{"a":"foo"}"#, r#""bar""#, r#""bar""#);
        check(r#"{"e":null}"#, r#"{"a":1}"#, r#"{"e":null,"a":1}"#);
        check("[1,2]", r#"{"a":"b","c":null}"#, r#"{"a":"b"}"#);
        check("{}", r#"{"a":{"bb":{"ccc":null}}}"#, r#"{"a":{"bb":{}}}"#);
    }

    #[test]
    fn what_is_not_changed_stays_as_it_was_written() {
        check(
            r#"{"a":1e400,"\u00e9\n":1.50}"#,
            r#"{"b":0.10,"c":[null]}"#,
            r#"{"a":1e400,"é\n":1.50,"b":0.10,"c":[null]}"#,
        );
        assert_eq!(merge_patch(&FREE, &Value::Int(1), &Value::Int(2)), Value::Int(2));
        assert_eq!(merge_patch(&FREE, &Value::Int(1), &Value::Null), Value::Null);
        let patch = Value::Json(Json::parse(r#"{"a":null,"b":1}"#).expect("is JSON"));
        let after = Value::Json(Json::parse(r#"{"b":1}"#).expect("is JSON"));
        assert_eq!(merge_patch(&FREE, &Value::Null, &patch), after);
    }
}
