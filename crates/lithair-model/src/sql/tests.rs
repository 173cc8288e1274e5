//! Tables and documents that are made of schemas, word by word.

use expect_test::expect;

use super::sql_document;
use crate::testing::{COLOUR, EMPTY, catalog};
use crate::{
    Auto, CheckSchema, Comparison, Date, Decimal, DecimalSchema, DefaultValue, Expr, FieldSchema, IndexSchema, Json,
    Kind, Literal, ModelSchema, OnDelete, RelationSchema, SortTerm, Timestamp, UniqueSchema, Uuid, schema_document,
};

fn owner() -> &'static ModelSchema {
    &OWNER
}

fn thing() -> &'static ModelSchema {
    &THING
}

static OWNER: ModelSchema = ModelSchema {
    name: "Owner",
    table: "owners",
    path: "owners",
    fields: &[FieldSchema { auto: Some(Auto::Uuid7), ..FieldSchema::of::<Uuid>("id") }],
    key: &[0],
    ..EMPTY
};

static THING: ModelSchema = ModelSchema {
    name: "Thing",
    table: "things",
    path: "things",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("order"),
        FieldSchema {
            decimal: Some(DecimalSchema { precision: 12, scale: 2 }),
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Number("1.50")))),
            ..FieldSchema::of::<Decimal>("price")
        },
        FieldSchema {
            kind: Kind::Enum(&COLOUR),
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Variant("Red")))),
            ..FieldSchema::of::<bool>("colour")
        },
        FieldSchema::of::<Option<u8>>("small"),
        FieldSchema::of::<Option<Uuid>>("owner_id"),
        FieldSchema::of::<Option<i64>>("parent"),
        FieldSchema { default: Some(DefaultValue::Expr(Expr::Now(0))), ..FieldSchema::of::<Timestamp>("at") },
        FieldSchema::of::<Option<Date>>("gone"),
        FieldSchema::of::<Json>("extra"),
    ],
    key: &[0],
    uniques: &[
        UniqueSchema { fields: &[1, 5], ignore_case: false, condition: None },
        UniqueSchema {
            fields: &[1],
            ignore_case: true,
            condition: Some(Expr::Compare(&Expr::Field("gone"), Comparison::Equal, &Expr::Literal(Literal::Null))),
        },
    ],
    indexes: &[IndexSchema {
        terms: &[SortTerm { field: 3, descending: false }, SortTerm { field: 7, descending: true }],
    }],
    checks: &[CheckSchema {
        condition: Expr::Any(&[
            Expr::Compare(&Expr::Field("colour"), Comparison::NotEqual, &Expr::Literal(Literal::Variant("Blue"))),
            Expr::Not(&Expr::In(
                &Expr::Field("small"),
                &[Expr::Literal(Literal::Int(1)), Expr::Literal(Literal::Int(2))],
            )),
            Expr::Compare(&Expr::Field("order"), Comparison::StartsWith, &Expr::Literal(Literal::Text("it's"))),
        ]),
        message: "no",
        field: Some(3),
    }],
    relations: &[
        RelationSchema { name: "owner", fields: &[5], target: owner, on_delete: OnDelete::SetNull },
        RelationSchema { name: "parent", fields: &[6], target: thing, on_delete: OnDelete::Cascade },
    ],
    order: &[SortTerm { field: 7, descending: true }],
    ..EMPTY
};

#[test]
fn tables_are_what_a_relational_database_would_have() {
    expect![[r#"
        CREATE TABLE "things" (
            "number" BIGINT NOT NULL GENERATED ALWAYS AS IDENTITY,
            "order" TEXT NOT NULL,
            "price" NUMERIC(12, 2) NOT NULL DEFAULT 1.50,
            "colour" TEXT NOT NULL DEFAULT 'red' CHECK ("colour" IN ('red', 'green', 'blue')),
            "small" SMALLINT CHECK ("small" BETWEEN 0 AND 255),
            "owner_id" UUID,
            "parent" BIGINT,
            "at" TIMESTAMPTZ NOT NULL DEFAULT now(),
            "gone" DATE,
            "extra" JSONB NOT NULL,
            "_rev" BIGINT NOT NULL,
            PRIMARY KEY ("number"),
            UNIQUE ("order", "owner_id"),
            CHECK (("colour" IS DISTINCT FROM 'blue' OR (NOT "small" IN (1, 2)) OR starts_with(lower("order"), lower('it''s')))), -- no
            FOREIGN KEY ("parent") REFERENCES "things" ("number") ON DELETE CASCADE
        );
        CREATE UNIQUE INDEX ON "things" (lower("order")) WHERE "gone" IS NULL;
        CREATE INDEX ON "things" ("colour", "at" DESC NULLS LAST);

        CREATE TABLE "owners" (
            "id" UUID NOT NULL DEFAULT uuidv7(),
            "_rev" BIGINT NOT NULL,
            PRIMARY KEY ("id")
        );

        ALTER TABLE "things" ADD FOREIGN KEY ("owner_id") REFERENCES "owners" ("id") ON DELETE SET NULL;
    "#]].assert_eq(&sql_document(&catalog(&[&THING, &OWNER])));
}

#[test]
fn the_schema_document_has_everything() {
    let document = schema_document(&catalog(&[&THING, &OWNER]));
    expect![[r#"
        {
          "format": 1,
          "hash": "ce00612997be38e0d62b1e42b32dd283",
          "models": [
            {
              "body_bytes_max": 65536,
              "checks": [
                {
                  "condition": "colour != Blue || !(small in (1, 2)) || order ^= \"it's\"",
                  "message": "no",
                  "on": "colour"
                }
              ],
              "fields": [
                {
                  "auto": "sequence",
                  "name": "number",
                  "type": {
                    "integer": {
                      "max": 9223372036854775807,
                      "min": -9223372036854775808
                    }
                  }
                },
                {
                  "name": "order",
                  "type": "string"
                },
                {
                  "decimal": {
                    "precision": 12,
                    "scale": 2
                  },
                  "default": "1.50",
                  "name": "price",
                  "type": "decimal"
                },
                {
                  "default": "Red",
                  "name": "colour",
                  "type": {
                    "enum": {
                      "name": "Colour",
                      "variants": [
                        {
                          "name": "Red",
                          "wire": "red"
                        },
                        {
                          "name": "Green",
                          "wire": "green"
                        },
                        {
                          "name": "Blue",
                          "wire": "blue"
                        }
                      ]
                    }
                  }
                },
                {
                  "name": "small",
                  "optional": true,
                  "type": {
                    "integer": {
                      "max": 255,
                      "min": 0
                    }
                  }
                },
                {
                  "name": "owner_id",
                  "optional": true,
                  "type": "uuid"
                },
                {
                  "name": "parent",
                  "optional": true,
                  "type": {
                    "integer": {
                      "max": 9223372036854775807,
                      "min": -9223372036854775808
                    }
                  }
                },
                {
                  "default": "@now",
                  "name": "at",
                  "type": "timestamp"
                },
                {
                  "name": "gone",
                  "optional": true,
                  "type": "date"
                },
                {
                  "name": "extra",
                  "type": "json"
                }
              ],
              "indexes": [
                [
                  "colour",
                  "-at"
                ]
              ],
              "key": [
                "number"
              ],
              "name": "Thing",
              "operations": [
                "list",
                "get",
                "create",
                "update",
                "delete",
                "history",
                "bulk",
                "export"
              ],
              "order": [
                "-at"
              ],
              "page": {
                "default": 50,
                "max": 500
              },
              "path": "things",
              "permission": {
                "all": "public"
              },
              "relations": [
                {
                  "fields": [
                    "owner_id"
                  ],
                  "name": "owner",
                  "on_delete": "set_null",
                  "target": "Owner",
                  "target_fields": [
                    "id"
                  ]
                },
                {
                  "fields": [
                    "parent"
                  ],
                  "name": "parent",
                  "on_delete": "cascade",
                  "target": "Thing",
                  "target_fields": [
                    "number"
                  ]
                }
              ],
              "table": "things",
              "uniques": [
                {
                  "fields": [
                    "order",
                    "owner_id"
                  ]
                },
                {
                  "case_folding": "full",
                  "fields": [
                    "order"
                  ],
                  "ignore_case": true,
                  "where": "gone = null"
                }
              ]
            },
            {
              "body_bytes_max": 65536,
              "fields": [
                {
                  "auto": "uuid7",
                  "name": "id",
                  "type": "uuid"
                }
              ],
              "key": [
                "id"
              ],
              "name": "Owner",
              "operations": [
                "list",
                "get",
                "create",
                "update",
                "delete",
                "history",
                "bulk",
                "export"
              ],
              "page": {
                "default": 50,
                "max": 500
              },
              "path": "owners",
              "permission": {
                "all": "public"
              },
              "table": "owners"
            }
          ]
        }"#]]
    .assert_eq(&serde_json::to_string_pretty(&document).expect("is JSON"));
}

#[test]
fn equal_programs_have_equal_hashes_and_others_have_not() {
    let hash = |schemas: &[&'static ModelSchema]| schema_document(&catalog(schemas))["hash"].clone();
    assert_eq!(hash(&[&OWNER]), hash(&[&OWNER]));
    assert_ne!(hash(&[&OWNER]), hash(&[&THING, &OWNER]));
}
