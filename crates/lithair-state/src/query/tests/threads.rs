//! Lists while others write and forget.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lithair_model::{Change, Entry, Key, Page, Position, Query, SortTerm, Start, Timestamp, Value};

use super::{all, term};
use crate::testing::{ALBUM_PLACE, Driver, ID, PRICE, Write, album_with, int};
use crate::{State, View};

const ALBUMS: i64 = 300;
const PRICE_FIRST: i64 = 50;
const ROUNDS: u64 = 1500;

/// Every entry makes one album cheaper and another dearer by as much. So every moment has all albums at one sum.
#[test]
fn pages_of_a_list_are_complete_while_others_write() {
    let mut driver = Driver::new();
    let albums = (0..ALBUMS).map(|id| Write::Put(ALBUM_PLACE, album_with(id, [(PRICE, int(PRICE_FIRST))])));
    driver.write(&albums.collect::<Vec<_>>());
    let state = &driver.state;
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers = [false, true].map(|descending| {
            let done = &done;
            scope.spawn(move || read_until(state, descending, done))
        });
        let mut prices = vec![PRICE_FIRST; usize::try_from(ALBUMS).expect("few")];
        (1..=ROUNDS).for_each(|round| shift(state, &mut prices, round));
        done.store(true, Ordering::Release);
        readers.into_iter().for_each(|reader| assert!(reader.join().expect("saw what must be") > 0));
    });
}

/// Moves some of the price of one album to another, and forgets all moments before.
fn shift(state: &State, prices: &mut [i64], round: u64) {
    let model = &state.catalog().models[ALBUM_PLACE];
    let places = [round * 7 % 300, round * 13 % 299].map(|place| usize::try_from(place).expect("small"));
    let changes = places.into_iter().zip([-3, 3]).map(|(place, by)| {
        prices[place] += by;
        let key = model.key_of(&album_with(i64::try_from(place).expect("few"), []));
        Change::Patch {
            model: model.id,
            key,
            revision: round,
            fields: model.encode_patch(&[(PRICE, int(prices[place]))]),
            whole: None,
        }
    });
    let changes = changes.collect();
    let entry = Entry {
        at: Timestamp::from_micros(0),
        actor: None,
        guards: Vec::new(),
        changes,
        events: Vec::new(),
        refused: Vec::new(),
    };
    let position = state.applied().next();
    state.apply(position, &entry).expect("has no guards");
    state.publish(position);
    state.advance_horizon(position, 10);
}

fn read_until(state: &State, descending: bool, done: &AtomicBool) -> u64 {
    let mut lists = 0;
    loop {
        let is_last = done.load(Ordering::Acquire);
        let view = state.view(None).expect("the present is kept");
        let by_price = prices(&view, &[term(PRICE, descending)]);
        let sorted = by_price
            .iter()
            .map(|(_, price)| *price)
            .is_sorted_by(|one, other| if descending { one >= other } else { one <= other });
        assert!(sorted, "in the order that was asked for, through all pages");
        assert_eq!(by_price.iter().map(|(_, price)| price).sum::<i64>(), ALBUMS * PRICE_FIRST, "of one moment");
        let by_key: BTreeMap<Key, i64> = prices(&view, &[term(ID, descending)]).into_iter().collect();
        assert_eq!(by_price.into_iter().collect::<BTreeMap<_, _>>(), by_key, "the same moment by another index");
        assert_eq!(by_key.len(), usize::try_from(ALBUMS).expect("few"), "complete");
        lists += 1;
        if is_last {
            return lists;
        }
    }
}

/// All albums and their prices, a page at a time.
fn prices(view: &View<'_>, order: &[SortTerm]) -> Vec<(Key, i64)> {
    let model = &view.state().catalog().models[ALBUM_PLACE];
    let mut query = Query { order: order.to_vec(), limit: 17, ..all(ALBUM_PLACE) };
    let mut found = Vec::new();
    loop {
        let Page { rows, more, position, .. } = view.list(&query).expect("the budget is large");
        assert_eq!(position, view.position());
        found.extend(rows.iter().map(|row| match model.field(row, PRICE) {
            Value::Int(price) => (model.row_key(row), i64::try_from(price).expect("small")),
            other => panic!("not a price: {other:?}"),
        }));
        if !more {
            return found;
        }
        let last = rows.last().expect("a page that is followed by another has rows");
        let values = order.iter().map(|term| model.field(last, term.field)).collect();
        query.start = Start::After(values, model.row_key(last));
    }
}

#[test]
fn a_cursor_leads_on_at_its_moment_as_long_as_that_is_kept() {
    let mut driver = Driver::new();
    let albums = (0..20).map(|id| Write::Put(ALBUM_PLACE, album_with(id, [(PRICE, int(id % 3))])));
    driver.write(&albums.collect::<Vec<_>>());
    let first = driver.position();
    let before = prices(&driver.state.view(Some(first)).expect("the present"), &[term(PRICE, true)]);
    for id in 0..20 {
        let delete = Write::Delete(ALBUM_PLACE, driver.id(id));
        driver.write(&[delete, Write::Put(ALBUM_PLACE, album_with(100 + id, [(PRICE, int(9))]))]);
    }
    let later = driver.state.view(Some(first)).expect("nothing was forgotten");
    assert_eq!(prices(&later, &[term(PRICE, true)]), before);
    driver.state.advance_horizon(driver.position(), 1000);
    assert_eq!(prices(&later, &[term(PRICE, true)]), before, "a view keeps its moment");
    drop(later);
    let gone = driver.state.view(Some(first)).expect_err("the horizon passed it");
    assert_eq!(gone, lithair_model::QueryError::HorizonGone(Position::new(21)));
}
