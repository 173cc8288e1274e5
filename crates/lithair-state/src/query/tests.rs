//! Lists against a naive answer: every moment that is kept, every page, both directions.

mod naive;
mod plans;
mod threads;
mod words;

use lithair_model::{Comparison, Kind, Operand, Page, Position, Predicate, Query, SortTerm, Start, Value};
use proptest::prelude::*;

use crate::testing::{
    ACTIVE, ALBUM_PLACE, ALBUMS, ARTIST, CODE, Driver, EMAIL, GENRE, ID, LABEL, LINE_PLACE, NOTE, PRICE, Write, YEAR,
    album_with, int, text,
};
use naive::Naive;

/// Everything of a model, in the order of the key.
pub(super) fn all(model: usize) -> Query {
    Query {
        model,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1000,
        count: false,
        at: None,
        scan_rows_max: 1_000_000,
    }
}

pub(super) fn term(field: usize, descending: bool) -> SortTerm {
    SortTerm { field, descending }
}

pub(super) fn compare(field: usize, comparison: Comparison, value: Value) -> Predicate {
    let kind: Kind = ALBUMS.fields[field].kind;
    Predicate::Compare { left: Operand::Field(field), comparison, right: Operand::Value(value), kind }
}

fn any_value(field: usize) -> BoxedStrategy<Value> {
    let number = |max: i64| (0..=max).prop_map(int);
    let nullable = |present: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Null), 3 => present].boxed();
    let word = |words: &'static [&'static str]| proptest::sample::select(words).prop_map(text).boxed();
    match field {
        ID => number(24).boxed(),
        CODE => nullable(word(&["A", "B", "C", "AB", "BA", "Z"])),
        EMAIL => nullable(word(&["x@a", "X@A", "Ä@b", "ä@B"])),
        ARTIST => word(&["Ella", "Nina", "Ida"]),
        YEAR => nullable(number(2).boxed()),
        ACTIVE => any::<bool>().prop_map(Value::Bool).boxed(),
        PRICE => nullable(number(4).boxed()),
        GENRE => word(&["jazz", "folk"]),
        LABEL => nullable(number(2).boxed()),
        _ => nullable(word(&["", "n", "note"])),
    }
}

fn any_field() -> impl Strategy<Value = usize> {
    0..=NOTE
}

fn any_album() -> impl Strategy<Value = Write> {
    (0_i64..24, (CODE..=NOTE).map(any_value).collect::<Vec<_>>())
        .prop_map(|(id, values)| Write::Put(ALBUM_PLACE, album_with(id, (CODE..).zip(values))))
}

fn any_write() -> impl Strategy<Value = Write> {
    let key = (0_i64..24).prop_map(|id| Driver::new().id(id));
    let fields = (CODE..=NOTE).prop_flat_map(|field| any_value(field).prop_map(move |value| vec![(field, value)]));
    let line = (proptest::sample::select(&["a", "b"][..]), 0_i64..3, 0_i64..3)
        .prop_map(|(list, number, weight)| Write::Put(LINE_PLACE, vec![text(list), int(number), int(weight)]));
    prop_oneof![
        4 => any_album(),
        3 => (key.clone(), fields).prop_map(|(key, fields)| Write::Patch(ALBUM_PLACE, key, fields)),
        2 => key.prop_map(|key| Write::Delete(ALBUM_PLACE, key)),
        2 => line,
    ]
}

fn any_comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    proptest::sample::select(&[Equal, Equal, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual][..])
}

fn any_condition() -> impl Strategy<Value = Predicate> {
    let compared = any_field().prop_flat_map(|field| {
        (any_comparison(), any_value(field)).prop_map(move |(how, value)| compare(field, how, value))
    });
    let listed = any_field().prop_flat_map(|field| {
        let kind = ALBUMS.fields[field].kind;
        let values = proptest::collection::vec(any_value(field), 0..4);
        values.prop_map(move |values| Predicate::In { operand: Operand::Field(field), values, kind })
    });
    let flag = any::<bool>().prop_map(|negated| {
        let flag = Predicate::Flag(Operand::Field(ACTIVE));
        if negated { Predicate::Not(Box::new(flag)) } else { flag }
    });
    prop_oneof![4 => compared, 2 => listed, 1 => flag]
}

fn any_filter() -> impl Strategy<Value = Option<Predicate>> {
    let conditions = |most| proptest::collection::vec(any_condition(), 1..most);
    let filter = prop_oneof![
        3 => conditions(4).prop_map(Predicate::All),
        1 => conditions(3).prop_map(Predicate::Any),
        1 => any_condition(),
    ];
    proptest::option::weighted(0.8, filter)
}

fn any_order() -> impl Strategy<Value = Vec<SortTerm>> {
    let free =
        proptest::collection::vec((any_field(), any::<bool>()).prop_map(|(field, down)| term(field, down)), 0..3);
    let indexed = (0..ALBUMS.indexes.len(), any::<bool>()).prop_map(|(index, reverse)| {
        let terms = ALBUMS.indexes[index].terms.iter();
        terms.map(|term| SortTerm { descending: term.descending != reverse, ..*term }).collect()
    });
    prop_oneof![2 => free, 3 => indexed, 1 => any::<bool>().prop_map(|down| vec![term(ID, down)])]
}

fn any_query() -> impl Strategy<Value = Query> {
    let free = (any_filter(), any_order(), any::<bool>()).prop_map(|(filter, order, count)| Query {
        filter,
        order,
        count,
        ..all(ALBUM_PLACE)
    });
    prop_oneof![free, any_served_query()]
}

/// A query that one index serves: one known value, or some, for each of its fields but the last, a condition on that one, and its order.
fn any_served_query() -> impl Strategy<Value = Query> {
    let indexes: &[&[usize]] = &[&[ID], &[CODE], &[PRICE], &[GENRE, PRICE], &[ARTIST, GENRE], &[LABEL], &[LABEL, ID]];
    (proptest::sample::select(indexes), any::<bool>()).prop_flat_map(|(fields, down)| {
        let (&last, known) = fields.split_last().expect("indexes have fields");
        let known: Vec<_> = known
            .iter()
            .map(|&field| proptest::collection::vec(any_value(field), 1..4).prop_map(move |values| (field, values)))
            .collect();
        (known, any_comparison(), any_value(last), any::<bool>()).prop_map(move |(known, how, value, is_open)| {
            let known = known.into_iter().map(|(field, values)| Predicate::In {
                operand: Operand::Field(field),
                values,
                kind: ALBUMS.fields[field].kind,
            });
            let is_present = compare(last, Comparison::NotEqual, Value::Null);
            let condition = match value {
                Value::Null => is_present,
                _ if last == CODE => is_present,
                value => compare(last, how, value),
            };
            let condition = (!is_open || last == CODE).then_some(condition);
            let filter = Some(Predicate::All(known.chain(condition).collect()));
            Query { filter, order: vec![term(last, down)], ..all(ALBUM_PLACE) }
        })
    })
}

/// Compares every page of a query with the naive answer.
#[track_caller]
fn check(driver: &Driver, at: Position, query: &Query, limit: usize) {
    let naive = Naive::new(driver, at, query);
    let view = driver.state.view(Some(at)).expect("the moment is kept");
    let ask = |start: Start| {
        let page = view.list(&Query { start: start.clone(), limit, ..query.clone() }).expect("the budget is large");
        assert_eq!(naive.shown(&page), naive.page(&start, limit), "{query:?} from {start:?} at {at}");
        assert_eq!(page.position, at);
        page
    };
    let mut page = ask(Start::First);
    while page.more {
        let (values, key) = naive.cursor(page.rows.last().expect("more than none"));
        page = ask(Start::After(values, key));
    }
    let mut first = page.rows.first().cloned();
    while let Some(row) = first {
        let (values, key) = naive.cursor(&row);
        first = ask(Start::Before(values, key)).rows.first().cloned();
    }
    (0..4).for_each(|count| drop(ask(Start::Offset(count * 2))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn every_page_of_every_kept_moment_is_right(
        albums in proptest::collection::vec(any_album(), 0..32),
        entries in proptest::collection::vec(proptest::collection::vec(any_write(), 1..4), 1..12),
        queries in proptest::collection::vec(any_query(), 1..6),
        horizon in 0_u64..12,
        limit in 1_usize..5,
    ) {
        let mut driver = Driver::new();
        driver.write(&albums);
        entries.iter().for_each(|writes| driver.write(writes));
        driver.state.advance_horizon(Position::new(horizon), 1000);
        let kept = driver.state.horizon().get()..=driver.state.published().get();
        for at in kept.rev().step_by(3) {
            queries.iter().for_each(|query| check(&driver, Position::new(at), query, limit));
        }
    }

    #[test]
    fn a_composite_key_is_walked_in_its_order(
        writes in proptest::collection::vec(any_write(), 1..24),
        order in proptest::collection::vec((0_usize..3, any::<bool>()), 0..4),
        limit in 1_usize..4,
    ) {
        let mut driver = Driver::new();
        driver.write(&writes);
        let order = order.into_iter().map(|(field, down)| term(field, down)).collect();
        check(&driver, Position::new(1), &Query { order, ..all(LINE_PLACE) }, limit);
    }
}

#[test]
fn entries_that_end_with_a_slot_are_paged_by_their_values() {
    let mut driver = Driver::new();
    let codes = ["B", "AB", "A", "C"];
    let writes = (0..).zip(codes).map(|(id, code)| Write::Put(ALBUM_PLACE, album_with(id, [(CODE, text(code))])));
    driver.write(&writes.collect::<Vec<_>>());
    let filter = Some(compare(CODE, Comparison::NotEqual, Value::Null));
    for down in [false, true] {
        let query = Query { filter: filter.clone(), order: vec![term(CODE, down)], ..all(ALBUM_PLACE) };
        (1..3).for_each(|limit| check(&driver, Position::new(1), &query, limit));
    }
}

/// The cursor of a record that is gone, or whose record moved, still says where to go on.
#[test]
fn a_cursor_needs_no_record() {
    let mut driver = Driver::new();
    let prices = [(1, 10), (2, 20), (3, 30), (4, 40)];
    let writes = prices.map(|(id, price)| Write::Put(ALBUM_PLACE, album_with(id, [(PRICE, int(price))])));
    driver.write(&writes);
    for order in [vec![term(PRICE, false)], vec![term(PRICE, true)], vec![term(NOTE, false), term(PRICE, true)]] {
        let query = Query { order, ..all(ALBUM_PLACE) };
        let naive = Naive::new(&driver, Position::new(1), &query);
        for price in [5, 20, 25, 45] {
            let values: Vec<Value> =
                query.order.iter().map(|term| if term.field == PRICE { int(price) } else { Value::Null }).collect();
            let cursor = (values, driver.id(9));
            for start in [Start::After(cursor.0.clone(), cursor.1.clone()), Start::Before(cursor.0, cursor.1)] {
                let page: Page = driver
                    .state
                    .view(None)
                    .expect("the present")
                    .list(&Query { start: start.clone(), ..query.clone() })
                    .expect("the budget is large");
                assert_eq!(naive.shown(&page), naive.page(&start, 1000), "{start:?}");
            }
        }
    }
}
