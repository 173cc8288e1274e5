use expect_test::{Expect, expect};
use lithair_core::__private::*;

use super::models::{OnList, Product, Project, Ticket};

/// Shows the parts of a schema, one a line.
#[track_caller]
fn check<T: std::fmt::Debug>(parts: &[T], expected: Expect) {
    let lines: Vec<String> = parts.iter().map(|part| format!("{part:?}")).collect();
    expected.assert_eq(&lines.join("\n"));
}

/// Shows what of a field is declared.
#[track_caller]
fn field(schema: &ModelSchema, name: &str, expected: Expect) {
    let field = schema.fields.iter().find(|field| field.name == name).expect("the field is there");
    let FieldSchema { wire, kind, optional, decimal, auto, default, exposure, mutability, filter, sort, .. } = field;
    let default = match default {
        Some(DefaultValue::Expr(expr)) => format!("{expr:?}"),
        Some(DefaultValue::Function(function)) => format!("fn {:?}", function()),
        None => "-".to_owned(),
    };
    let text = format!(
        "{wire} {} optional={optional} {decimal:?} {auto:?} {default} {exposure:?} {mutability:?} {:?} \
         filter={filter} sort={sort}",
        kind.word(),
        field.normalizers
    );
    expected.assert_eq(&text);
}

#[test]
fn names_are_regular_plurals_or_as_declared() {
    let names = |schema: &ModelSchema| format!("{} {} {}", schema.name, schema.table, schema.path);
    let all = [Project::SCHEMA, Ticket::SCHEMA, Product::SCHEMA, OnList::SCHEMA].map(names);
    expect![[r#"
        Project projects projects
        Ticket tickets tickets
        Product products shop/products
        OnList on_lists on-lists"#]]
    .assert_eq(&all.join("\n"));
}

#[test]
fn keys_are_marked_composite_or_implicit() {
    let key = |schema: &ModelSchema| format!("{:?} first field {}", schema.key, schema.fields[0].name);
    expect!["[0] first field id"].assert_eq(&key(Project::SCHEMA));
    expect!["[0] first field number"].assert_eq(&key(Ticket::SCHEMA));
    expect!["[0] first field id"].assert_eq(&key(Product::SCHEMA));
    expect!["[0, 1] first field list_id"].assert_eq(&key(OnList::SCHEMA));
    field(
        Product::SCHEMA,
        "id",
        expect!["id uuid optional=false None Some(Uuid7) - Open Free [] filter=false sort=false"],
    );
    // The types, too: these lines would not compile otherwise.
    let _: <OnList as Model>::Key = (Id::<Project>::new(Uuid::nil()), 1_i64);
    let _: <Product as Model>::Key = Uuid::nil();
    let _: <Ticket as Model>::Key = 1_i64;
}

#[test]
fn fields_say_what_is_declared() {
    field(
        Project::SCHEMA,
        "title",
        expect!["title string optional=false None None - Open Free [Trim] filter=true sort=true"],
    );
    field(
        Ticket::SCHEMA,
        "number",
        expect!["number integer optional=false None Some(Sequence) - Open Free [] filter=false sort=false"],
    );
    field(
        Ticket::SCHEMA,
        "urgency",
        expect![[
            r#"urgency enum optional=false None None Literal(Variant("Normal")) Open Free [] filter=true sort=false"#
        ]],
    );
    field(Ticket::SCHEMA, "due", expect!["due date optional=true None None - Open Free [] filter=false sort=false"]);
    field(
        Product::SCHEMA,
        "price",
        expect![[
            r#"price decimal optional=false Some(DecimalSchema { precision: 12, scale: 2 }) None Literal(Number("1.50")) Open Free [] filter=false sort=false"#
        ]],
    );
    field(
        Product::SCHEMA,
        "made_at",
        expect!["made_at timestamp optional=false None None Now(0) Open Immutable [] filter=false sort=false"],
    );
    field(
        Product::SCHEMA,
        "urgency",
        expect!["colour enum optional=false None None - Open Free [] filter=false sort=false"],
    );
    field(
        Product::SCHEMA,
        "token",
        expect![
            "token uuid optional=false None None fn Uuid(00000000-0000-0000-0000-000000000007) Open Free [] filter=false sort=false"
        ],
    );
    field(
        Product::SCHEMA,
        "secret",
        expect!["secret string optional=true None None - Hidden Free [] filter=false sort=false"],
    );
}

#[test]
fn constraints_name_fields_by_their_places() {
    check(Project::SCHEMA.uniques, expect!["UniqueSchema { fields: [1], ignore_case: false, condition: None }"]);
    check(
        Product::SCHEMA.uniques,
        expect![[
            r#"UniqueSchema { fields: [1, 2], ignore_case: false, condition: Some(Compare(Field("gone_at"), Equal, Literal(Null))) }"#
        ]],
    );
    check(
        Product::SCHEMA.indexes,
        expect![
            "IndexSchema { terms: [SortTerm { field: 1, descending: false }, SortTerm { field: 3, descending: true }] }"
        ],
    );
    check(
        Product::SCHEMA.order,
        expect![[r#"
        SortTerm { field: 3, descending: true }
        SortTerm { field: 2, descending: false }"#]],
    );
    check(
        Product::SCHEMA.checks,
        expect![[
            r#"CheckSchema { condition: Any([Compare(Field("price"), GreaterOrEqual, Field("cost")), In(Field("urgency"), [Literal(Variant("Low")), Literal(Variant("High"))])]), message: "too cheap", field: Some(3) }"#
        ]],
    );
    check(Ticket::SCHEMA.indexes, expect!["IndexSchema { terms: [SortTerm { field: 1, descending: false }] }"]);
}

#[test]
fn relations_lead_to_schemas() {
    let show = |schema: &ModelSchema| {
        let lines = schema.relations.iter().map(|relation| {
            let RelationSchema { name, fields, target, on_delete } = relation;
            format!("{name} {fields:?} {} {on_delete:?}", target().name)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    expect!["project [1] Project Cascade"].assert_eq(&show(Ticket::SCHEMA));
    expect!["parent [10] Product Restrict"].assert_eq(&show(Product::SCHEMA));
    expect![[r#"
        list [0] Project Restrict
        track [1] Ticket Cascade
        other [2] Ticket SetNull
        first [3] Ticket SetDefault"#]]
    .assert_eq(&show(OnList::SCHEMA));
}

#[test]
fn the_api_is_what_is_declared() {
    let ModelSchema { operations, page, body_bytes_max, access, .. } = Product::SCHEMA;
    expect!["[List, Get, Create] PageSchema { default: 20, max: 40 } 16384 Public"]
        .assert_eq(&format!("{operations:?} {page:?} {body_bytes_max} {access:?}"));
    let ModelSchema { operations, page, body_bytes_max, access, .. } = Ticket::SCHEMA;
    assert_eq!(*operations, OperationKind::ALL);
    assert_eq!((*page, *body_bytes_max), (PageSchema::DEFAULT, BODY_BYTES_MAX_DEFAULT));
    assert!(matches!(access, AccessSchema::Public));
}

#[test]
fn rules_are_in_the_order_they_are_written() {
    let slug = &Product::SCHEMA.fields[2];
    let [format, regex, len, with] = slug.rules else { panic!("four rules: {:?}", slug.rules) };
    assert!(matches!(format.rule, Rule::Format(Format::Slug)));
    assert!(matches!(regex.rule, Rule::Regex("^[a-z]")));
    assert!(matches!(len.rule, Rule::Len { min: 1, max: 64 }));
    assert_eq!(len.message, Some("short"));
    assert_eq!(len.condition, Some(Expr::Not(&Expr::Field("gone"))));
    assert!(matches!(with.rule, Rule::With { path: "no_spam", .. }));
}

#[test]
fn a_function_of_the_application_judges() {
    let Rule::With { check, .. } = Product::SCHEMA.fields[2].rules[3].rule else { panic!("the rule is `with`") };
    assert_eq!(check(&Value::Text("ham".into())), Ok(()));
    assert_eq!(check(&Value::Text("spam".into())), Err("no spam".to_owned()));
    assert!(check(&Value::Int(1)).is_err(), "a value of another type is none of the field");
    let Rule::Each([_, element]) = &Product::SCHEMA.fields[8].rules[0].rule else { panic!("the rule is `each`") };
    let Rule::With { check, .. } = element.rule else { panic!("the rule is `with`") };
    assert_eq!(check(&Value::Text("spam".into())), Err("no spam".to_owned()));
}

#[test]
fn the_catalog_takes_the_models() {
    let schemas = vec![Project::SCHEMA, Ticket::SCHEMA, Product::SCHEMA, OnList::SCHEMA];
    let numbers = Numbers::of(&schemas);
    if let Err(error) = Catalog::new(schemas, &numbers) {
        panic!("{error}");
    }
}

#[test]
fn a_model_says_what_it_generates() {
    let api = Product::generate_api();
    assert_eq!(api["routes"][0]["path"], "/shop/products");
    assert_eq!(
        api["routes"].as_array().map(Vec::len),
        Some(6),
        "list has three, get, create and the relation one each"
    );
    assert!(Ticket::generate_database_schema().contains(r#"REFERENCES "projects" ("id") ON DELETE CASCADE"#));
    assert_eq!(Product::generate_validation()["fields"]["slug"]["rules"][1]["value"], "^[a-z]");
    assert_eq!(Product::generate_permissions()["all"], "public");
}
