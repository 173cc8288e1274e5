//! Which path is chosen, and what is refused as too expensive.

use expect_test::{Expect, expect};
use lithair_model::{Comparison, Operand, Position, Predicate, Query, QueryError, SortTerm, Start, Value};

use super::{all, compare, term};
use crate::testing::{
    ACTIVE, ALBUM_PLACE, ARTIST, CODE, Driver, EMAIL, GENRE, ID, LABEL, NOTE, PRICE, Write, album_with, int, text,
};

const EQUAL: Comparison = Comparison::Equal;

/// A hundred albums: ten of each price, half of each genre, one of each code and address.
fn driver() -> Driver {
    let mut driver = Driver::new();
    let albums = (0..100).map(|id| {
        let code = Value::Text(format!("C{id}"));
        let email = Value::Text(format!("U{id}@x"));
        let genre = text(if id % 2 == 0 { "jazz" } else { "folk" });
        let fields = [(CODE, code), (EMAIL, email), (GENRE, genre), (PRICE, int(id % 10)), (LABEL, int(id % 4))];
        Write::Put(ALBUM_PLACE, album_with(id, fields))
    });
    driver.write(&albums.collect::<Vec<_>>());
    driver
}

fn query(filter: Option<Predicate>, order: Vec<SortTerm>) -> Query {
    Query { filter, order, limit: 5, scan_rows_max: 100, ..all(ALBUM_PLACE) }
}

#[track_caller]
fn check(filter: Vec<Predicate>, order: Vec<SortTerm>, expected: Expect) {
    let filter = (!filter.is_empty()).then_some(Predicate::All(filter));
    let driver = driver();
    let view = driver.state.view(None).expect("the present");
    let plan = view.explain(&query(filter, order)).expect("the budget is enough");
    expected.assert_eq(&plan.to_string());
}

#[test]
fn the_primary_key_leads_to_one_record_and_gives_the_order() {
    check(vec![], vec![], expect!["primary key bounded by [], 100 entries, in order"]);
    check(vec![], vec![term(ID, true)], expect!["primary key bounded by [], 100 entries, in order"]);
    check(vec![compare(ID, EQUAL, int(7))], vec![], expect!["primary key bounded by [0], 1 entries, in order"]);
    check(
        vec![compare(ID, Comparison::GreaterOrEqual, int(90))],
        vec![],
        expect!["primary key bounded by [0], 10 entries, in order"],
    );
}

#[test]
fn a_unique_value_leads_to_its_holder() {
    let code = compare(CODE, EQUAL, text("C7"));
    check(vec![code.clone()], vec![], expect!["unique 0 bounded by [1], 1 entries, sorted"]);
    let and_active = vec![code, Predicate::Flag(Operand::Field(ACTIVE))];
    check(and_active, vec![], expect!["unique 0 bounded by [1], 1 entries, sorted, filtered"]);
    let email = vec![compare(EMAIL, EQUAL, text("u7@X"))];
    check(email, vec![], expect!["unique 1 bounded by [2], 1 entries, sorted, filtered"]);
}

#[test]
fn a_unique_constraint_gives_its_order_to_those_who_have_a_value() {
    let coded = || vec![compare(CODE, Comparison::NotEqual, Value::Null)];
    check(coded(), vec![term(CODE, false)], expect!["unique 0 bounded by [1], 100 entries, in order"]);
    check(coded(), vec![term(CODE, true)], expect!["unique 0 bounded by [1], 100 entries, in order"]);
    check(vec![], vec![term(CODE, true)], expect!["scan bounded by [], 100 entries, sorted"]);
}

#[test]
fn an_index_gives_its_order_in_both_directions() {
    check(vec![], vec![term(PRICE, false)], expect!["index 0 bounded by [], 100 entries, in order"]);
    check(vec![], vec![term(PRICE, true)], expect!["index 0 bounded by [], 100 entries, in order"]);
    check(vec![], vec![term(PRICE, true), term(ID, false)], expect!["index 0 bounded by [], 100 entries, in order"]);
    check(vec![], vec![term(PRICE, false), term(NOTE, false)], expect!["scan bounded by [], 100 entries, sorted"]);
}

#[test]
fn known_values_in_front_leave_the_order_of_the_rest() {
    let jazz = || compare(GENRE, EQUAL, text("jazz"));
    check(vec![jazz()], vec![term(PRICE, true)], expect!["index 1 bounded by [7], 50 entries, in order"]);
    check(vec![jazz()], vec![term(PRICE, false)], expect!["index 1 bounded by [7], 50 entries, in order"]);
    let cheap = || compare(PRICE, Comparison::Less, int(2));
    check(vec![jazz(), cheap()], vec![term(PRICE, false)], expect!["index 1 bounded by [7, 6], 10 entries, in order"]);
    check(vec![jazz(), cheap()], vec![], expect!["index 1 bounded by [7, 6], 10 entries, sorted"]);
}

fn among(field: usize, values: Vec<Value>) -> Predicate {
    Predicate::In { operand: Operand::Field(field), values, kind: crate::testing::ALBUMS.fields[field].kind }
}

#[test]
fn several_values_in_front_leave_the_order_of_the_rest_in_each() {
    let genres = || among(GENRE, vec![text("jazz"), text("folk")]);
    check(vec![genres()], vec![term(PRICE, true)], expect!["index 1 bounded by [7], 100 entries, in order"]);
    // Nobody has an index of the reverse within each.
    check(vec![genres()], vec![term(PRICE, false)], expect!["index 0 bounded by [], 100 entries, in order, filtered"]);

    let driver = driver();
    let view = driver.state.view(None).expect("the present");
    let labels = || Some(among(LABEL, vec![int(1), int(3), int(2)]));
    let page = view.list(&query(labels(), vec![])).expect("the budget is enough");
    assert_eq!(page.rows.len(), 5);
    assert!(page.more);
    assert_eq!(page.looked_at, 6, "the page, and one that says that there are more: not all 75 that match");
    let key = driver.id(50);
    let page = view.list(&Query { start: Start::After(vec![], key), ..query(labels(), vec![]) });
    assert_eq!(page.expect("the budget is enough").looked_at, 8, "and whether any precedes it");
}

#[test]
fn the_fewest_entries_win() {
    let label = || compare(LABEL, EQUAL, int(1));
    check(vec![label()], vec![], expect!["relation 0 bounded by [8], 25 entries, in order"]);
    let price = compare(PRICE, EQUAL, int(3));
    check(vec![label(), price], vec![], expect!["index 0 bounded by [6], 10 entries, in order, filtered"]);
    let listed = among(PRICE, vec![int(3), int(1), int(3)]);
    check(vec![listed], vec![term(PRICE, true)], expect!["index 0 bounded by [6], 20 entries, in order"]);
}

#[test]
fn a_scan_beyond_the_budget_names_the_missing_index() {
    let driver = driver();
    let view = driver.state.view(None).expect("the present");
    let ask = |filter: Predicate, order: Vec<SortTerm>| {
        let query = Query { scan_rows_max: 99, ..query(Some(filter), order) };
        view.list(&query).map(|page| page.rows.len())
    };
    let too_expensive = |fields: &[usize]| Err(QueryError::TooExpensive { fields: fields.to_vec(), budget: 99 });
    let no_note = || compare(NOTE, EQUAL, text("n"));
    assert_eq!(ask(no_note(), vec![]), too_expensive(&[NOTE]));
    let both = Predicate::All(vec![no_note(), compare(ARTIST, Comparison::Greater, text("A"))]);
    assert_eq!(ask(both, vec![]), too_expensive(&[NOTE, ARTIST]));
    assert_eq!(ask(Predicate::All(vec![]), vec![term(NOTE, true)]), too_expensive(&[NOTE]));
    assert_eq!(ask(compare(PRICE, EQUAL, int(3)), vec![term(NOTE, true)]), Ok(5));
}

#[test]
fn a_count_needs_no_scan_without_a_filter_and_is_exact_with_one() {
    let mut driver = driver();
    driver.write(&[Write::Delete(ALBUM_PLACE, driver.id(7))]);
    let total = |at: u64, filter: Option<Predicate>, budget: u64| {
        let query = Query { count: true, limit: 2, scan_rows_max: budget, ..query(filter, vec![]) };
        let view = driver.state.view(Some(Position::new(at))).expect("both are kept");
        view.list(&query).map(|page| page.total)
    };
    assert_eq!(total(1, None, 3), Ok(Some(100)));
    assert_eq!(total(2, None, 3), Ok(Some(99)));
    let price = || Some(compare(PRICE, EQUAL, int(7)));
    assert_eq!(total(1, price(), 20), Ok(Some(10)));
    assert_eq!(total(2, price(), 20), Ok(Some(9)));
    assert_eq!(total(2, price(), 5), Err(QueryError::TooExpensive { fields: vec![PRICE], budget: 5 }));
}

#[test]
fn a_walk_that_finds_too_little_ends_with_the_budget() {
    let driver = driver();
    let filter = Some(Predicate::Flag(Operand::Field(ACTIVE)));
    let query = Query { scan_rows_max: 60, ..query(filter, vec![term(PRICE, false)]) };
    let view = driver.state.view(None).expect("the present");
    assert_eq!(
        view.list(&query).map(|page| page.rows.len()),
        Err(QueryError::TooExpensive { fields: vec![ACTIVE, PRICE], budget: 60 })
    );
    let page = view.list(&Query { start: Start::Offset(98), filter: None, ..query.clone() });
    assert_eq!(page.map(|page| page.rows.len()), Err(QueryError::TooExpensive { fields: vec![PRICE], budget: 60 }));
}
