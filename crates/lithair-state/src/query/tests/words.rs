//! Searches, compared with reading every record.

use lithair_model::{Comparison, Key, Operand, Position, Predicate, Query, QueryError, Search, Start, Value, words};
use proptest::prelude::*;

use super::{all, term};
use crate::testing::{Driver, STORIES, STORY_PLACE, Write, int};

const STARS: usize = 4;

fn story(id: i64, title: &str, body: Option<&str>, tags: &[&str], stars: i64) -> Vec<Value> {
    let text = |text: &&str| Value::Text((*text).to_owned());
    vec![
        int(id),
        text(&title),
        body.as_ref().map_or(Value::Null, text),
        Value::List(tags.iter().map(text).collect()),
        int(stars),
    ]
}

fn any_text() -> impl Strategy<Value = String> {
    let word = proptest::sample::select(&["Crème", "creme", "tower", "TOWERS", "to", "🎉", "東京", "京", "-", "a"][..]);
    proptest::collection::vec(word, 0..6).prop_map(|words| words.join(" "))
}

fn any_story() -> impl Strategy<Value = Vec<Value>> {
    let tags = proptest::collection::vec(any_text(), 0..3);
    (0_i64..12, any_text(), proptest::option::of(any_text()), tags, 0_i64..3).prop_map(
        |(id, title, body, tags, stars)| {
            let tags: Vec<&str> = tags.iter().map(String::as_str).collect();
            story(id, &title, body.as_deref(), &tags, stars)
        },
    )
}

fn any_write() -> impl Strategy<Value = Write> {
    let key = (0_i64..12).prop_map(|id| Driver::new().model(STORY_PLACE).key_of(&[int(id)]));
    let patch = (key.clone(), any_text()).prop_map(|(key, title)| (key, vec![(1, Value::Text(title))]));
    prop_oneof![
        4 => any_story().prop_map(|values| Write::Put(STORY_PLACE, values)),
        2 => patch.prop_map(|(key, fields)| Write::Patch(STORY_PLACE, key, fields)),
        1 => key.prop_map(|key| Write::Delete(STORY_PLACE, key)),
    ]
}

fn any_search() -> impl Strategy<Value = Search> {
    let asked =
        ["creme", "tower", "tow*", "t*", "東京", "🎉", "\"tower to\"", "\"a cre*\"", "crème tower", "a to*", "zzz"];
    (proptest::sample::select(asked.to_vec()), any::<bool>())
        .prop_map(|(text, ranked)| Search { ranked, ..Search::parse(text).expect("a search") })
}

/// The words of a record's texts, and what each text weighs.
type Texts = Vec<(u32, Vec<String>)>;

/// The texts of a record, each with its weight.
fn texts(values: &[Value]) -> Texts {
    let mut texts = Vec::new();
    for term in STORIES.fulltext {
        let values = match &values[term.field] {
            Value::List(elements) => elements.clone(),
            value => vec![value.clone()],
        };
        for value in values {
            if let Value::Text(text) = value {
                texts.push((term.weight.into(), words(&text).collect()));
            }
        }
    }
    texts
}

/// The keys that a search finds, in order, by looking at everything. None where records that differ come to the same score: which of them is
/// first is a matter of rounding.
fn naive(driver: &Driver, at: Position, query: &Query) -> Option<Vec<Key>> {
    let search = query.search.as_ref().expect("a search");
    let shadow = &driver.shadows[usize::try_from(at.get()).expect("small")];
    let stories: Vec<(&Key, &Vec<Value>, Texts)> = shadow
        .iter()
        .filter(|((model, _), _)| *model == STORY_PLACE)
        .map(|((_, key), (_, values))| (key, values, texts(values)))
        .collect();
    let length = |texts: &[(u32, Vec<String>)]| texts.iter().map(|(_, words)| words.len()).sum::<usize>();
    let times = |texts: &[(u32, Vec<String>)], asked: &lithair_model::SearchWord| -> u32 {
        texts
            .iter()
            .flat_map(|(weight, words)| words.iter().filter(|word| asked.means(word)).map(move |_| *weight))
            .sum()
    };
    let count = stories.len() as f64;
    let mean = (stories.iter().map(|(_, _, texts)| class(length(texts))).sum::<f64>() / count).max(1.0);
    let mut found: Vec<(f64, &Key, &Vec<Value>)> = Vec::new();
    let mut counted: Vec<(f64, Vec<u32>, f64)> = Vec::new();
    for (key, values, texts) in &stories {
        let stands = |phrase: &Vec<lithair_model::SearchWord>| {
            texts.iter().any(|(_, words)| {
                let rest = |start: usize| &words[start..];
                (0..words.len()).any(|start| {
                    rest(start).len() >= phrase.len()
                        && phrase.iter().zip(rest(start)).all(|(asked, word)| asked.means(word))
                })
            })
        };
        let holds = |filter: &Predicate| filter.matches(values.as_slice(), lithair_model::Timestamp::from_micros(0));
        if search.words.iter().any(|word| times(texts, word) == 0)
            || !search.phrases.iter().all(stands)
            || !query.filter.as_ref().is_none_or(holds)
        {
            continue;
        }
        let score = search.words.iter().map(|word| {
            let with_word = stories.iter().filter(|(_, _, texts)| times(texts, word) > 0).count() as f64;
            let rarity = (1.0 + (count - with_word + 0.5) / (with_word + 0.5)).ln();
            let times = f64::from(times(texts, word));
            rarity * times * 2.2 / (times + 1.2 * (0.25 + 0.75 * class(length(texts)) / mean))
        });
        let score: f64 = score.sum();
        let occurrences = search.words.iter().map(|word| times(texts, word)).collect();
        counted.push((score, occurrences, class(length(texts))));
        found.push((score, key, values));
    }
    let is_close = |one: f64, other: f64| (one - other).abs() < 1e-9;
    let meet = |(one, a, b): &(f64, Vec<u32>, f64), (other, c, d): &(f64, Vec<u32>, f64)| {
        is_close(*one, *other) && (a != c || !is_close(*b, *d))
    };
    if search.ranked && counted.iter().any(|one| counted.iter().any(|other| meet(one, other))) {
        return None;
    }
    found.sort_by(|(one, one_key, one_values), (other, other_key, other_values)| {
        let by_rank = if is_close(*one, *other) { std::cmp::Ordering::Equal } else { other.total_cmp(one) };
        let stars = |values: &[Value]| if let Value::Int(stars) = values[STARS] { stars } else { 0 };
        let by_stars = stars(other_values).cmp(&stars(one_values));
        let first = if search.ranked { by_rank } else { by_stars };
        first.then_with(|| one_key.cmp(other_key))
    });
    Some(found.into_iter().map(|(_, key, _)| key.clone()).collect())
}

/// A length as searches know it: above 16 words, four steps until it doubles.
fn class(length: usize) -> f64 {
    let step = match length {
        0..16 => 1,
        16..32 => 4,
        32..64 => 8,
        _ => panic!("no text of these tests has {length} words"),
    };
    (length / step * step) as f64
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn a_search_finds_what_reading_everything_finds(
        stories in proptest::collection::vec(any_story(), 0..10),
        entries in proptest::collection::vec(proptest::collection::vec(any_write(), 1..4), 1..8),
        search in any_search(),
        filtered in any::<bool>(),
        horizon in 0_u64..8,
        limit in 1_usize..4,
    ) {
        let mut driver = Driver::new();
        driver.write(&stories.into_iter().map(|values| Write::Put(STORY_PLACE, values)).collect::<Vec<_>>());
        entries.iter().for_each(|writes| driver.write(writes));
        driver.state.advance_horizon(Position::new(horizon), 1000);
        let kind = STORIES.fields[STARS].kind;
        let few = Predicate::Compare {
            left: Operand::Field(STARS), comparison: Comparison::Less, right: Operand::Value(int(2)), kind,
        };
        let order = if search.ranked { Vec::new() } else { vec![term(STARS, true)] };
        let query = Query {
            search: Some(search), filter: filtered.then_some(few), order, limit, count: true, ..all(STORY_PLACE)
        };
        for at in driver.state.horizon().get()..=driver.state.published().get() {
            check(&driver, Position::new(at), &query);
        }
    }
}

/// Every page, forward and back.
fn check(driver: &Driver, at: Position, query: &Query) {
    let Some(expected) = naive(driver, at, query) else { return };
    let view = driver.state.view(Some(at)).expect("the moment is kept");
    let model = driver.model(STORY_PLACE);
    let mut start = Start::First;
    let mut seen = Vec::new();
    loop {
        let page = view.list(&Query { start: start.clone(), ..query.clone() }).expect("the budget is large");
        let keys: Vec<Key> = page.rows.iter().map(|row| model.row_key(row)).collect();
        assert_eq!(page.total, Some(expected.len() as u64), "{query:?} at {at}");
        assert_eq!(page.earlier, !seen.is_empty());
        if let Some(first) = page.rows.first().filter(|_| page.earlier) {
            let values = query.order.iter().map(|term| model.field(first, term.field)).collect();
            let back = Start::Before(values, model.row_key(first));
            let before = view.list(&Query { start: back, ..query.clone() }).expect("the budget is large");
            let before: Vec<Key> = before.rows.iter().map(|row| model.row_key(row)).collect();
            assert!(seen.ends_with(&before) && !before.is_empty(), "{query:?} at {at}");
        }
        seen.extend(keys);
        let Some(last) = page.rows.last().filter(|_| page.more) else { break };
        let values = query.order.iter().map(|term| model.field(last, term.field)).collect();
        start = Start::After(values, model.row_key(last));
    }
    assert_eq!(seen, expected, "{query:?} at {at}");
}

#[test]
fn words_that_are_everywhere_are_refused_before_the_rows_are_read() {
    let mut driver = Driver::new();
    let stories = (0..50).map(|id| Write::Put(STORY_PLACE, story(id, "the tower", None, &[], 0)));
    driver.write(&stories.collect::<Vec<_>>());
    let view = driver.state.view(None).expect("now");
    let search = Search::parse("the").expect("a search");
    let query = Query { search: Some(search), scan_rows_max: 49, ..all(STORY_PLACE) };
    assert_eq!(view.list(&query).err(), Some(QueryError::TooExpensive { fields: Vec::new(), budget: 49 }));
}

#[test]
fn what_no_view_shows_leaves_no_words() {
    let mut driver = Driver::new();
    let before = driver.state.sizes().entries;
    driver.write(&[Write::Put(STORY_PLACE, story(1, "one two", Some("three"), &["four"], 0))]);
    driver.write(&[Write::Put(STORY_PLACE, story(1, "one two", Some("three three"), &[], 0))]);
    let key = driver.model(STORY_PLACE).key_of(&[int(1)]);
    driver.write(&[Write::Delete(STORY_PLACE, key)]);
    assert!(driver.state.sizes().entries > before);
    driver.state.advance_horizon(driver.position(), 1000);
    assert_eq!(driver.state.sizes().entries, before);
}
