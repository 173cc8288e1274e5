//! The records of a file, one after another, as JSON text with the number of their line.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _};
use std::path::Path;

use lithair_model::{Kind, ModelSchema};
use serde_json::{Map, Value};

use super::Fault;

/// Longer lines are no records: they are passed over without being kept in memory.
const LINE_BYTES_MAX: u64 = 16 * 1024 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One record.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) number: u64,
    pub(crate) json: Vec<u8>,
}

/// A file that is read line by line.
pub(crate) enum Lines {
    Ndjson(Ndjson),
    Csv(Box<Csv>),
}

type Next = Option<Result<Line, Fault>>;

impl Lines {
    pub(crate) fn open(path: &Path, model: &'static ModelSchema) -> io::Result<Self> {
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = File::open(path).map_err(named)?;
        if path.extension().is_some_and(|kind| kind == "csv") {
            return Csv::new(file, model).map(Box::new).map(Self::Csv).map_err(named);
        }
        Ok(Self::Ndjson(Ndjson { reader: BufReader::new(file), number: 0, position: 0 }))
    }

    /// The next record, or what is wrong with the line where it should be; none at the end.
    pub(crate) fn next_line(&mut self) -> io::Result<Next> {
        match self {
            Self::Ndjson(lines) => lines.next_line(),
            Self::Csv(lines) => Ok(lines.next_line()),
        }
    }

    /// Bytes that were read so far.
    pub(crate) fn position(&self) -> u64 {
        match self {
            Self::Ndjson(lines) => lines.position,
            Self::Csv(lines) => lines.reader.position().byte(),
        }
    }
}

pub(crate) struct Ndjson {
    reader: BufReader<File>,
    number: u64,
    position: u64,
}

impl Ndjson {
    fn next_line(&mut self) -> io::Result<Next> {
        loop {
            let mut line = Vec::new();
            let taken = self.reader.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? as u64;
            if taken == 0 {
                return Ok(None);
            }
            self.position += taken;
            self.number += 1;
            if taken == LINE_BYTES_MAX && line.last() != Some(&b'\n') {
                self.skip_rest()?;
                let detail = format!("the line is longer than {LINE_BYTES_MAX} bytes");
                return Ok(Some(Err(Fault { line: self.number, detail, is_dangling: false })));
            }
            let text = line.strip_prefix(BYTE_ORDER_MARK).filter(|_| self.number == 1).unwrap_or(&line).trim_ascii();
            if !text.is_empty() {
                return Ok(Some(Ok(Line { number: self.number, json: text.to_vec() })));
            }
        }
    }

    fn skip_rest(&mut self) -> io::Result<()> {
        loop {
            let buffer = self.reader.fill_buf()?;
            let end = buffer.iter().position(|&byte| byte == b'\n');
            let count = end.map_or(buffer.len(), |at| at + 1);
            let is_over = end.is_some() || buffer.is_empty();
            self.reader.consume(count);
            self.position += count as u64;
            if is_over {
                return Ok(());
            }
        }
    }
}

pub(crate) struct Csv {
    reader: csv::Reader<File>,
    names: Vec<String>,
    model: &'static ModelSchema,
}

impl Csv {
    fn new(file: File, model: &'static ModelSchema) -> io::Result<Self> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
        let names = reader.headers()?.iter().map(|name| name.trim_start_matches('\u{FEFF}').to_owned()).collect();
        Ok(Self { reader, names, model })
    }

    fn next_line(&mut self) -> Next {
        let mut record = csv::StringRecord::new();
        let read = self.reader.read_record(&mut record);
        let number = record.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
        let fault = |detail: String| Some(Err(Fault { line: number, detail, is_dangling: false }));
        match read {
            Ok(false) => None,
            Err(error) => fault(error.to_string()),
            Ok(true) if record.len() != self.names.len() => {
                fault(format!("expected {} values, found {}", self.names.len(), record.len()))
            }
            Ok(true) => {
                let members: Map<String, Value> =
                    self.names.iter().zip(&record).map(|(name, text)| (name.clone(), self.value(name, text))).collect();
                Some(Ok(Line { number, json: Value::Object(members).to_string().into_bytes() }))
            }
        }
    }

    /// CSV has texts only: the field's type says what they mean. An empty one is null where null is a value.
    fn value(&self, name: &str, text: &str) -> Value {
        let Some(field) = self.model.fields.iter().find(|field| field.wire == name) else { return Value::from(text) };
        if text.is_empty() && (field.optional || !matches!(field.kind, Kind::Text)) {
            return Value::Null;
        }
        match field.kind {
            Kind::Bool | Kind::Int { .. } | Kind::Float { .. } | Kind::List(_) | Kind::Json => {
                serde_json::from_str(text).unwrap_or_else(|_| Value::from(text))
            }
            _ => Value::from(text),
        }
    }
}
