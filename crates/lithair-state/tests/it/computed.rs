//! Two commands that are decided on one view, both below one record: what it comes to is right whoever is first.

use std::sync::Arc;

use lithair_model::declare::{exists, field, max, of};
use lithair_model::{
    Action, Catalog, Command, Draft, Expected, FieldSchema, LinkKind, LinkSchema, ModelSchema, Numbers, OnDelete,
    Operation, Principal, RelationSchema, Supplied, Target, Timestamp, Uuid, Value,
};
use lithair_state::{Decision, Ids, State, decide};

use crate::models::apply;

const ORDER: usize = 0;
const LINE: usize = 1;

/// Only what is computed again, so that nothing else keeps two writers apart.
static ORDERS: ModelSchema = ModelSchema {
    name: "Order",
    table: "orders",
    path: "orders",
    fields: &[
        field::<i64>("id"),
        field::<Option<i64>>("most").related(max("lines").value(of("price"))).stored(),
        field::<bool>("has_any").related(exists("lines")).stored(),
    ],
    key: &[0],
    links: &[LinkSchema {
        name: "lines",
        wire: "lines",
        target: || &LINES,
        kind: LinkKind::HasMany { via: "order_id" },
    }],
    ..ModelSchema::PLAIN
};

static LINES: ModelSchema = ModelSchema {
    name: "Line",
    table: "lines",
    path: "lines",
    fields: &[field::<i64>("id"), FieldSchema::of::<i64>("order_id"), field::<i64>("price")],
    key: &[0],
    relations: &[RelationSchema { name: "order", fields: &[1], target: || &ORDERS, on_delete: OnDelete::Cascade }],
    ..ModelSchema::PLAIN
};

struct NoIds;

impl Ids for NoIds {
    fn uuid7(&mut self) -> Uuid {
        Uuid::nil()
    }

    fn sequence(&mut self, _: usize) -> u64 {
        1
    }

    fn saw(&mut self, _: usize, _: u64) {}
}

fn draft(values: &[(usize, i64)]) -> Draft {
    let fields = values.iter().map(|(place, number)| (*place, Supplied::Value(Value::Int((*number).into()))));
    Draft { fields: fields.collect(), revision: None }
}

fn key(state: &State, model: usize, id: i64) -> Target {
    Target::Key(state.catalog().models[model].parse_key(&id.to_string()).expect("is a key"))
}

fn decided(state: &State, model: usize, action: Action) -> Decision {
    let operations = vec![Operation { model, action, expected: Expected::Anything }];
    let command = Command { now: Timestamp::from_micros(1), principal: Principal::Anonymous, operations };
    decide(&state.view(None).expect("the present"), &command, &mut NoIds).expect("is right")
}

/// Two orders, of which the first has lines of 10 and 4.
fn begin() -> State {
    let schemas = [&ORDERS, &LINES];
    let state = State::new(Arc::new(Catalog::new(schemas.to_vec(), &Numbers::of(&schemas)).expect("is right")));
    for (model, values) in [
        (ORDER, vec![(0, 1)]),
        (ORDER, vec![(0, 2)]),
        (LINE, vec![(0, 1), (1, 1), (2, 10)]),
        (LINE, vec![(0, 2), (1, 1), (2, 4)]),
    ] {
        let Decision { entry, .. } = decided(&state, model, Action::Create(draft(&values)));
        assert!(apply(&state, &entry).1);
    }
    state
}

fn actions(state: &State) -> Vec<(&'static str, Action)> {
    let line = |id: i64| key(state, LINE, id);
    vec![
        ("a line of 9 comes", Action::Create(draft(&[(0, 7), (1, 1), (2, 9)]))),
        ("a line of 12 comes", Action::Create(draft(&[(0, 8), (1, 1), (2, 12)]))),
        ("a line of nothing comes", Action::Create(draft(&[(0, 9), (1, 1), (2, 0)]))),
        ("the line of 10 goes", Action::Delete(line(1))),
        ("the line of 10 is of 3", Action::Patch(line(1), draft(&[(2, 3)]))),
        ("the line of 10 moves", Action::Patch(line(1), draft(&[(1, 2)]))),
        ("the line of 4 goes", Action::Delete(line(2))),
        ("the line of 4 is of 11", Action::Patch(line(2), draft(&[(2, 11)]))),
    ]
}

#[test]
fn two_commands_of_one_view_leave_what_computing_again_gives() {
    let names: Vec<&str> = actions(&begin()).into_iter().map(|(name, _)| name).collect();
    let (mut both, mut one) = (0, 0);
    for first in 0..names.len() {
        for second in (0..names.len()).filter(|second| *second != first) {
            let state = begin();
            let entries = [first, second].map(|place| decided(&state, LINE, actions(&state).remove(place).1).entry);
            assert!(apply(&state, &entries[0]).1, "the first one has nobody before it");
            if apply(&state, &entries[1]).1 {
                both += 1
            } else {
                one += 1
            }
            let view = state.view(None).expect("the present");
            let orders = &state.catalog().models[ORDER];
            for record in view.records_of_model(ORDER) {
                let other = view.computed_anew(orders, &record.row).expect("fits");
                assert_eq!(other, [], "{}, then {}", names[first], names[second]);
            }
        }
    }
    // Each of them bears on the most of the lines, so the second one is decided again.
    assert_eq!((both, one), (0, names.len() * (names.len() - 1)));
}
