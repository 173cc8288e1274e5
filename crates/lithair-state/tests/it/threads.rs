use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lithair_model::{Change, Position};
use lithair_state::State;

use crate::models::{PRODUCT, Product, catalog, entry, key, patch, put};

const RECORDS: i64 = 300;
const ROUNDS: u64 = 150;

/// Every entry gives all records the same revision, and one in three entries is followed by another before it is
/// published. So a reader must find one revision in all of them, and the number of records never changes.
#[test]
fn an_entry_is_seen_whole_or_not_at_all() {
    let state = State::new(catalog());
    let model = &state.catalog().clone().models[PRODUCT];
    let product = |id| Product { place: Some(id % 7), ..Product::new(id) };
    let create = (1..=RECORDS).map(|id| put(model, 1, &product(id).values())).collect();
    state.apply(Position::new(1), &entry(vec![], create)).expect("applies");
    state.publish(Position::new(1));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..3).map(|_| scope.spawn(|| read_until(&state, &done))).collect();
        for round in 2..=ROUNDS {
            let place = |id: i64| lithair_model::Value::Int(i128::from(id) + i128::from(round) % 5);
            let changes: Vec<Change> = (1..=RECORDS).map(|id| patch(model, id, round, &[(3, place(id))])).collect();
            state.apply(Position::new(round), &entry(vec![], changes)).expect("applies");
            if round % 3 != 0 {
                state.publish(Position::new(round));
                state.advance_horizon(Position::new(round), 500);
            }
        }
        state.publish(Position::new(ROUNDS));
        done.store(true, Ordering::Release);
        let looks: u64 = readers.into_iter().map(|reader| reader.join().expect("saw only whole entries")).sum();
        assert!(looks >= 3, "every reader looked");
    });
    while state.advance_horizon(Position::new(ROUNDS), 1_000) > 0 {}
    let view = state.view(None).expect("is kept");
    assert_eq!(view.digest(), state.digest());
}

/// Reads until told to stop, once more after that; how often.
fn read_until(state: &State, done: &AtomicBool) -> u64 {
    let mut looks = 0;
    loop {
        let last = done.load(Ordering::Acquire);
        let view = state.view(None).expect("the present is kept");
        let revisions: BTreeSet<u64> = view.records().map(|record| record.row.revision).collect();
        assert_eq!(revisions.len(), 1, "all records of one entry: {revisions:?}");
        assert_eq!(revisions.first().copied(), Some(view.position().get()), "and of the view's entry");
        assert_eq!(view.count(PRODUCT), RECORDS.unsigned_abs());
        assert_eq!(view.row(PRODUCT, &key(5)).map(|row| row.revision), Some(view.position().get()));
        looks += 1;
        if last {
            return looks;
        }
    }
}
