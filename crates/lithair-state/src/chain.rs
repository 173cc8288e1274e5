//! One record: its newest version and those before it that a view may still show.

use std::sync::Arc;

use lithair_model::{Key, ModelEntry, Position, Row};

/// One record. Without a head and without history, its slot is vacant.
///
/// Nearly all records have one version: two words.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// The newest version, unless that is the record's end.
    head: Option<Arc<Row>>,
    history: Option<Box<History>>,
}

#[derive(Debug, Default)]
struct History {
    /// The record's end, if that is its newest version. INVARIANT: there is either this or the head.
    end: Option<End>,
    /// The versions before the newest, in order. Of versions of one position the last one counts.
    older: Vec<Version>,
}

/// One version of a record.
#[derive(Debug)]
pub(crate) enum Version {
    /// It was this.
    Row(Arc<Row>),
    /// It was gone.
    End(End),
}

/// Where a record was deleted. The key is kept, because the row that had it may be forgotten.
#[derive(Debug)]
pub(crate) struct End {
    pub(crate) position: Position,
    pub(crate) key: Key,
}

impl Version {
    fn position(&self) -> Position {
        match self {
            Self::Row(row) => row.position,
            Self::End(end) => end.position,
        }
    }

    pub(crate) fn row(&self) -> Option<&Arc<Row>> {
        match self {
            Self::Row(row) => Some(row),
            Self::End(_) => None,
        }
    }
}

impl Chain {
    /// The newest version, published or not.
    pub(crate) fn head(&self) -> Option<&Arc<Row>> {
        self.head.as_ref()
    }

    pub(crate) fn is_vacant(&self) -> bool {
        self.head.is_none() && self.history.is_none()
    }

    /// The version that a view at a position shows.
    pub(crate) fn visible(&self, at: Position) -> Option<&Arc<Row>> {
        match &self.head {
            Some(head) if head.position <= at => Some(head),
            _ => self.history.as_ref()?.visible(at),
        }
    }

    /// Makes this the newest version.
    pub(crate) fn install(&mut self, version: Version) {
        let previous = self.take_newest();
        debug_assert!(
            previous.as_ref().is_none_or(|old| old.position() <= version.position()),
            "versions are in order"
        );
        if let Some(previous) = previous {
            self.history.get_or_insert_default().older.push(previous);
        }
        match version {
            Version::Row(row) => self.head = Some(row),
            Version::End(end) => self.history.get_or_insert_default().end = Some(end),
        }
    }

    fn take_newest(&mut self) -> Option<Version> {
        let end = self.history.as_mut().and_then(|history| history.end.take());
        self.head.take().map(Version::Row).or(end.map(Version::End))
    }

    /// The rows of all versions that are kept.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        let older = self.history.iter().flat_map(|history| &history.older);
        older.filter_map(Version::row).chain(&self.head)
    }

    /// Whether the record is known to have this key. One whose model the program does not know is not.
    pub(crate) fn has_key(&self, model: Option<&ModelEntry>, key: &Key) -> bool {
        let end = self.history.as_ref().and_then(|history| history.end.as_ref());
        // All versions of a record have one key.
        let row = self.head.as_ref().or_else(|| self.rows().next());
        match (model, row, end) {
            (_, _, Some(end)) => end.key == *key,
            (Some(model), Some(row), None) => model.row_key(row) == *key,
            _ => false,
        }
    }

    /// How many versions are kept, an end included.
    pub(crate) fn versions(&self) -> usize {
        let behind =
            self.history.as_ref().map_or(0, |history| history.older.len() + usize::from(history.end.is_some()));
        usize::from(self.head.is_some()) + behind
    }

    /// Forgets the versions that no view from `floor` on shows, and returns them. Nothing is left of a record that was
    /// deleted by then.
    pub(crate) fn forget(&mut self, floor: Position) -> Vec<Version> {
        let Some(history) = &mut self.history else { return Vec::new() };
        let newest = self.head.as_ref().map(|head| head.position).or(history.end.as_ref().map(|end| end.position));
        let mut forgotten = Vec::new();
        if newest.is_some_and(|newest| newest <= floor) {
            forgotten.append(&mut history.older);
            forgotten.extend(history.end.take().map(Version::End));
        } else {
            forgotten.extend(history.older.drain(..history.outdated(floor)));
            history.older.shrink_to(history.older.len() * 2);
        }
        if history.older.is_empty() && history.end.is_none() {
            self.history = None;
        }
        forgotten
    }
}

impl History {
    fn visible(&self, at: Position) -> Option<&Arc<Row>> {
        if self.end.as_ref().is_some_and(|end| end.position <= at) {
            return None;
        }
        let behind = self.older.partition_point(|version| version.position() <= at);
        self.older[behind.checked_sub(1)?].row()
    }

    /// How many of the older versions no view from `floor` on shows: those before the one that `floor` shows, and that
    /// one too if it is an end, because nothing at all shows the same.
    fn outdated(&self, floor: Position) -> usize {
        let behind = self.older.partition_point(|version| version.position() <= floor);
        match behind.checked_sub(1) {
            Some(shown) if self.older[shown].row().is_some() => shown,
            _ => behind,
        }
    }
}
