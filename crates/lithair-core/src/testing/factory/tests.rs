//! What the factory makes keeps the rules, or it says that nothing can.

use lithair_model::Model as _;

use super::*;
use crate::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(low < high, "low is below high"))]
struct Pair {
    #[http(validate(len(3..=9), regex("^[a-f]+x?$")))]
    name: String,
    low: i64,
    #[http(validate(range(-2..=900)))]
    high: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Never {
    #[http(validate(starts_with("a"), regex("^b")))]
    name: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(low < high && high < low, "nothing is both"))]
struct Neither {
    low: i64,
    high: i64,
}

#[test]
fn records_keep_rules_and_checks_and_are_the_same_for_a_seed() {
    let factory = Factory::new(&[Pair::SCHEMA]).expect("the models belong together");
    let bodies = |seed| {
        let mut random = Random::new(seed);
        (0..100).map(|_| factory.body::<Pair>(&mut random).expect("there are such records")).collect::<Vec<_>>()
    };
    for body in bodies(1) {
        let (low, high) = (body["low"].as_i64().expect("a number"), body["high"].as_i64().expect("a number"));
        assert!(low < high && (-2..=900).contains(&high), "{body}");
        let length = body["name"].as_str().expect("a text").len();
        assert!((3..=9).contains(&length), "{body}");
    }
    assert_eq!(bodies(2), bodies(2));
    assert_ne!(bodies(2), bodies(3));
}

#[test]
fn what_cannot_be_is_said_in_bounded_time() {
    let factory = Factory::new(&[Never::SCHEMA, Neither::SCHEMA]).expect("the models belong together");
    let mut random = Random::new(1);
    let value = factory.body::<Never>(&mut random).expect_err("no text begins so");
    assert!(matches!(value, FactoryError::Value { model: "Never", field: "name", .. }), "{value}");
    let record = factory.body::<Neither>(&mut random).expect_err("no record is so").to_string();
    assert!(record.contains("Neither") && record.contains("nothing is both"), "{record}");
    let stranger = factory.body::<Pair>(&mut random).expect_err("not one of its models");
    assert_eq!(stranger, FactoryError::Model { model: "Pair" });
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Shapes {
    #[http(validate(email))]
    email: String,
    #[http(validate(url))]
    url: String,
    #[http(validate(uuid))]
    uuid: String,
    #[http(validate(phone))]
    phone: String,
    #[http(validate(ip))]
    ip: String,
    #[http(validate(hostname))]
    hostname: String,
    #[http(validate(slug))]
    slug: String,
    #[http(validate(date))]
    date: String,
    #[http(validate(time))]
    time: String,
    #[http(validate(datetime))]
    datetime: String,
    #[http(validate(iso4217))]
    iso4217: String,
    #[http(validate(iso3166))]
    iso3166: String,
}

/// Times of the day were made with a `Z`, which the rule does not take: of a model with one there was no record.
#[test]
fn there_are_texts_of_every_shape() {
    let factory = Factory::new(&[Shapes::SCHEMA]).expect("the model is right");
    let mut random = Random::new(1);
    for _ in 0..100 {
        factory.body::<Shapes>(&mut random).expect("there are such records");
    }
}
