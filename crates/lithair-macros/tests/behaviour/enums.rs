use expect_test::{Expect, expect};
use lithair_core::__private::*;
use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Debug, PartialEq)]
#[http(rename_all = "kebab-case")]
enum Plain {
    First,
    SecondOne,
    #[http(rename = "the third")]
    Third,
    r#Fn,
}

#[derive(DeclarativeEnum, Debug, PartialEq)]
enum Shape {
    Point,
    Circle {
        radius: f64,
        #[http(rename = "label text")]
        label: Option<String>,
    },
    #[http(rename = "nested")]
    Nested {
        inner: Plain,
        list: Vec<Plain>,
    },
}

#[track_caller]
fn check<T: FieldType + PartialEq + std::fmt::Debug>(value: T, expected: Expect) {
    let data = value.to_value();
    expected.assert_eq(&format!("{data:?}"));
    assert_eq!(T::from_value(data), Ok(value));
}

#[test]
fn variants_without_data_are_texts() {
    check(Plain::First, expect![[r#"Text("first")"#]]);
    check(Plain::SecondOne, expect![[r#"Text("second-one")"#]]);
    check(Plain::Third, expect![[r#"Text("the third")"#]]);
    check(Plain::r#Fn, expect![[r#"Text("fn")"#]]);
}

#[test]
fn variants_with_data_have_values() {
    check(Shape::Point, expect![[r#"Variant("Point", [])"#]]);
    check(Shape::Circle { radius: 1.5, label: None }, expect![[r#"Variant("Circle", [Float(1.5), Null])"#]]);
    check(
        Shape::Nested { inner: Plain::Third, list: vec![Plain::First] },
        expect![[r#"Variant("nested", [Text("the third"), List([Text("first")])])"#]],
    );
}

#[test]
fn other_values_are_refused() {
    let found = Value::Text("Third".into());
    assert_eq!(Plain::from_value(found.clone()), Err(Mismatch { expected: "Plain", found }));
    let found = Value::Variant("Square".into(), vec![Value::Null]);
    assert_eq!(Shape::from_value(found.clone()), Err(Mismatch { expected: "Shape", found }));
    let found = Value::Variant("Circle".into(), vec![Value::Bool(true)]);
    assert!(Shape::from_value(found).is_err());
    assert!(Shape::from_value(Value::Text("Point".into())).is_err());
}

#[test]
fn the_schema_has_names_of_rust_and_of_json() {
    let show = |kind: Kind| match kind {
        Kind::Enum(schema) => {
            let variants = schema.variants.iter().map(|variant| {
                let fields: Vec<_> =
                    variant.fields.iter().map(|field| format!("{}={}", field.name, field.wire)).collect();
                format!("{}={}[{}]", variant.name, variant.wire, fields.join(" "))
            });
            format!("{}: {}", schema.name, variants.collect::<Vec<_>>().join(", "))
        }
        other => panic!("an enum is one: {other:?}"),
    };
    expect!["Plain: First=first[], SecondOne=second-one[], Third=the third[], Fn=fn[]"].assert_eq(&show(Plain::KIND));
    expect![
        "Shape: Point=Point[], Circle=Circle[radius=radius label=label text], Nested=nested[inner=inner list=list]"
    ]
    .assert_eq(&show(Shape::KIND));
}
