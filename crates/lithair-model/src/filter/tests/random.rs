//! Any filter over any records means what it says.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::naive::{Ask, Cell, Column, DAYS, Plain, Sign};
use super::{models, now};
use crate::{FILTER_BODY_BYTES_MAX, Predicate, Timestamp, parse_filter, parse_sort};

const LETTERS: &str = "[aAbBéÉσςΣ\"\\\\]{0,3}";

fn plain() -> impl Strategy<Value = Plain> {
    let columns =
        (option::of(LETTERS), option::of(-2_i16..4), option::of(-120_i16..120), option::of(0_usize..3), any::<u8>());
    columns.prop_map(|(title, stock, cents, colour, rest)| Plain {
        title,
        stock,
        cents,
        colour,
        live: [None, Some(true), Some(false)][usize::from(rest % 3)],
        day: [None, Some(0), Some(1), Some(2), Some(3)][usize::from(rest / 3 % 5)],
    })
}

fn column() -> impl Strategy<Value = Column> {
    use Column::{Colour, Day, Id, Len, Live, Lower, Price, Stock, Title, Year};
    select(&[Id, Title, Lower, Len, Stock, Price, Colour, Live, Day, Year][..])
}

/// A present value of the column.
fn cell(column: Column) -> BoxedStrategy<Cell> {
    let numbers = match column {
        Column::Title | Column::Lower => return LETTERS.prop_map(Cell::Text).boxed(),
        Column::Id | Column::Len | Column::Stock => -2_i128..4,
        Column::Price => -120..120,
        Column::Colour => 0..3,
        Column::Live => 0..2,
        Column::Day => 0..4,
        Column::Year => return select(&DAYS[..]).prop_map(|(_, year)| Cell::Number(year)).boxed(),
    };
    numbers.prop_map(Cell::Number).boxed()
}

fn sign(column: Column) -> BoxedStrategy<Sign> {
    use Sign::{
        Contains, EndsWith, Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotContains, NotEqual, StartsWith,
    };
    let ordered = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual];
    match column {
        Column::Title | Column::Lower => {
            select([&ordered[..], &[Contains, NotContains, StartsWith, EndsWith]].concat()).boxed()
        }
        _ => select(ordered.to_vec()).boxed(),
    }
}

fn leaf() -> BoxedStrategy<Ask> {
    let or_null = |column| prop_oneof![1 => Just(Cell::Nothing), 4 => cell(column)];
    let compared = column().prop_flat_map(|column| {
        (sign(column), cell(column)).prop_map(move |(sign, cell)| Ask::Compare(column, sign, cell))
    });
    let with_null = (column(), any::<bool>())
        .prop_map(|(column, is)| Ask::Compare(column, if is { Sign::Equal } else { Sign::NotEqual }, Cell::Nothing));
    let numbers = select(&[Column::Id, Column::Len, Column::Stock, Column::Year][..]);
    let numbers = (numbers.clone(), sign(Column::Id), numbers);
    let texts = select(&[Column::Title, Column::Lower][..]);
    let texts = (texts.clone(), sign(Column::Title), texts);
    let columns = prop_oneof![numbers.boxed(), texts.boxed()];
    let columns = columns.prop_map(|(left, sign, right)| Ask::Columns(left, sign, right));
    let listed = column().prop_flat_map(move |column| {
        (vec(or_null(column), 1..4), any::<bool>()).prop_map(move |(cells, not)| Ask::In(column, cells, not))
    });
    let between = column().prop_flat_map(|column| {
        (cell(column), cell(column), any::<bool>())
            .prop_map(move |(low, high, not)| Ask::Between(column, low, high, not))
    });
    prop_oneof![4 => compared, 1 => with_null, 1 => columns, 2 => listed, 2 => between, 1 => Just(Ask::Flag)].boxed()
}

fn ask() -> impl Strategy<Value = Ask> {
    leaf().prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|inner| Ask::Not(Box::new(inner))),
            vec(inner.clone(), 2..4).prop_map(Ask::All),
            vec(inner, 2..4).prop_map(Ask::Any),
        ]
    })
}

/// Text that is nearly a filter.
fn nearly_a_filter() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "title", "stock", "isLive", "at", "tags", "nope", "(", ")", ",", ".", "=", "!=", "<", ">=", "~", "!~", "^=",
        "$=", "!", "not", "and", "or", "&&", "||", "in", "between", "lower(", "len(", "year(", "any(", "@now", "@user",
        "@", "+", "-", "3d", "-3", "1.5", "1e9", "\"a\"", "'b'", "\"", "'", "\\", "null", "true", " ", "é", "\u{0}",
        "\u{3000}",
    ];
    vec(select(PARTS), 0..24).prop_map(|parts| parts.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_filter_means_what_it_says(ask in ask(), records in vec(plain(), 1..12), words in any::<bool>()) {
        let models = models();
        let text = ask.written(words);
        let filter = parse_filter(&crate::Reader::system(&models), &models.models[0], &text, FILTER_BODY_BYTES_MAX);
        let filter = filter.map_err(|error| TestCaseError::fail(format!("{text}: {error}")))?;
        let fixed = filter.clone().fixed(now());
        for plain in &records {
            let record = plain.record();
            prop_assert_eq!(filter.matches(record.as_slice(), now()), ask.of(plain), "{} of {:?}", text, plain);
            prop_assert_eq!(fixed.matches(record.as_slice(), Timestamp::MIN), ask.of(plain), "fixed {}", text);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in any::<String>(), nearly in nearly_a_filter()) {
        let models = models();
        let empty = super::record(&[]);
        for text in [text.as_str(), nearly.as_str(), nearly.replace(' ', "").as_str()] {
            match parse_filter(&crate::Reader::system(&models), &models.models[0], text, FILTER_BODY_BYTES_MAX) {
                Ok(filter) => {
                    // Asked, and asked again with the time put in: both have an answer, and the same one.
                    let answer = filter.matches(empty.as_slice(), now());
                    prop_assert_eq!(Predicate::fixed(filter, now()).matches(empty.as_slice(), Timestamp::MIN), answer);
                }
                Err(error) => prop_assert!(text.is_char_boundary(error.position), "{} in {:?}", error, text),
            }
            let _either = parse_sort(&models.models[0], text);
        }
    }
}
