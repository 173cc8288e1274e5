//! The schemas of `openapi.json` and the server agree on what a body may be.

use serde_json::{Value, json};

use crate::client::Service;

#[test]
fn a_schema_and_the_server_give_the_same_verdict() {
    let service = Service::start();
    let document = service.send("GET /_lithair/openapi.json").json();
    let create = &document["components"]["schemas"]["Product.Create"];
    let patch = &document["components"]["schemas"]["Product.Patch"];
    let (mut taken, mut refused) = (0, 0);
    for body in bodies() {
        let created = service.send(&format!("POST /api/products\n\n{body}"));
        assert!(matches!(created.status, 201 | 422), "{body} {}", created.text());
        assert_eq!(accepts(create, &body), created.status == 201, "{body} {}", created.text());
        // Names are unique.
        if created.status == 201 {
            service.send(&format!("DELETE {}", created.header("location")));
        }
        let path = service.create("products", r#"{"name":"patched"}"#);
        let patched = service.send(&format!("PATCH {path}\n\n{body}"));
        service.send(&format!("DELETE {path}"));
        // Set once, at creation, is not a matter of the value.
        if body.get("origin").is_none() {
            assert_eq!(accepts(patch, &body), patched.status == 200, "{body} {}", patched.text());
        }
        if created.status == 201 { taken += 1 } else { refused += 1 }
    }
    assert!(taken > 15 && refused > 20, "{taken} {refused}");
}

/// Each value of each field once, in a body that is sound otherwise.
fn bodies() -> Vec<Value> {
    let values = [
        (
            "name",
            vec![
                json!(""),
                json!("x".repeat(2_000)),
                json!("x".repeat(2_001)),
                json!("ü".repeat(2_000)),
                json!(null),
                json!(1),
            ],
        ),
        ("price", vec![json!("1.50"), json!(1.5), json!(null), json!(true), json!([]), json!({})]),
        ("stock", vec![json!(0), json!(-1), json!(i64::MAX), json!(u64::MAX), json!(1.5), json!("1"), json!(null)]),
        ("status", vec![json!("draft"), json!("live"), json!("Draft"), json!("dead"), json!(1), json!(null)]),
        ("blurb", vec![json!(""), json!("\u{0}"), json!(null), json!(1)]),
        ("extra", vec![json!(null), json!(1.50), json!("x"), json!([{ "a": [] }])]),
        ("password", vec![json!("p"), json!(null), json!(1)]),
        ("origin", vec![json!("o"), json!(null), json!(1)]),
        ("secret", vec![json!("s"), json!(null)]),
        ("note", vec![json!("s")]),
        ("id", vec![json!(7)]),
        ("colour", vec![json!(null)]),
    ];
    let mut bodies = vec![json!({ "name": "n" })];
    for (field, values) in values {
        for value in values {
            let mut body = json!({ "name": "n" });
            body[field] = value;
            bodies.push(body);
        }
    }
    bodies
}

/// JSON Schema as far as the test's models need it.
fn accepts(schema: &Value, value: &Value) -> bool {
    let keywords = schema.as_object().expect("a schema is an object");
    keywords.iter().all(|(keyword, rule)| match keyword.as_str() {
        "type" => match rule {
            Value::Array(types) => types.iter().any(|word| is_type(word, value)),
            word => is_type(word, value),
        },
        "enum" => rule.as_array().expect("a list").contains(value),
        "anyOf" => rule.as_array().expect("a list").iter().any(|schema| accepts(schema, value)),
        "minimum" => value.as_f64().is_none_or(|number| number >= rule.as_f64().expect("a number")),
        "maximum" => integer(value).is_none_or(|number| Some(number) <= integer(rule)),
        "minLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 >= rule.as_u64().expect("a number"))
        }
        "maxLength" => {
            value.as_str().is_none_or(|text| text.chars().count() as u64 <= rule.as_u64().expect("a number"))
        }
        "required" => {
            rule.as_array().expect("a list").iter().all(|name| value.get(name.as_str().expect("a name")).is_some())
        }
        "properties" => rule
            .as_object()
            .expect("properties")
            .iter()
            .all(|(name, schema)| value.get(name).is_none_or(|value| accepts(schema, value))),
        "additionalProperties" => {
            value.as_object().is_none_or(|members| members.keys().all(|name| schema["properties"].get(name).is_some()))
        }
        "format" | "writeOnly" | "description" => true,
        other => panic!("the test does not know `{other}`"),
    })
}

fn is_type(word: &Value, value: &Value) -> bool {
    match word.as_str().expect("a word") {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("no type `{other}`"),
    }
}

fn integer(value: &Value) -> Option<i128> {
    value.as_i64().map(i128::from).or_else(|| value.as_u64().map(i128::from))
}

/// 60 kB of unknown names were answered with 2.5 MB, and each line of an import could be so.
#[test]
fn a_body_with_endless_faults_has_a_bounded_answer() {
    let service = Service::start();
    let members: Vec<String> = (0..5_000).map(|number| format!("\"k{number}\":0")).collect();
    let body = format!("{{{}}}", members.join(","));
    let problem = service.send(&format!("POST /api/tags\n\n{body}")).json();
    assert_eq!(problem["errors"].as_array().map(Vec::len), Some(100));
    assert_eq!(problem["detail"], "5001 fields break rules");
}
