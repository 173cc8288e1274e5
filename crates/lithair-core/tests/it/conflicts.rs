//! What a conflict says: all of it at once.

use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::RefusalReason;
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use serde_json::json;

use crate::engine::{create, options, submit};

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(first, last))]
pub(crate) struct Person {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[db(unique)]
    pub(crate) email: String,
    pub(crate) first: String,
    pub(crate) last: String,
    #[relation(belongs_to = Person, on_delete = restrict)]
    pub(crate) boss_id: Option<Id<Person>>,
    #[relation(belongs_to = Person, on_delete = restrict)]
    pub(crate) deputy_id: Option<Id<Person>>,
}

/// A caller mended one field, and was then told of the next.
#[test]
fn all_values_that_are_taken_and_all_missing_references_are_told() {
    let media = Arc::new(MemoryMedia::default());
    let engine = Engine::open(media, vec![Person::SCHEMA], options(), Box::new(|_| {})).expect("starts");
    let ada = json!({ "id": 1, "email": "a@b", "first": "Ada", "last": "L" });
    submit(&engine, vec![create(&engine, 0, &ada)]).expect("is created");
    let refused = |json| submit(&engine, vec![create(&engine, 0, &json)]).expect_err("is refused");
    let mut both = ada.clone();
    both["id"] = 2.into();
    let RefusalReason::UniqueTaken { constraints, .. } = refused(both) else { panic!("is taken") };
    assert_eq!(constraints.len(), 2);
    let mut lost = json!({ "id": 3, "email": "c@d", "first": "C", "last": "D", "boss_id": 8, "deputy_id": 9 });
    assert_eq!(refused(lost.clone()), RefusalReason::ReferenceMissing { model: 0, relations: vec![0, 1] });
    lost["boss_id"] = 1.into();
    assert_eq!(refused(lost), RefusalReason::ReferenceMissing { model: 0, relations: vec![1] });
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Account {
    #[db(primary_key, unique(ci))]
    pub(crate) name: String,
}

/// It did not compile: a key was said to be unique already, which `Ada` beside `ada` was not.
#[test]
fn a_key_may_be_unique_without_regard_to_case() {
    let media = Arc::new(MemoryMedia::default());
    let engine = Engine::open(media, vec![Account::SCHEMA], options(), Box::new(|_| {})).expect("starts");
    submit(&engine, vec![create(&engine, 0, &json!({ "name": "Ada" }))]).expect("is created");
    let refused = submit(&engine, vec![create(&engine, 0, &json!({ "name": "ada" }))]).expect_err("is refused");
    assert!(matches!(refused, RefusalReason::UniqueTaken { .. }), "{refused:?}");
    submit(&engine, vec![create(&engine, 0, &json!({ "name": "Bob" }))]).expect("is another");
}
