//! Filters as trees that are judged in another way than the one that is tested, and written as text.

use std::cmp::Ordering;

use super::{COLOUR_OF, DAY, LIVE, PRICE, STOCK, TITLE, record, text};
use crate::{Decimal, Value};

/// Dates with their years, in order.
pub(super) const DAYS: [(&str, i128); 4] =
    [("2024-02-29", 2024), ("2025-12-31", 2025), ("2026-01-01", 2026), ("9999-12-31", 9999)];
const COLOURS: [&str; 3] = ["red", "green", "blue"];

/// A record: what it has in each column.
#[derive(Clone, Debug)]
pub(super) struct Plain {
    pub(super) title: Option<String>,
    pub(super) stock: Option<i16>,
    pub(super) cents: Option<i16>,
    pub(super) colour: Option<usize>,
    pub(super) live: Option<bool>,
    pub(super) day: Option<usize>,
}

/// What is asked about.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Id,
    Title,
    Lower,
    Len,
    Stock,
    Price,
    Colour,
    Live,
    Day,
    Year,
}

/// A value of a column: numbers, and what has an order like numbers, or text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Nothing,
    Number(i128),
    Text(String),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Contains,
    NotContains,
    StartsWith,
    EndsWith,
}

#[derive(Clone, Debug)]
pub(super) enum Ask {
    Compare(Column, Sign, Cell),
    Columns(Column, Sign, Column),
    In(Column, Vec<Cell>, bool),
    Between(Column, Cell, Cell, bool),
    Flag,
    Not(Box<Ask>),
    All(Vec<Ask>),
    Any(Vec<Ask>),
}

impl Plain {
    pub(super) fn record(&self) -> Vec<Value> {
        let or_null = |value: Option<Value>| value.unwrap_or(Value::Null);
        record(&[
            (TITLE, or_null(self.title.as_deref().map(text))),
            (STOCK, or_null(self.stock.map(|stock| Value::Int(stock.into())))),
            (PRICE, or_null(self.cents.map(|cents| Value::Decimal(Decimal::new(cents.into(), 2))))),
            (COLOUR_OF, or_null(self.colour.map(|colour| text(COLOURS[colour])))),
            (LIVE, or_null(self.live.map(Value::Bool))),
            (DAY, or_null(self.day.map(|day| Value::Date(DAYS[day].0.parse().expect("a date"))))),
        ])
    }

    fn cell(&self, column: Column) -> Cell {
        let number = |number: Option<i128>| number.map_or(Cell::Nothing, Cell::Number);
        let text = |text: Option<String>| text.map_or(Cell::Nothing, Cell::Text);
        match column {
            Column::Id => Cell::Number(1),
            Column::Title => text(self.title.clone()),
            Column::Lower => text(self.title.as_deref().map(str::to_lowercase)),
            Column::Len => number(self.title.as_deref().map(|title| title.chars().count() as i128)),
            Column::Stock => number(self.stock.map(i128::from)),
            Column::Price => number(self.cents.map(i128::from)),
            Column::Colour => number(self.colour.map(|colour| colour as i128)),
            Column::Live => number(self.live.map(i128::from)),
            Column::Day => number(self.day.map(|day| day as i128)),
            Column::Year => number(self.day.map(|day| DAYS[day].1)),
        }
    }
}

impl Ask {
    /// Whether the record is meant.
    pub(super) fn of(&self, plain: &Plain) -> bool {
        match self {
            Self::Compare(column, sign, cell) => compare(&plain.cell(*column), *sign, cell),
            Self::Columns(left, sign, right) => compare(&plain.cell(*left), *sign, &plain.cell(*right)),
            Self::In(column, cells, negated) => cells.contains(&plain.cell(*column)) != *negated,
            Self::Between(column, low, high, negated) => {
                let cell = plain.cell(*column);
                let is_within = compare(&cell, Sign::GreaterOrEqual, low) && compare(&cell, Sign::LessOrEqual, high);
                is_within != *negated
            }
            Self::Flag => plain.live == Some(true),
            Self::Not(inner) => !inner.of(plain),
            Self::All(parts) => !parts.iter().any(|part| !part.of(plain)),
            Self::Any(parts) => parts.iter().filter(|part| part.of(plain)).count() > 0,
        }
    }

    /// The filter's text. `words` writes `and`, not `&&`.
    pub(super) fn written(&self, words: bool) -> String {
        let [and, or, not] = if words { [" and ", " or ", "not "] } else { ["&&", " || ", "!"] };
        let list = |column: &Column, cells: &[Cell]| {
            cells.iter().map(|cell| column.literal(cell)).collect::<Vec<_>>().join(if words { ", " } else { "," })
        };
        let negation = |negated: &bool| if *negated { " not" } else { "" };
        match self {
            Self::Compare(column, sign, cell) => {
                format!("{} {} {}", column.word(), sign.word(), column.literal(cell))
            }
            Self::Columns(left, sign, right) => format!("{}{}{}", left.word(), sign.word(), right.word()),
            Self::In(column, cells, negated) => {
                format!("{}{} in ({})", column.word(), negation(negated), list(column, cells))
            }
            Self::Between(column, low, high, negated) => {
                let bounds = list(column, &[low.clone(), high.clone()]);
                format!("{}{} between({bounds})", column.word(), negation(negated))
            }
            Self::Flag => "isLive".to_owned(),
            Self::Not(inner) => match **inner {
                Self::All(_) | Self::Any(_) => format!("{not}({})", inner.written(words)),
                _ => format!("{not}{}", inner.written(words)),
            },
            // `and` binds tighter than `or`, so that only an `or` inside of an `and` needs parentheses.
            Self::All(parts) => joined(parts, and, |part| match part {
                Self::Any(_) => format!("({})", part.written(words)),
                _ => part.written(words),
            }),
            Self::Any(parts) => joined(parts, or, |part| part.written(words)),
        }
    }
}

fn joined(parts: &[Ask], sign: &str, written: impl Fn(&Ask) -> String) -> String {
    parts.iter().map(written).collect::<Vec<_>>().join(sign)
}

impl Column {
    const fn word(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Title => "title",
            Self::Lower => "lower(title)",
            Self::Len => "len(title)",
            Self::Stock => "stock",
            Self::Price => "price",
            Self::Colour => "colour",
            Self::Live => "isLive",
            Self::Day => "day",
            Self::Year => "year(day)",
        }
    }

    fn literal(self, cell: &Cell) -> String {
        let number = match cell {
            Cell::Nothing => return "null".to_owned(),
            Cell::Text(text) => return format!("{text:?}"),
            Cell::Number(number) => *number,
        };
        let place = || usize::try_from(number).expect("a place");
        match self {
            Self::Price => Decimal::from_i128_with_scale(number, 2).to_string(),
            Self::Colour => format!("\"{}\"", COLOURS[place()]),
            Self::Live => (number == 1).to_string(),
            Self::Day => format!("'{}'", DAYS[place()].0),
            _ => number.to_string(),
        }
    }
}

impl Sign {
    const fn word(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Contains => "~",
            Self::NotContains => "!~",
            Self::StartsWith => "^=",
            Self::EndsWith => "$=",
        }
    }
}

fn compare(left: &Cell, sign: Sign, right: &Cell) -> bool {
    let order = match (left, right) {
        (Cell::Number(left), Cell::Number(right)) => Some(left.cmp(right)),
        (Cell::Text(left), Cell::Text(right)) => Some(left.chars().cmp(right.chars())),
        _ => None,
    };
    let is = |orders: &[Ordering]| order.is_some_and(|order| orders.contains(&order));
    let found = || match (left, right) {
        (Cell::Text(text), Cell::Text(part)) => places(&letters(text), &letters(part)),
        _ => Vec::new(),
    };
    match sign {
        Sign::Equal => left == right,
        Sign::NotEqual => left != right,
        Sign::Less => is(&[Ordering::Less]),
        Sign::LessOrEqual => is(&[Ordering::Less, Ordering::Equal]),
        Sign::Greater => is(&[Ordering::Greater]),
        Sign::GreaterOrEqual => is(&[Ordering::Greater, Ordering::Equal]),
        Sign::Contains => !found().is_empty(),
        Sign::NotContains => found().is_empty(),
        Sign::StartsWith => {
            found().contains(&Place { at_begin: true, at_end: true })
                || found().contains(&Place { at_begin: true, at_end: false })
        }
        Sign::EndsWith => found().iter().any(|place| place.at_end),
    }
}

/// Where a text has a part.
#[derive(PartialEq)]
struct Place {
    at_begin: bool,
    at_end: bool,
}

fn places(text: &[char], part: &[char]) -> Vec<Place> {
    let begins = 0..=text.len();
    let found = begins.filter(|&begin| text[begin..].iter().take(part.len()).eq(part.iter()));
    found.map(|begin| Place { at_begin: begin == 0, at_end: begin + part.len() == text.len() }).collect()
}

/// Letters in lower case, both small sigmas as one.
fn letters(text: &str) -> Vec<char> {
    let lower = text.chars().map(|letter| match letter {
        'A' => 'a',
        'B' => 'b',
        'É' => 'é',
        'Σ' | 'ς' => 'σ',
        other => other,
    });
    lower.collect()
}
