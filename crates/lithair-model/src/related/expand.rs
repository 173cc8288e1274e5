//! `expand`: its text, and the records that it brings around those of a page.

use std::sync::Arc;

use super::{Comparison, Key, Link, ModelEntry, Predicate, Query, QueryError, Row, Start, Way};
use crate::{FilterError, Moment, MomentFields, Reader, Sight, Tally, Visible, nearest};

/// Relations that a path of `expand` has at most.
pub const EXPAND_DEPTH_MAX: usize = 3;
/// Paths that an `expand` has at most.
pub const EXPAND_PATHS_MAX: usize = 8;

/// A relation whose records are shown within a record, and what is shown within those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expand {
    /// The relation, as a place in [`ModelEntry::links`].
    pub link: usize,
    /// What is expanded of its records.
    pub inner: Vec<Expand>,
}

/// A record with the records around it.
#[derive(Clone, Debug, PartialEq)]
pub struct Expanded {
    /// The record.
    pub record: Visible,
    /// What each relation that was asked for led to, in the order it was asked for.
    pub related: Vec<Related>,
}

/// What a relation led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Related {
    /// The record, if there is one.
    One(Option<Box<Expanded>>),
    /// The first records in their model's order, at most as many as a page of theirs has.
    Many {
        /// The records.
        records: Vec<Expanded>,
        /// Whether there are more.
        more: bool,
    },
}

/// The relations that the text of an `expand` means: `author,comments.author`.
///
/// A relation that callers may not follow is answered as one that does not exist.
///
/// # Errors
/// Where the text is wrong, and what may have been meant.
pub fn parse_expand(reader: &Reader, model: &ModelEntry, text: &str) -> Result<Vec<Expand>, FilterError> {
    let mut expands = Vec::new();
    let mut position = 0;
    for (count, path) in text.split(',').enumerate() {
        let refused = |detail: String| FilterError { position, detail, suggestion: None };
        if count == EXPAND_PATHS_MAX {
            return Err(refused(format!("at most {EXPAND_PATHS_MAX} paths are expanded")));
        }
        let names: Vec<&str> = path.trim().split('.').collect();
        if names.len() > EXPAND_DEPTH_MAX {
            return Err(refused(format!("`{path}` has more than {EXPAND_DEPTH_MAX} relations")));
        }
        if !add(reader, model, &names, &mut expands, position)? {
            return Err(refused(format!("`{path}` comes twice")));
        }
        position += path.len() + 1;
    }
    Ok(expands)
}

/// Adds a path; false if all of it was there.
fn add(
    reader: &Reader,
    model: &ModelEntry,
    names: &[&str],
    expands: &mut Vec<Expand>,
    position: usize,
) -> Result<bool, FilterError> {
    let [name, rest @ ..] = names else { return Ok(false) };
    // What leads to records that the caller never sees leads nowhere.
    let is_known = |link: &Link| reader.knows(link.target);
    let Some(link) = model.links.iter().position(|link| link.wire == *name && is_known(link)) else {
        let known = model.links.iter().filter(|link| is_known(link)).map(|link| link.wire);
        let suggestion = nearest(name, known).map(str::to_owned);
        return Err(FilterError { position, detail: format!("`{name}` is not a relation here"), suggestion });
    };
    let found = expands.iter().position(|expand| expand.link == link);
    let at = found.unwrap_or_else(|| {
        expands.push(Expand { link, inner: Vec::new() });
        expands.len() - 1
    });
    let target = &reader.catalog().models[model.links[link].target];
    Ok(add(reader, target, rest, &mut expands[at].inner, position)? || found.is_none())
}

/// A record with what its relations lead to, all of one moment.
///
/// Each relation costs one look-up, or one read of an index, for each record that it starts from: never a scan. `tally`
/// counts the records that were looked at.
///
/// # Errors
/// More records than the tally allows.
pub fn expand(
    reader: &Reader,
    moment: &dyn Moment,
    model: &ModelEntry,
    record: Visible,
    expands: &[Expand],
    tally: &Tally,
) -> Result<Expanded, QueryError> {
    let around = Around { reader, moment, tally };
    around.expanded(model, record, expands)
}

struct Around<'a> {
    reader: &'a Reader,
    moment: &'a dyn Moment,
    tally: &'a Tally,
}

impl Around<'_> {
    fn expanded(&self, model: &ModelEntry, record: Visible, expands: &[Expand]) -> Result<Expanded, QueryError> {
        let record = record.computed(self.reader.catalog(), self.moment, model, self.tally)?;
        if expands.is_empty() {
            return Ok(Expanded { record, related: Vec::new() });
        }
        let related = expands.iter().map(|expand| self.related(model, record.row(), expand));
        let related = related.collect::<Result<Vec<_>, _>>()?;
        Ok(Expanded { record, related })
    }

    /// The records of rows as the caller sees them, but for those it does not.
    fn seen(&self, model: &ModelEntry, sight: &Sight, rows: &[Arc<Row>]) -> Result<Vec<Visible>, QueryError> {
        let (catalog, moment, tally) = (&**self.reader.catalog(), self.moment, self.tally);
        let seen = |row| sight.visible(row, &MomentFields { catalog, moment, model, row, tally });
        let seen = rows.iter().filter_map(seen).collect();
        if tally.is_spent() { Err(tally.too_expensive()) } else { Ok(seen) }
    }

    fn related(&self, model: &ModelEntry, row: &Row, expand: &Expand) -> Result<Related, QueryError> {
        let link = &model.links[expand.link];
        let target = &self.reader.catalog().models[link.target];
        let (seen, more) = match link.ways[..] {
            [Way::Out { relation, .. }] => (self.referred(target, model.reference(row, relation))?, false),
            _ => self.page(link, target, model, row)?,
        };
        let records = seen.into_iter().map(|record| self.expanded(target, record, &expand.inner));
        let mut records = records.collect::<Result<Vec<_>, _>>()?;
        if link.is_many {
            return Ok(Related::Many { records, more });
        }
        Ok(Related::One(records.pop().map(Box::new)))
    }

    fn referred(&self, target: &ModelEntry, key: Option<Key>) -> Result<Vec<Visible>, QueryError> {
        let row = key.and_then(|key| self.moment.row(target.place, &key)).filter(|row| !target.is_trash(row));
        if !self.tally.take(1) {
            return Err(self.tally.too_expensive());
        }
        self.seen(target, self.reader.sight(target.place), row.as_slice())
    }

    /// The records that refer to a row, and whether there are more.
    fn page(
        &self,
        link: &Link,
        target: &ModelEntry,
        model: &ModelEntry,
        row: &Row,
    ) -> Result<(Vec<Visible>, bool), QueryError> {
        let key = model.row_key(row);
        let conditions = [link.condition(self.reader.catalog(), model, &key), target.trash(Comparison::Equal)];
        let asked = Predicate::All(conditions.into_iter().flatten().collect());
        let query = Query {
            model: link.target,
            filter: self.reader.among(link.target, Some(asked)),
            search: None,
            order: target.schema.order.to_vec(),
            start: Start::First,
            limit: if link.is_many { target.schema.page.max as usize } else { 1 },
            count: false,
            at: None,
            scan_rows_max: self.tally.left(),
        };
        let page = self.moment.list(&query).map_err(|_| self.tally.too_expensive())?;
        // A page without records costs something too.
        if !self.tally.take(page.looked_at.max(1)) {
            return Err(self.tally.too_expensive());
        }
        let sight = self.reader.sight(target.place).of_found(query.filter.as_ref());
        Ok((self.seen(target, &sight, &page.rows)?, page.more))
    }
}
