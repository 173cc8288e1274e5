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
    /// Files of a folder that are of no model, and what to say of each.
    pub(crate) strangers: Vec<String>,
    /// Files of a folder that an export writes and that nobody has to import, and why.
    pub(crate) passed_over: Vec<String>,
}

/// Why there is nothing to import.
#[derive(Debug, Error)]
pub(crate) enum SourceError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{0}")]
    Stranger(String),
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
        let (_, source) = source(catalog, path)?.map_err(SourceError::Stranger)?;
        if source.model.projection.is_some() {
            return Err(SourceError::Stranger(computed(&source)));
        }
        return Ok(Sources { files: vec![source], ..Sources::default() });
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
    let mut found = Vec::new();
    let (mut strangers, mut passed_over) = (Vec::new(), Vec::new());
    for file in files {
        match source(catalog, &file)? {
            Ok((_, source)) if source.model.projection.is_some() => passed_over.push(computed(&source)),
            Ok(source) => found.push(source),
            Err(stranger) => strangers.push(stranger),
        }
    }
    if found.is_empty() && strangers.is_empty() && passed_over.is_empty() {
        return Err(SourceError::Nothing(path.to_owned()));
    }
    let order = dependency_order(catalog);
    found.sort_by_key(|(place, _)| order.iter().position(|other| other == place));
    Ok(Sources { files: found.into_iter().map(|(_, source)| source).collect(), strangers, passed_over })
}

/// Rows that nobody writes: they come of what is imported.
fn computed(source: &Source) -> String {
    let (path, name) = (source.path.display(), source.model.name);
    format!("{path}: not imported: {name} is a projection, and its rows come of what they are folded from")
}

/// The place of the file's model, and the file; or what to say of a file that cannot be imported.
fn source(catalog: &Catalog, path: &Path) -> Result<Result<(usize, Source), String>, SourceError> {
    let Some(format) = Format::of(path) else {
        return Ok(Err(format!("{}: expected a file that ends in .ndjson or .csv", path.display())));
    };
    let word = plain(&path.file_stem().unwrap_or_default().to_string_lossy());
    let Some(place) = model_of(catalog, &word) else {
        let names = catalog.shown().map(|model| model.schema.name);
        let hint = nearest(&word, names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Ok(Err(format!("{}: there is no model of this name{hint}", path.display())));
    };
    let metadata = std::fs::metadata(path).map_err(|source| SourceError::Io { path: path.to_owned(), source })?;
    let model = catalog.models[place].schema;
    Ok(Ok((place, Source { path: path.to_owned(), format, model, bytes: metadata.len() })))
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
