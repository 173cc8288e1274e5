//! What operators name: a model, a right to it, a field of it. What is not there is refused with what was meant, perhaps.

use lithair_model::{Catalog, ModelEntry, Right, nearest, right_text};

use crate::admin::AdminError;

/// The rights that every model has.
const RIGHTS: [Right; 6] = [Right::Read, Right::Create, Right::Update, Right::Delete, Right::History, Right::Export];

pub(super) fn model<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a ModelEntry, AdminError> {
    let found = catalog.shown().find(|model| model.schema.name == name || model.schema.path == name);
    found.ok_or_else(|| {
        let near = nearest(name, catalog.shown().map(|model| model.schema.name));
        invalid(format!("of: there is no model `{name}`{}", hint(near)))
    })
}

pub(super) fn right(model: &ModelEntry, word: &str) -> Result<Right, AdminError> {
    let is_it = |right: &Right| right_text(*right) == word || matches!(right, Right::Command(name) if *name == word);
    rights(model).find(is_it).ok_or_else(|| {
        let words: Vec<String> = rights(model).map(right_text).collect();
        let near = nearest(word, words.iter().map(String::as_str));
        invalid(format!("can: `{word}` is no right to `{}`{}", model.schema.name, hint(near)))
    })
}

pub(super) fn field(model: &ModelEntry, name: &str) -> Result<usize, AdminError> {
    model.by_name(name).or_else(|| model.by_wire(name)).ok_or_else(|| {
        let near = nearest(name, model.schema.fields.iter().map(|field| field.name));
        invalid(format!("field: `{}` has no field `{name}`{}", model.schema.name, hint(near)))
    })
}

/// The rights to a model: those that all have, and its commands.
pub(super) fn rights(model: &ModelEntry) -> impl Iterator<Item = Right> {
    let restore = model.deleted_at.map(|_| "restore");
    RIGHTS.into_iter().chain(model.actions().chain(restore).map(Right::Command))
}

pub(super) fn invalid(detail: impl Into<String>) -> AdminError {
    AdminError::Invalid(detail.into())
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
