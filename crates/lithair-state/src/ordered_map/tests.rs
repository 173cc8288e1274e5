//! The map against one of the standard library.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use proptest::prelude::*;

use super::{Direction, Held, KeyRange, OrderedMap, Slot, behind_prefix, just_behind};

/// One call, and what it is called with.
#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<u8>, u32),
    Bury(Vec<u8>),
    RemoveDead(Vec<u8>),
}

/// Keys that share beginnings; some are long enough to fill a page, or more than one.
fn any_key() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::sample::select(&[0_u8, 1, 0x7f, 0xff][..]);
    let short = proptest::collection::vec(bytes.clone(), 0..6);
    let long = (bytes, 1000_usize..5000, any::<u8>()).prop_map(|(byte, count, last)| {
        let mut key = vec![byte; count - count % 1000];
        key.push(last);
        key
    });
    prop_oneof![8 => short, 1 => long]
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (any_key(), 0_u32..1 << 31).prop_map(|(key, slot)| Step::Insert(key, slot)),
        2 => any_key().prop_map(Step::Bury),
        2 => any_key().prop_map(Step::RemoveDead),
    ];
    proptest::collection::vec(step, 0..400)
}

fn entries(map: &OrderedMap, range: &KeyRange, direction: Direction) -> Vec<(Vec<u8>, Held)> {
    let mut entries = Vec::new();
    map.walk(range, direction, |key, held| {
        entries.push((key.to_vec(), held));
        ControlFlow::Continue(())
    });
    entries
}

/// Compares everything the map says of a range with a simple map.
#[track_caller]
fn check(map: &OrderedMap, naive: &BTreeMap<Vec<u8>, Held>, range: &KeyRange) {
    let mut expected: Vec<_> =
        naive.iter().filter(|(key, _)| range.contains(key)).map(|(key, held)| (key.clone(), *held)).collect();
    assert_eq!(entries(map, range, Direction::Forward), expected);
    assert_eq!(map.count(range, u64::MAX), expected.len() as u64);
    expected.reverse();
    assert_eq!(entries(map, range, Direction::Backward), expected);
}

proptest! {
    #[test]
    fn it_says_what_a_simple_map_says(
        steps in any_steps(),
        ranges in proptest::collection::vec((any_key(), proptest::option::of(any_key())), 0..6),
    ) {
        let (mut map, mut naive) = (OrderedMap::default(), BTreeMap::new());
        for step in steps {
            match step {
                Step::Insert(key, slot) => {
                    map.insert(&key, Slot(slot));
                    naive.insert(key, Held { slot: Slot(slot), live: true });
                }
                Step::Bury(key) => {
                    map.bury(&key);
                    naive.entry(key).and_modify(|held| held.live = false);
                }
                Step::RemoveDead(key) => {
                    map.remove_dead(&key);
                    if naive.get(&key).is_some_and(|held| !held.live) {
                        naive.remove(&key);
                    }
                }
            }
        }
        prop_assert_eq!(map.len(), naive.len());
        for (key, held) in &naive {
            prop_assert_eq!(map.find(key), Some(*held));
        }
        check(&map, &naive, &KeyRange::ALL);
        for (low, high) in ranges {
            prop_assert_eq!(map.find(&low), naive.get(&low).copied());
            check(&map, &naive, &KeyRange::prefix(&low));
            check(&map, &naive, &KeyRange { low, high });
        }
    }

    #[test]
    fn bounds_are_tight(prefix in any_key(), key in any_key()) {
        prop_assert_eq!(KeyRange::prefix(&prefix).contains(&key), key.starts_with(&prefix));
        prop_assert_eq!(just_behind(&prefix) <= key, prefix < key);
        let behind = behind_prefix(&prefix).is_some_and(|behind| behind <= key);
        prop_assert_eq!(behind, prefix <= key && !key.starts_with(&prefix));
    }
}

/// Thousands of entries in ascending, descending and scattered order make many pages; taking them out joins pages again.
#[test]
fn many_pages_are_filled_and_emptied() {
    const COUNT: u32 = 5_000;
    let key = |number: u32| number.to_be_bytes();
    let orders: [fn(u32) -> u32; 3] = [|at| at, |at| COUNT - 1 - at, |at| at * 2_801 % COUNT];
    for order in orders {
        let mut map = OrderedMap::default();
        (0..COUNT).map(order).for_each(|number| map.insert(&key(number), Slot(number)));
        assert_eq!(map.len(), COUNT as usize);
        assert!((0..COUNT).all(|number| map.find(&key(number)).is_some_and(|held| held.slot == Slot(number))));
        for number in (0..COUNT).map(order).filter(|number| number % 16 != 0) {
            map.bury(&key(number));
            map.remove_dead(&key(number));
        }
        let left = entries(&map, &KeyRange::ALL, Direction::Forward);
        let expected = (0..COUNT).step_by(16).map(|number| key(number).to_vec());
        assert!(left.into_iter().map(|(key, _)| key).eq(expected));
        let pages = map.pages.len();
        assert!(pages < 40, "{pages} pages for {} entries: sparse pages are joined", map.len());
    }
}

/// Sorted input fills pages whole, and the same entries are found as if they had been inserted.
#[test]
fn pushed_entries_are_found() {
    let mut map = OrderedMap::default();
    (0..10_000_u32).for_each(|number| map.push(&number.to_be_bytes(), Slot(number)));
    assert!(
        (0..10_000_u32).all(|number| map.find(&number.to_be_bytes()).is_some_and(|held| held.slot == Slot(number)))
    );
    assert_eq!(map.pages.len(), 10_000_usize.div_ceil(128));
    map.insert(&[0, 0, 0, 5, 5], Slot(7));
    assert_eq!(map.find(&[0, 0, 0, 5, 5]), Some(Held { slot: Slot(7), live: true }));
}
