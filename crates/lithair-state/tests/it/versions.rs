use std::panic::{AssertUnwindSafe, catch_unwind};

use lithair_model::{Position, QueryError, Value};
use lithair_state::State;

use crate::models::{PRODUCT, Product, SHELF, apply, catalog, delete, entry, key, patch, put, shelf, values};

fn name_at(state: &State, at: u64) -> Option<Value> {
    let view = state.view(Some(Position::new(at))).expect("is kept");
    let row = view.row(PRODUCT, &key(1))?;
    Some(values(&state.catalog().models[PRODUCT], &row)[4].clone())
}

/// Product 1 is made, renamed and deleted, then made again: positions 1 to 4.
fn storied() -> State {
    let state = State::new(catalog());
    let model = &state.catalog().clone().models[PRODUCT];
    let name = |name: &str| vec![(4, Value::Text(name.into()))];
    apply(&state, &entry(vec![], vec![put(model, 1, &Product::new(1).values())]));
    apply(&state, &entry(vec![], vec![patch(model, 1, 2, &name("ink"))]));
    apply(&state, &entry(vec![], vec![delete(model, 1)]));
    apply(&state, &entry(vec![], vec![put(model, 1, &Product { name: "cap", ..Product::new(1) }.values())]));
    state
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.into()))
}

#[test]
fn every_kept_moment_shows_what_was_there() {
    let state = storied();
    let shown: Vec<_> = (0..=4).map(|at| name_at(&state, at)).collect();
    assert_eq!(shown, [None, text("pen"), text("ink"), None, text("cap")]);
}

#[test]
fn nothing_is_visible_before_it_is_published() {
    let state = State::new(catalog());
    let model = &state.catalog().clone().models[SHELF];
    state.apply(Position::new(1), &entry(vec![], vec![put(model, 1, &shelf(1))])).expect("applies");
    assert_eq!(state.view(None).expect("is kept").row(SHELF, &key(1)), None);
    assert_eq!(state.view(Some(Position::new(1))).map(drop), Err(QueryError::NotYet(Position::new(1))));
    state.publish(Position::new(1));
    let row = state.view(None).expect("is kept").row(SHELF, &key(1)).expect("is published");
    assert_eq!((row.revision, row.position), (1, Position::new(1)));
}

#[test]
fn the_horizon_refuses_and_frees_what_is_older() {
    let state = storied();
    assert_eq!(state.advance_horizon(Position::new(2), 0), 3, "three versions are behind another one");
    assert_eq!(state.view(Some(Position::new(1))).map(drop), Err(QueryError::HorizonGone(Position::new(2))));
    assert_eq!(name_at(&state, 2), text("ink"));
    assert_eq!(state.advance_horizon(Position::new(2), 100), 2, "the one of position 1 is gone");
    assert_eq!((name_at(&state, 2), name_at(&state, 3)), (text("ink"), None));
    assert_eq!(state.advance_horizon(Position::new(9), 100), 0, "at most what is published");
    assert_eq!(state.horizon(), Position::new(4));
    assert_eq!(name_at(&state, 4), text("cap"));
    state.advance_horizon(Position::new(1), 100);
    assert_eq!(state.horizon(), Position::new(4), "never back");
}

#[test]
fn a_view_that_exists_keeps_what_it_shows() {
    let state = storied();
    let view = state.view(Some(Position::new(1))).expect("is kept");
    assert_eq!(state.advance_horizon(Position::new(4), 100), 3, "nothing may be freed");
    let row = view.row(PRODUCT, &key(1)).expect("is shown");
    assert_eq!(values(&state.catalog().models[PRODUCT], &row)[4], Value::Text("pen".into()));
    drop(view);
    assert_eq!(state.advance_horizon(Position::new(4), 100), 0);
}

#[test]
fn sequences_outlive_the_records_that_had_them() {
    let state = storied();
    let model = &state.catalog().clone().models[PRODUCT];
    assert_eq!((state.sequence(PRODUCT), state.sequence(SHELF)), (1, 0));
    apply(&state, &entry(vec![], vec![put(model, 1, &Product::new(40).values())]));
    apply(&state, &entry(vec![], vec![delete(model, 40)]));
    assert_eq!(state.sequence(PRODUCT), 40);
}

#[test]
fn positions_have_no_gaps_and_no_repeats() {
    let state = storied();
    let nothing = entry(vec![], vec![]);
    for number in [4, 6] {
        let apply = || state.apply(Position::new(number), &nothing).map(drop);
        assert!(catch_unwind(AssertUnwindSafe(apply)).is_err(), "{number} is not behind 4");
    }
    state.pass(Position::new(5));
    assert!(state.apply(Position::new(6), &nothing).is_ok());
}

#[test]
fn the_newest_row_is_returned_for_each_change() {
    let state = State::new(catalog());
    let model = &state.catalog().clone().models[SHELF];
    let changes = vec![put(model, 1, &shelf(1)), put(model, 1, &shelf(2)), delete(model, 1)];
    let applied = state.apply(Position::new(1), &entry(vec![], changes)).expect("applies");
    let revisions: Vec<_> = applied.rows.iter().map(|row| row.as_ref().map(|row| row.revision)).collect();
    assert_eq!(revisions, [Some(1), Some(1), None]);
    state.publish(Position::new(1));
    assert_eq!(state.view(None).expect("is kept").count(SHELF), 1);
}
