//! Routes and documents that are made of schemas.

use expect_test::expect;

use crate::testing::{EMPTY, EVERY_KIND};
use crate::{
    FieldSchema, Model, ModelSchema, OnDelete, OperationKind, RelationSchema, Rule, RuleSchema, UniqueSchema, Value,
};

struct Article;

impl Model for Article {
    type Key = i64;
    const SCHEMA: &'static ModelSchema = &ModelSchema {
        name: "Article",
        table: "articles",
        path: "blog/articles",
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema {
                wire: "headline",
                rules: &[RuleSchema::of(Rule::Len { min: 1, max: 80 })],
                sort: true,
                ..FieldSchema::of::<Option<String>>("title")
            },
            FieldSchema::of::<Option<i64>>("parent_id"),
        ],
        key: &[0],
        relations: &[RelationSchema {
            name: "parent",
            fields: &[2],
            target: || Article::SCHEMA,
            on_delete: OnDelete::SetNull,
        }],
        uniques: &[UniqueSchema { fields: &[1], ignore_case: false, condition: None }],
        operations: &[OperationKind::Get, OperationKind::Export, OperationKind::Update],
        ..EMPTY
    };

    fn value(&self, _: usize) -> Value {
        Value::Null
    }

    fn from_values(_: Vec<Value>) -> Result<Self, crate::Mismatch> {
        Ok(Self)
    }
}

#[test]
fn the_api_has_the_routes_that_are_offered() {
    let document = Article::generate_api();
    let routes = document["routes"].as_array().expect("a list").iter();
    let lines: Vec<String> = routes.map(ToString::to_string).collect();
    expect![[r#"
        {"method":"GET","operation":"export","path":"/blog/articles"}
        {"method":"GET","operation":"get","path":"/blog/articles/{key}"}
        {"method":"PUT","operation":"update","path":"/blog/articles/{key}"}
        {"method":"PATCH","operation":"update","path":"/blog/articles/{key}"}
        {"method":"GET","operation":"get","path":"/blog/articles/{key}/parent"}"#]]
    .assert_eq(&lines.join("\n"));
    assert_eq!(document["page"]["max"], 500);
    assert_eq!(super::routes(&EVERY_KIND).len(), super::ROUTES.len(), "a model that does not say offers everything");
}

#[test]
fn the_table_has_the_references_too() {
    expect![[r#"
        CREATE TABLE "articles" (
            "id" BIGINT NOT NULL,
            "title" TEXT,
            "parent_id" BIGINT,
            "_rev" BIGINT NOT NULL,
            PRIMARY KEY ("id"),
            UNIQUE ("title"),
            FOREIGN KEY ("parent_id") REFERENCES "articles" ("id") ON DELETE SET NULL
        );
    "#]]
    .assert_eq(&Article::generate_database_schema());
}

#[test]
fn the_rules_are_by_the_name_in_json() {
    expect![[r#"{"fields":{"headline":{"optional":true,"rules":[{"max":80,"min":1,"rule":"len"}],"type":"string"},"id":{"type":{"integer":{"max":9223372036854775807,"min":-9223372036854775808}}},"parent_id":{"optional":true,"type":{"integer":{"max":9223372036854775807,"min":-9223372036854775808}}}},"relations":[{"fields":["parent_id"],"name":"parent","on_delete":"set_null","target":"Article","target_fields":["id"]}],"uniques":[{"fields":["title"]}]}"#]].assert_eq(&Article::generate_validation().to_string());
}

#[test]
fn the_permissions_are_those_declared() {
    expect![[r#"{"all":"public"}"#]].assert_eq(&Article::generate_permissions().to_string());
}
