//! How much a state holds.

use crate::State;
use crate::table::Table;

/// How much a state holds, for those who watch it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Records, those included that only earlier moments show.
    pub records: u64,
    /// Versions of these records.
    pub versions: u64,
    /// Entries of all indexes, those of the primary keys included.
    pub entries: u64,
}

impl State {
    /// Counts what it holds. Looks at every record, a table at a time: for tests and tools, not for every request.
    pub fn sizes(&self) -> Sizes {
        let tables = self.tables.by_id();
        tables.values().map(|table| Sizes::of(table)).fold(Sizes::default(), Sizes::plus)
    }
}

impl Sizes {
    fn of(table: &Table) -> Self {
        let records = table.records.read();
        let indexes =
            records.indexes.iter().chain([&records.primary]).chain(records.texts.as_ref().map(|texts| &texts.entries));
        let versions = records.slots.all().map(|chain| chain.versions() as u64);
        Self {
            records: versions.clone().filter(|&versions| versions > 0).count() as u64,
            versions: versions.sum(),
            entries: indexes.map(|index| index.len() as u64).sum(),
        }
    }

    const fn plus(self, other: Self) -> Self {
        Self {
            records: self.records + other.records,
            versions: self.versions + other.versions,
            entries: self.entries + other.entries,
        }
    }
}
