//! What is around a record that is not stored as it is: by reference, and by what refers to it.

use std::sync::Arc;

use crate::testing::{EMPTY, catalog};
use crate::{
    Auto, Candidate, Catalog, FieldSchema, Fields as _, Key, LifecycleSchema, ModelSchema, Moment, OnDelete, Page,
    Position, Query, QueryError, RelationSchema, Row, SoftDeleteSchema, Tally, Timestamp, Value, Way,
};

const WHOLE_ID: usize = 1;

/// Parts of parts, with a trash.
static THING: ModelSchema = ModelSchema {
    name: "Thing",
    table: "things",
    path: "things",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<Option<i64>>("whole_id"),
        FieldSchema { auto: Some(Auto::Deleted), ..FieldSchema::of::<Option<Timestamp>>("deleted_at") },
    ],
    key: &[0],
    relations: &[RelationSchema { name: "whole", fields: &[WHOLE_ID], target: thing, on_delete: OnDelete::Restrict }],
    lifecycle: LifecycleSchema {
        soft_delete: Some(SoftDeleteSchema { cascade: &[], purge_after: None }),
        ..LifecycleSchema::FREE
    },
    ..EMPTY
};

fn thing() -> &'static ModelSchema {
    &THING
}

/// 1 is whole and has the parts 2, which is in the trash, 3 and 4; 5 is whole, and in the trash.
struct Things {
    catalog: Catalog,
    stored: Vec<Vec<Value>>,
}

fn things() -> Things {
    let thing = |number: i128, whole: Option<i128>, is_trash: bool| {
        let deleted_at = if is_trash { Value::Timestamp(Timestamp::from_micros(1)) } else { Value::Null };
        vec![Value::Int(number), whole.map_or(Value::Null, Value::Int), deleted_at]
    };
    let stored = [(1, None, false), (2, Some(1), true), (3, Some(1), false), (4, Some(1), false), (5, None, true)];
    let stored = stored.into_iter().map(|(number, whole, is_trash)| thing(number, whole, is_trash)).collect();
    Things { catalog: catalog(&[&THING]), stored }
}

impl Things {
    fn row_of(&self, values: &[Value]) -> Row {
        let bytes = self.catalog.models[0].encode_row(values);
        Row { revision: 1, position: Position::new(1), bytes: bytes.into() }
    }

    fn key(&self, number: i128) -> Key {
        self.catalog.models[0].key_of(&[Value::Int(number), Value::Null, Value::Null])
    }

    /// The numbers of the things around a candidate, and how many were looked at.
    fn around(&self, values: &[Value], key: Option<Key>, way: Way, max: u64) -> (Vec<Value>, u64) {
        let tally = Tally::new(max);
        let model = &self.catalog.models[0];
        let candidate = Candidate { catalog: &self.catalog, moment: self, model, values, key, tally: &tally };
        let mut found = Vec::new();
        candidate.related(way, &mut |thing| {
            found.push(thing.field(0).into_owned());
            true
        });
        (found, tally.looked_at())
    }
}

impl Moment for Things {
    fn position(&self) -> Position {
        Position::new(1)
    }

    fn row(&self, _: usize, key: &Key) -> Option<Arc<Row>> {
        let found = self.stored.iter().find(|values| self.catalog.models[0].key_of(values) == *key);
        found.map(|values| Arc::new(self.row_of(values)))
    }

    fn referrers(&self, _: usize, _: usize, key: &Key, each: &mut dyn FnMut(&Row) -> bool) {
        let is_part = |values: &&Vec<Value>| matches!(values[WHOLE_ID], Value::Int(whole) if self.key(whole) == *key);
        self.stored.iter().filter(is_part).all(|values| each(&self.row_of(values)));
    }

    fn list(&self, _: &Query) -> Result<Page, QueryError> {
        unreachable!("relations are not lists")
    }
}

#[test]
fn a_candidate_leads_to_what_it_refers_to_unless_that_is_in_the_trash() {
    let things = things();
    let check = |whole: Value, found: &[i128], looked_at: u64| {
        let candidate = [Value::Int(9), whole.clone(), Value::Null];
        let (numbers, count) = things.around(&candidate, None, Way::Out { model: 0, relation: 0 }, 10);
        let found: Vec<Value> = found.iter().copied().map(Value::Int).collect();
        assert_eq!((numbers, count), (found, looked_at), "{whole:?}");
    };
    check(Value::Int(1), &[1], 1);
    check(Value::Int(5), &[], 1);
    check(Value::Int(7), &[], 0);
    check(Value::Null, &[], 0);
}

#[test]
fn a_candidate_with_a_key_leads_to_what_refers_to_it_as_far_as_may_be_looked() {
    let things = things();
    let candidate = [Value::Int(1), Value::Null, Value::Null];
    let parts = |key: Option<Key>, max: u64| things.around(&candidate, key, Way::In { model: 0, relation: 0 }, max);
    assert_eq!(parts(Some(things.key(1)), 10), (vec![Value::Int(3), Value::Int(4)], 3));
    assert_eq!(parts(Some(things.key(1)), 2), (vec![Value::Int(3)], 3));
    assert_eq!(parts(Some(things.key(3)), 10), (vec![], 0));
    assert_eq!(parts(None, 10), (vec![], 0));
}
