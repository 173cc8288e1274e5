//! The records of a file, one after another, as JSON text with the number of their line.

mod cell;
mod csv;
mod ndjson;

use std::fs::File;
use std::io;
use std::path::Path;

use lithair_model::ModelSchema;

use self::csv::Csv;
use self::ndjson::Ndjson;
use super::Fault;

/// Longer records are passed over without being kept in memory. More than any model takes: what is below is judged by the target, which
/// knows the model's limit.
const RECORD_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// From 1.
    pub(crate) number: u64,
    /// Its text, in one line.
    pub(crate) json: Vec<u8>,
}

/// How records stand in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A head with the fields' names, then a record a line (RFC 4180).
    Csv,
}

impl Format {
    /// The end of the names of such files.
    pub(crate) const fn extension(self) -> &'static str {
        match self {
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
        }
    }

    /// By the end of the file's name.
    pub(crate) fn of(path: &Path) -> Option<Self> {
        let kind = path.extension()?.to_ascii_lowercase();
        match kind.to_str()? {
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}

/// A file that is read record by record.
pub(crate) enum Lines<R> {
    Ndjson(Ndjson<R>),
    Csv(Box<Csv<R>>),
}

impl Lines<File> {
    pub(crate) fn open(path: &Path, format: Format, model: &'static ModelSchema) -> io::Result<Self> {
        Self::new(File::open(path)?, format, model)
    }
}

impl<R: io::Read> Lines<R> {
    pub(crate) fn new(source: R, format: Format, model: &'static ModelSchema) -> io::Result<Self> {
        Ok(match format {
            Format::Ndjson => Self::Ndjson(Ndjson::new(source, RECORD_BYTES_MAX)),
            Format::Csv => Self::Csv(Box::new(Csv::new(source, model, RECORD_BYTES_MAX)?)),
        })
    }

    /// The next record, or what is wrong with the line where it should be; none at the end.
    pub(crate) fn next(&mut self) -> io::Result<Option<Result<Line, Fault>>> {
        match self {
            Self::Ndjson(lines) => lines.next(),
            Self::Csv(lines) => lines.next(),
        }
    }

    /// Bytes that were read so far.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Ndjson(lines) => lines.position(),
            Self::Csv(lines) => lines.position(),
        }
    }
}

#[cfg(test)]
mod tests;
