use std::path::{Path, PathBuf};

use lithair_model::{Catalog, ModelSchema};

use super::dependency_order;

/// A file and the model its records are of.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) model: &'static ModelSchema,
}

/// The files to import, in the order of their models' dependencies; and those of a folder that are of no model.
///
/// # Errors
/// The path does not exist or cannot be read, or it is one file of no model.
pub(crate) fn sources(catalog: &Catalog, path: &Path) -> std::io::Result<(Vec<Source>, Vec<PathBuf>)> {
    let named = |error: std::io::Error| std::io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut files = Vec::new();
    if std::fs::metadata(path).map_err(named)?.is_dir() {
        for entry in std::fs::read_dir(path).map_err(named)? {
            let file = entry?.path();
            if file.extension().is_some_and(|kind| kind == "ndjson" || kind == "csv") {
                files.push(file);
            }
        }
        files.sort_unstable();
    } else {
        files.push(path.to_owned());
    }
    let mut found = Vec::new();
    let mut strangers = Vec::new();
    for file in files {
        match model_of(catalog, &file) {
            Some(place) => found.push((place, file)),
            None => strangers.push(file),
        }
    }
    let order = dependency_order(catalog);
    found.sort_by_key(|(place, _)| order.iter().position(|other| other == place));
    let source = |(place, path): (usize, PathBuf)| Source { path, model: catalog.models[place].schema };
    Ok((found.into_iter().map(source).collect(), strangers))
}

/// `InvoiceLine.ndjson`, `invoice_lines.ndjson` and `invoice-lines.csv` are all of the model `InvoiceLine`.
fn model_of(catalog: &Catalog, file: &Path) -> Option<usize> {
    let word = plain(file.file_stem()?.to_str()?);
    let names = |schema: &ModelSchema| [schema.name, schema.table, schema.path].map(plain);
    catalog.models.iter().position(|model| names(model.schema).contains(&word))
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
