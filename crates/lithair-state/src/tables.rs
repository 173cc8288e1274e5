//! The tables of all models, those that the program does not know included.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

use lithair_model::{Catalog, ModelEntry, ModelId};
use parking_lot::RwLock;

use crate::table::Table;

/// The tables.
#[derive(Debug)]
pub(crate) struct Tables {
    catalog: Arc<Catalog>,
    /// Those of the catalog's models, in its order.
    known: Vec<Table>,
    /// Those of models that the log has records of and the program has not.
    unknown: RwLock<BTreeMap<ModelId, Arc<Table>>>,
}

/// A table, wherever it is.
#[derive(Clone, Debug)]
pub(crate) enum TableRef<'a> {
    Known(&'a Table),
    Unknown(Arc<Table>),
}

impl Deref for TableRef<'_> {
    type Target = Table;

    fn deref(&self) -> &Table {
        match self {
            Self::Known(table) => table,
            Self::Unknown(table) => table,
        }
    }
}

impl Tables {
    pub(crate) fn new(catalog: Arc<Catalog>) -> Self {
        let known = catalog.models.iter().map(Table::known).collect();
        Self { catalog, known, unknown: RwLock::default() }
    }

    pub(crate) fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The table at a place of the catalog.
    pub(crate) fn at(&self, place: usize) -> &Table {
        &self.known[place]
    }

    /// The compiled model of a table, if the program has it.
    pub(crate) fn model_of(&self, table: &Table) -> Option<&ModelEntry> {
        table.place.map(|place| &self.catalog.models[place])
    }

    /// The table of a model, if there is one.
    pub(crate) fn of(&self, model: ModelId) -> Option<TableRef<'_>> {
        match self.catalog.by_id(model) {
            Some(place) => Some(TableRef::Known(&self.known[place])),
            None => self.unknown.read().get(&model).cloned().map(TableRef::Unknown),
        }
    }

    /// The table of a model.
    pub(crate) fn of_or_new(&self, model: ModelId) -> TableRef<'_> {
        self.of(model).unwrap_or_else(|| {
            let mut unknown = self.unknown.write();
            let table = unknown.entry(model).or_insert_with(|| Arc::new(Table::unknown(model)));
            TableRef::Unknown(table.clone())
        })
    }

    /// All tables, by the numbers of their models.
    pub(crate) fn by_id(&self) -> BTreeMap<ModelId, TableRef<'_>> {
        let known = self.known.iter().map(|table| (table.model, TableRef::Known(table)));
        let unknown = self.unknown.read();
        known.chain(unknown.iter().map(|(model, table)| (*model, TableRef::Unknown(table.clone())))).collect()
    }
}
