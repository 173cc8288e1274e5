use lithair_core::__private::*;
use lithair_core::prelude::*;

use super::models::{Project, Ticket, Urgency};

/// A field of every type, and none of the key.
#[derive(DeclarativeModel, Debug, PartialEq)]
#[permission(all = public)]
struct EveryType {
    flag: bool,
    a: i8,
    b: i16,
    c: i32,
    d: i64,
    e: u8,
    f: u16,
    g: u32,
    h: u64,
    small: f32,
    large: f64,
    text: String,
    exact: Decimal,
    token: Uuid,
    at: Timestamp,
    day: Date,
    free: Json,
    urgency: Urgency,
    list: Vec<i64>,
    holes: Vec<Option<String>>,
    r#type: Option<String>,
    none: Option<Urgency>,
}

fn every_type() -> EveryType {
    EveryType {
        flag: true,
        a: i8::MIN,
        b: i16::MAX,
        c: i32::MIN,
        d: i64::MAX,
        e: u8::MAX,
        f: u16::MAX,
        g: u32::MAX,
        h: u64::MAX,
        small: 1.5,
        large: -0.1,
        text: "\0 text".to_owned(),
        exact: Decimal::new(1250, 2),
        token: Uuid::from_u128(1),
        at: Timestamp::from_micros(1),
        day: Date::from_days(1),
        free: Json::parse("[1, null]").expect("is JSON"),
        urgency: Urgency::High,
        list: vec![1, 2],
        holes: vec![Some("a".to_owned()), None],
        r#type: Some("b".to_owned()),
        none: None,
    }
}

fn values<T: Model>(record: &T) -> Vec<Value> {
    (0..T::SCHEMA.fields.len()).map(|place| record.value(place)).collect()
}

#[test]
fn a_record_comes_back_from_its_values() {
    let values = values(&every_type());
    assert_eq!(values[0], Value::Null, "an implicit key has no member");
    assert_eq!(values[18], Value::Text("High".into()));
    assert_eq!(values[21], Value::Text("b".into()), "`type` is a name like others");
    assert_eq!(EveryType::from_values(values), Ok(every_type()));
}

#[test]
fn an_implicit_key_is_passed_over() {
    let mut values = values(&every_type());
    values[0] = Value::Uuid(Uuid::from_u128(9));
    assert_eq!(EveryType::from_values(values), Ok(every_type()));
}

#[test]
fn a_value_that_does_not_fit_is_refused() {
    let mut wrong = values(&every_type());
    wrong[2] = Value::Int(128);
    let error = EveryType::from_values(wrong).expect_err("an i8 is at most 127");
    assert_eq!(error, Mismatch { expected: "i8", found: Value::Int(128) });

    let mut short = values(&every_type());
    short.truncate(12);
    let error = EveryType::from_values(short).expect_err("a text is missing");
    assert_eq!(error, Mismatch { expected: "string", found: Value::Null });
}

#[test]
fn what_is_optional_may_be_missing_at_the_end() {
    let mut short = values(&every_type());
    short.truncate(21);
    let record = EveryType::from_values(short).expect("the last two are optional");
    assert_eq!(record, EveryType { r#type: None, ..every_type() });
}

#[test]
fn references_are_keys() {
    let project = Project { id: Uuid::from_u128(5), title: "t".to_owned(), tickets: Many::default() };
    let ticket = Ticket { number: 1, project_id: Id::new(project.id), urgency: Urgency::Low, due: None };
    assert_eq!(ticket.value(1), Value::Uuid(project.id));
    let back = Ticket::from_values(values(&ticket)).expect("the values fit");
    assert_eq!(*back.project_id.key(), project.id);
    assert_eq!(Project::from_values(values(&project)).expect("the values fit").title, "t");
}

#[test]
fn a_place_outside_has_no_value() {
    assert_eq!(every_type().value(99), Value::Null);
}
