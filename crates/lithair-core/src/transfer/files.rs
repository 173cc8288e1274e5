//! The files of an import: which there are, and of which models.

use std::io;
use std::path::{Path, PathBuf};

use lithair_model::{Catalog, ModelSchema, nearest};
use thiserror::Error;

use super::lines::Format;
use super::order::dependency_order;

/// A file and the model its records are of.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) format: Format,
    pub(crate) model: &'static ModelSchema,
    pub(crate) bytes: u64,
}

/// What there is to import.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    /// In the order of their models' dependencies.
    pub(crate) files: Vec<Source>,
    /// Files of a folder that are of no model.
    pub(crate) strangers: Vec<Stranger>,
    /// Files of a folder that an export writes and that nobody has to import.
    pub(crate) passed_over: Vec<Stranger>,
}

/// A file that is not imported, and why.
#[derive(Debug, Error)]
pub(crate) enum Stranger {
    #[error("{}: expected a file that ends in .ndjson or .csv", .0.display())]
    Format(PathBuf),
    #[error(
        "{}: there is no model of this name{}",
        path.display(),
        nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
    )]
    Model { path: PathBuf, nearest: Option<&'static str> },
    /// Rows that nobody writes: they come of what is imported.
    #[error(
        "{}: not imported: {model} is a projection, and its rows come of what they are folded from",
        path.display()
    )]
    Projection { path: PathBuf, model: &'static str },
}

/// What a file is.
enum Found {
    /// Records of the model at this place.
    Records(usize, Source),
    /// Rows that come of others.
    Rows(Stranger),
    /// Nothing that could be imported.
    Nothing(Stranger),
}

/// Why there is nothing to import.
#[derive(Debug, Error)]
pub(crate) enum SourceError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Stranger(#[from] Stranger),
    #[error("{}: no file here is named after a model and ends in .ndjson or .csv", .0.display())]
    Nothing(PathBuf),
}

/// The files to import.
///
/// # Errors
/// The path does not exist or cannot be read, it is one file of no model, or a folder without a file of any.
pub(crate) fn sources(catalog: &Catalog, path: &Path) -> Result<Sources, SourceError> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| SourceError::Io { path, source }
    };
    if !std::fs::metadata(path).map_err(io(path))?.is_dir() {
        return match found(catalog, path)? {
            Found::Records(_, source) => Ok(Sources { files: vec![source], ..Sources::default() }),
            Found::Rows(stranger) | Found::Nothing(stranger) => Err(stranger.into()),
        };
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(io(path))? {
        let file = entry.map_err(io(path))?.path();
        // Other files of a folder are its own business: a licence, a list of what is there. A link that leads nowhere is not: whoever made
        // it wants the file imported.
        if Format::of(&file).is_some() && !file.is_dir() {
            files.push(file);
        }
    }
    files.sort_unstable();
    let (mut records, mut strangers, mut passed_over) = (Vec::new(), Vec::new(), Vec::new());
    for file in files {
        match found(catalog, &file)? {
            Found::Records(place, source) => records.push((place, source)),
            Found::Rows(stranger) => passed_over.push(stranger),
            Found::Nothing(stranger) => strangers.push(stranger),
        }
    }
    if records.is_empty() && strangers.is_empty() && passed_over.is_empty() {
        return Err(SourceError::Nothing(path.to_owned()));
    }
    let order = dependency_order(catalog);
    records.sort_by_key(|(place, _)| order.iter().position(|other| other == place));
    Ok(Sources { files: records.into_iter().map(|(_, source)| source).collect(), strangers, passed_over })
}

/// What a file is, by its name.
fn found(catalog: &Catalog, path: &Path) -> Result<Found, SourceError> {
    let path = path.to_owned();
    let Some(format) = Format::of(&path) else { return Ok(Found::Nothing(Stranger::Format(path))) };
    let word = plain(&path.file_stem().unwrap_or_default().to_string_lossy());
    let Some(place) = model_of(catalog, &word) else {
        let nearest = nearest(&word, catalog.shown().map(|model| model.schema.name));
        return Ok(Found::Nothing(Stranger::Model { path, nearest }));
    };
    let bytes = match std::fs::metadata(&path) {
        Ok(metadata) => metadata.len(),
        Err(source) => return Err(SourceError::Io { path, source }),
    };
    let model = catalog.models[place].schema;
    if model.projection.is_some() {
        return Ok(Found::Rows(Stranger::Projection { path, model: model.name }));
    }
    Ok(Found::Records(place, Source { path, format, model, bytes }))
}

/// `InvoiceLine.ndjson`, `invoice_lines.ndjson` and `invoice-lines.csv` are all of the model `InvoiceLine`. The struct's name wins over
/// the table of another model, and a table over a path.
fn model_of(catalog: &Catalog, word: &str) -> Option<usize> {
    let names: [fn(&ModelSchema) -> &'static str; 3] =
        [|schema| schema.name, |schema| schema.table, |schema| schema.path];
    names
        .into_iter()
        .find_map(|name| catalog.shown().find(|model| plain(name(model.schema)) == word))
        .map(|model| model.place)
}

/// A word without case and separators.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
