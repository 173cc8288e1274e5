use lithair_model::{Change, Guard, Position, Value};
use lithair_state::{Conflict, State};

use crate::models::{
    BY_NAME, BY_PLACE, BY_SKU, PRODUCT, Product, SHELF, apply, catalog, claim, delete, entry, key, patch, put, shelf,
};

/// Two shelves; product 1 on shelf 1 with sku "A", on sale as "pen".
fn stocked() -> State {
    let state = State::new(catalog());
    let models = &state.catalog().clone().models;
    let product = Product { sku: Some("A"), shelf: Some(1), place: Some(7), on_sale: true, ..Product::new(1) };
    let changes = vec![
        put(&models[SHELF], 1, &shelf(1)),
        put(&models[SHELF], 1, &shelf(2)),
        put(&models[PRODUCT], 1, &product.values()),
    ];
    assert_eq!(apply(&state, &entry(Vec::new(), changes)), (Position::new(1), true));
    state
}

/// Applies changes under a guard to the stocked state; true if the guard holds. A refused entry changes nothing.
#[track_caller]
fn holds(guard: Guard, changes: Vec<Change>) -> bool {
    let state = stocked();
    let before = state.digest();
    let result = state.apply(Position::new(2), &entry(vec![guard.clone()], changes));
    state.publish(Position::new(2));
    if let Err(conflict) = &result {
        assert_eq!(conflict, &Conflict::Guard { place: 0, guard });
        assert_eq!(state.digest(), before, "a refused entry changes nothing");
        assert_eq!(state.refused(Position::ZERO), [Position::new(2)]);
        assert_eq!(state.view(None).expect("is kept").digest(), before);
    } else {
        assert_eq!(state.refused(Position::ZERO), []);
    }
    result.is_ok()
}

#[test]
fn a_revision_holds_while_nobody_changed_the_record() {
    let model = catalog().models[PRODUCT].id;
    let guard = |id, revision| Guard::Revision { model, key: key(id), revision };
    assert!(holds(guard(1, 1), vec![]));
    assert!(!holds(guard(1, 2), vec![]));
    assert!(!holds(guard(2, 1), vec![]), "a record that does not exist has no revision");
    let rename = patch(&catalog().models[PRODUCT], 1, 2, &[(4, Value::Text("ink".into()))]);
    assert!(holds(guard(1, 1), vec![rename.clone()]), "the revision is that before the entry");
    assert!(!holds(guard(1, 2), vec![rename]));
}

#[test]
fn absent_and_present_are_asked_of_different_sides_of_the_entry() {
    let catalog = catalog();
    let model = &catalog.models[SHELF];
    let absent = |id| Guard::Absent { model: model.id, key: key(id) };
    let present = |id| Guard::Present { model: model.id, key: key(id) };
    let create = || vec![put(model, 1, &shelf(3))];
    assert!(!holds(absent(1), vec![]));
    assert!(holds(absent(3), create()), "before the entry there is none");
    assert!(holds(present(3), create()), "after the entry there is one: a batch creates parent and child");
    assert!(!holds(present(3), vec![]));
    assert!(holds(present(2), vec![]));
    assert!(!holds(present(2), vec![delete(model, 2)]), "after the entry it is gone");
}

#[test]
fn a_unique_value_has_one_holder() {
    let catalog = catalog();
    let model = &catalog.models[PRODUCT];
    let other = Product { sku: Some("a"), shelf: Some(1), place: Some(7), on_sale: true, ..Product::new(2) };
    let create = |product: &Product| vec![put(model, 1, &product.values())];
    let guard = |constraint, product: &Product| claim(model, constraint, product).expect("claims");
    for constraint in [BY_SKU, BY_PLACE, BY_NAME] {
        assert!(!holds(guard(constraint, &other), create(&other)), "{constraint}: product 1 has it");
        let itself = Product { id: 1, ..other.clone() };
        assert!(holds(guard(constraint, &itself), create(&itself)), "{constraint}: the holder keeps it");
    }
    let free = Product { sku: Some("B"), place: Some(8), name: "ink", ..other.clone() };
    for constraint in [BY_SKU, BY_PLACE, BY_NAME] {
        assert!(holds(guard(constraint, &free), create(&free)), "{constraint}: nobody has it");
    }
    let shared = Product { on_sale: false, ..other };
    assert_eq!(claim(model, BY_NAME, &shared), None, "the condition is false, so nothing is claimed");
}

#[test]
fn a_null_in_a_unique_constraint_claims_nothing() {
    let catalog = catalog();
    let model = &catalog.models[PRODUCT];
    let nowhere = Product { shelf: Some(1), ..Product::new(3) };
    assert_eq!((claim(model, BY_SKU, &nowhere), claim(model, BY_PLACE, &nowhere)), (None, None));
    let state = stocked();
    for id in 3..6 {
        apply(&state, &entry(vec![], vec![put(model, 1, &Product { id, ..nowhere.clone() }.values())]));
    }
    assert_eq!(state.view(None).expect("is kept").count(PRODUCT), 4);
}

#[test]
fn a_value_is_handed_over_inside_one_entry() {
    let catalog = catalog();
    let model = &catalog.models[PRODUCT];
    let heir = Product { sku: Some("a"), ..Product::new(2) };
    let guard = || claim(model, BY_SKU, &heir).expect("claims");
    let inherit = || put(model, 1, &heir.values());
    assert!(holds(guard(), vec![delete(model, 1), inherit()]), "the holder is deleted");
    assert!(holds(guard(), vec![inherit(), delete(model, 1)]), "in any order");
    let give_up = patch(model, 1, 2, &[(1, Value::Text("Z".into()))]);
    assert!(holds(guard(), vec![give_up, inherit()]), "the holder takes another");
    let twin = Product { id: 3, ..heir.clone() };
    let both = vec![delete(model, 1), inherit(), put(model, 1, &twin.values())];
    assert!(!holds(guard(), both), "two claims in one entry");
}

#[test]
fn a_freed_value_can_be_taken_by_a_later_entry() {
    let state = stocked();
    let model = &state.catalog().clone().models[PRODUCT];
    assert!(apply(&state, &entry(vec![], vec![delete(model, 1)])).1);
    let heir = Product { sku: Some("a"), ..Product::new(2) };
    let take = entry(vec![claim(model, BY_SKU, &heir).expect("claims")], vec![put(model, 1, &heir.values())]);
    assert!(apply(&state, &take).1);
    let view = state.view(None).expect("is kept");
    let value = model.unique_key(BY_SKU, &heir.values()).expect("claims");
    assert_eq!(view.unique_holder(PRODUCT, BY_SKU, &value), Some(key(2)));
    assert_eq!(
        state.view(Some(Position::new(1))).expect("is kept").unique_holder(PRODUCT, BY_SKU, &value),
        Some(key(1))
    );
}

#[test]
fn a_target_is_unreferenced_once_the_entry_is_applied() {
    let catalog = catalog();
    let product = &catalog.models[PRODUCT];
    let remove_shelf = |id| delete(&catalog.models[SHELF], id);
    let guard = |id| Guard::Unreferenced { model: product.id, relation: 0, key: key(id) };
    assert!(!holds(guard(1), vec![remove_shelf(1)]));
    assert!(holds(guard(2), vec![remove_shelf(2)]));
    assert!(holds(guard(1), vec![remove_shelf(1), delete(product, 1)]), "cascade");
    assert!(holds(guard(1), vec![remove_shelf(1), patch(product, 1, 2, &[(2, Value::Null)])]), "set null");
    let newcomer = Product { shelf: Some(2), ..Product::new(2) };
    assert!(!holds(guard(2), vec![remove_shelf(2), put(product, 1, &newcomer.values())]), "it comes with the entry");
}

#[test]
fn as_many_records_refer_as_the_decision_saw() {
    let catalog = catalog();
    let product = &catalog.models[PRODUCT];
    let guard = |id, count| Guard::Referrers { model: product.id, relation: 0, key: key(id), count };
    for (shelf, count) in [(1, 1), (2, 0), (9, 0)] {
        assert!(holds(guard(shelf, count), vec![]));
        assert!(!holds(guard(shelf, count + 1), vec![]));
    }
    assert!(!holds(guard(1, 0), vec![]));
    let newcomer = Product { shelf: Some(2), ..Product::new(2) };
    assert!(holds(guard(2, 0), vec![put(product, 1, &newcomer.values())]), "the number is that before the entry");
    assert!(!holds(guard(1, 0), vec![delete(product, 1)]));
}

#[test]
fn a_change_of_what_is_not_there_is_refused() {
    let state = stocked();
    let models = &state.catalog().clone().models;
    let changes = [delete(&models[SHELF], 9), patch(&models[PRODUCT], 9, 2, &[(5, Value::Bool(true))])];
    for (change, number) in changes.into_iter().zip(2..) {
        let result = state.apply(Position::new(number), &entry(vec![], vec![change]));
        assert_eq!(result.map(drop), Err(Conflict::NoRecord { place: 0 }));
    }
    let damaged = Change::Put { model: models[SHELF].id, key: key(3), revision: 1, row: vec![0x9f] };
    let result = state.apply(Position::new(4), &entry(vec![], vec![damaged]));
    assert!(matches!(result, Err(Conflict::Damaged { place: 0, .. })), "{result:?}");
}
