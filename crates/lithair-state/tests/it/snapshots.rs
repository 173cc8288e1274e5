use std::convert::Infallible;

use lithair_model::{Change, Entry, Phase, Position, SchemaChange};
use lithair_state::{Fold, FoldError, LoadError, Meta, Record, State};
use proptest::prelude::*;

use crate::models::{
    PRODUCT, Product, SHELF, apply, catalog, catalog_of_shelves, delete, entry, key, patch, put, shelf,
};
use crate::shadow::{any_script, entries_of};

fn replay(entries: &[Entry]) -> State {
    let state = State::new(catalog());
    for entry in entries {
        apply(&state, entry);
    }
    state
}

fn records(state: &State) -> Vec<Record> {
    state.view(None).expect("is kept").records().collect()
}

fn sound(records: Vec<Record>) -> impl Iterator<Item = Result<Record, Infallible>> {
    records.into_iter().map(Ok)
}

/// A state loaded from what a snapshot of this state would have, through its bytes.
fn reload(state: &State) -> State {
    let meta = Meta::decode(&state.meta().encode()).expect("is what was written");
    let bytes = records(state).into_iter().map(|record| (record.snapshot_key(), record.snapshot_value()));
    let read = bytes.map(|(key, value)| Record::from_snapshot(&key, &value));
    State::load(catalog(), state.published(), meta, read).expect("loads")
}

/// The records that a fold of entries behind a snapshot leaves, and the fold.
fn fold(snapshot: &State, entries: &[Entry], refused: Vec<Position>) -> (Vec<Record>, Fold) {
    let mut fold = Fold::new(catalog(), snapshot.published(), snapshot.meta(), refused);
    for entry in entries {
        fold.take(fold.position().next(), entry).expect("fits");
    }
    let records = fold.records(sound(records(snapshot))).collect::<Result<_, _>>().expect("fits");
    (records, fold)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn replay_load_and_fold_agree(script in any_script(), at in any::<proptest::sample::Index>()) {
        let entries = entries_of(&script);
        let whole = replay(&entries);
        let (before, tail) = entries.split_at(at.index(entries.len() + 1));
        let snapshot = replay(before);

        let loaded = reload(&snapshot);
        prop_assert_eq!(loaded.digest(), snapshot.digest());
        prop_assert_eq!(loaded.sizes(), reload(&loaded).sizes());
        for entry in tail {
            apply(&loaded, entry);
        }
        prop_assert_eq!(loaded.digest(), whole.digest());
        prop_assert_eq!(loaded.meta(), whole.meta());
        prop_assert_eq!(records(&loaded), records(&whole));
        prop_assert_eq!(loaded.refused(Position::ZERO), whole.refused(Position::ZERO));

        let (folded, fold) = fold(&snapshot, tail, whole.refused(snapshot.published()));
        prop_assert_eq!(folded, records(&whole));
        prop_assert_eq!(fold.digest(), whole.digest());
        prop_assert_eq!(fold.meta(), &whole.meta());
        prop_assert_eq!(fold.position(), whole.published());
    }
}

#[test]
fn names_and_numbers_are_in_the_meta() {
    let models = &catalog().models;
    let change = SchemaChange {
        model: models[SHELF].id,
        table: "shelves".into(),
        fields: vec![(0, "id".into(), "integer".into())],
        document: "{}".into(),
        retired: vec![(1, "stock".into(), "integer".into())],
        phase: Phase::Filling { first: 2, former: "{}".into() },
    };
    let state = replay(&[entry(vec![], vec![Change::Schema(change.clone()), put(&models[SHELF], 1, &shelf(41))])]);
    let meta = reload(&state).meta();
    assert_eq!((meta.sequence(models[SHELF].id), meta.sequence(models[PRODUCT].id)), (41, 0));
    assert_eq!(meta.numbers().changes(), [change]);
}

#[test]
fn a_model_that_the_program_lost_stays_in_the_snapshots() {
    let models = &catalog().models;
    let first =
        entry(vec![], vec![put(&models[SHELF], 1, &shelf(1)), put(&models[PRODUCT], 1, &Product::new(1).values())]);
    let second = entry(vec![], vec![patch(&models[PRODUCT], 1, 2, &[(3, lithair_model::Value::Int(5))])]);
    let whole = replay(&[first.clone(), second.clone()]);
    let snapshot = replay(std::slice::from_ref(&first));
    let without = State::load(catalog_of_shelves(), Position::new(1), Meta::default(), sound(records(&snapshot)));
    let without = without.expect("loads");
    apply(&without, &second);
    assert_eq!(without.digest(), whole.digest());
    assert_eq!(records(&without), records(&whole));
}

#[test]
fn records_that_are_no_snapshot_are_refused() {
    let state = replay(&[entry(vec![], (1..4).map(|id| put(&catalog().models[SHELF], 1, &shelf(id))).collect())]);
    let load = |records: Vec<Record>| {
        State::load(catalog(), Position::new(1), Meta::default(), sound(records)).map(drop).expect_err("is refused")
    };
    let model = catalog().models[SHELF].id;
    let mut swapped = records(&state);
    swapped.swap(0, 1);
    assert_eq!(load(swapped), LoadError::OutOfOrder { model, key: key(1) });
    let mut twice = records(&state);
    twice.insert(0, twice[0].clone());
    assert_eq!(load(twice), LoadError::OutOfOrder { model, key: key(1) });
    let mut damaged = records(&state);
    let row = (*damaged[1].row).clone();
    damaged[1].row = std::sync::Arc::new(lithair_model::Row { bytes: row.bytes[1..].into(), ..row });
    assert!(matches!(load(damaged), LoadError::Damaged { key: at, .. } if at == key(2)));
}

#[test]
fn a_fold_refuses_entries_that_do_not_fit() {
    let models = &catalog().models;
    let lost = patch(&models[PRODUCT], 9, 2, &[(3, lithair_model::Value::Null)]);
    let mut fold = Fold::new(catalog(), Position::ZERO, Meta::default(), []);
    fold.take(Position::new(1), &entry(vec![], vec![lost.clone()])).expect("is found out when records are merged");
    let misfit =
        |position| FoldError::NoRecord { position: Position::new(position), model: models[PRODUCT].id, key: key(9) };
    let merged = fold.records(sound(vec![])).collect::<Result<Vec<_>, _>>();
    assert_eq!(merged, Err(misfit(1)));

    let mut fold = Fold::new(catalog(), Position::ZERO, Meta::default(), []);
    fold.take(Position::new(1), &entry(vec![], vec![delete(&models[PRODUCT], 9)])).expect("fits");
    let result = fold.take(Position::new(2), &entry(vec![], vec![lost]));
    assert!(matches!(result, Err(FoldError::NoRecord { position, .. }) if position == Position::new(2)), "{result:?}");
}
