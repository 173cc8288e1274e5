//! Queries answered by looking at everything.

use std::cmp::Ordering;

use lithair_model::{Key, Page, Position, Query, Row, SortTerm, Start, Timestamp, Value, compare_values};

use crate::testing::Driver;

/// The whole answer to a query, by filtering and sorting everything.
pub(super) struct Naive<'a> {
    driver: &'a Driver,
    query: &'a Query,
    rows: Vec<(Key, Vec<Value>)>,
}

/// What matters of a page: keys, whether there is more, whether there is earlier, and the count.
type Shown = (Vec<Key>, bool, bool, Option<u64>);

impl<'a> Naive<'a> {
    pub(super) fn new(driver: &'a Driver, at: Position, query: &'a Query) -> Self {
        let shadow = &driver.shadows[usize::try_from(at.get()).expect("small")];
        let records = shadow.iter().filter(|((model, _), _)| *model == query.model);
        let matches = |values: &Vec<Value>| {
            query.filter.as_ref().is_none_or(|filter| filter.matches(values.as_slice(), Timestamp::from_micros(0)))
        };
        let mut naive = Self { driver, query, rows: Vec::new() };
        let mut rows: Vec<_> = records.map(|((_, key), (_, values))| (key.clone(), values.clone())).collect();
        rows.retain(|(_, values)| matches(values));
        rows.sort_by(|one, other| naive.compare(&naive.place(one), &naive.place(other)));
        naive.rows = rows;
        naive
    }

    /// The values that the order looks at, and the key.
    fn place(&self, (key, values): &(Key, Vec<Value>)) -> (Vec<Value>, Key) {
        (self.query.order.iter().map(|term| values[term.field].clone()).collect(), key.clone())
    }

    fn compare(&self, one: &(Vec<Value>, Key), other: &(Vec<Value>, Key)) -> Ordering {
        let terms = self.query.order.iter().zip(one.0.iter().zip(&other.0));
        let by_values = terms.map(|(term, (one, other))| self.compare_term(*term, one, other));
        by_values.fold(Ordering::Equal, Ordering::then).then_with(|| one.1.cmp(&other.1))
    }

    fn compare_term(&self, term: SortTerm, one: &Value, other: &Value) -> Ordering {
        match (one, other) {
            (Value::Null, Value::Null) => Ordering::Equal,
            (Value::Null, _) => Ordering::Greater,
            (_, Value::Null) => Ordering::Less,
            _ => {
                let kind = self.driver.model(self.query.model).schema.fields[term.field].kind;
                let order = compare_values(&kind, one, other).expect("both are there");
                if term.descending { order.reverse() } else { order }
            }
        }
    }

    /// The page that the query should have.
    pub(super) fn page(&self, start: &Start, limit: usize) -> Shown {
        let place_of = |values: &Vec<Value>, key: &Key, wanted: &[Ordering]| {
            let cursor = (values.clone(), key.clone());
            self.rows.iter().take_while(|row| wanted.contains(&self.compare(&self.place(row), &cursor))).count()
        };
        let (from, to) = match start {
            Start::First => (0, limit),
            Start::Offset(count) => {
                let from = usize::try_from(*count).expect("small").min(self.rows.len());
                (from, from + limit)
            }
            Start::After(values, key) => {
                let from = place_of(values, key, &[Ordering::Less, Ordering::Equal]);
                (from, from + limit)
            }
            Start::Before(values, key) => {
                let to = place_of(values, key, &[Ordering::Less]);
                (to.saturating_sub(limit), to)
            }
        };
        let to = to.min(self.rows.len());
        let keys = self.rows[from..to].iter().map(|(key, _)| key.clone()).collect();
        (keys, to < self.rows.len(), from > 0, self.query.count.then_some(self.rows.len() as u64))
    }

    pub(super) fn shown(&self, page: &Page) -> Shown {
        let model = self.driver.model(self.query.model);
        (page.rows.iter().map(|row| model.row_key(row)).collect(), page.more, page.earlier, page.total)
    }

    /// The cursor of a row.
    pub(super) fn cursor(&self, row: &Row) -> (Vec<Value>, Key) {
        let model = self.driver.model(self.query.model);
        (self.query.order.iter().map(|term| model.field(row, term.field)).collect(), model.row_key(row))
    }
}
