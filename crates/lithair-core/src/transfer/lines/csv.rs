//! Records of CSV files.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, ErrorKind, Reader, ReaderBuilder, Terminator};
use lithair_model::{FieldSchema, ModelSchema, nearest};

use super::{Fault, Line, cell};

/// The column that names the fields that whoever exported a record did not see.
const REDACTED: &str = "_redacted";
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
/// What the reader may have read ahead when a record ends.
const AHEAD_BYTES: u64 = 64 * 1024;

/// RFC 4180: a head of names, then a record a line, unless quotes hold line feeds. A record's number is that of its first line.
pub(crate) struct Csv<R> {
    reader: Reader<Limited<R>>,
    record_bytes_max: u64,
    feed: Rc<Feed>,
    /// Where in the source the record begins that is read next.
    begin: u64,
    columns: Vec<Column>,
    /// What is wrong with the head: then no record means anything.
    refused: Option<Fault>,
    is_over: bool,
}

struct Column {
    name: String,
    /// None for a name that the target will refuse, or pass over (`_rev`).
    field: Option<&'static FieldSchema>,
}

impl<R: Read> Csv<R> {
    pub(super) fn new(source: R, model: &'static ModelSchema, record_bytes_max: u64) -> io::Result<Self> {
        let feed = Rc::new(Feed::default());
        feed.left.set(record_bytes_max + AHEAD_BYTES);
        let source = Limited { source, feed: Rc::clone(&feed) };
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            // The reader would leave the line feed of a CR LF for the next record, and count that one's line wrong.
            .terminator(Terminator::Any(b'\n'))
            .buffer_capacity(usize::try_from(AHEAD_BYTES).unwrap_or(usize::MAX))
            .from_reader(source);
        let (columns, refused) = match reader.byte_headers() {
            Ok(head) => columns(head, model),
            Err(error) => (Vec::new(), Some(Fault::of_line(1, error.to_string()))),
        };
        let begin = reader.position().byte();
        feed.take(0, begin);
        Ok(Self { reader, record_bytes_max, feed, begin, columns, refused, is_over: false })
    }

    pub(super) fn position(&self) -> u64 {
        self.reader.position().byte()
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Result<Line, Fault>>> {
        if let Some(fault) = self.refused.take() {
            self.is_over = true;
            return Ok(Some(Err(fault)));
        }
        if self.is_over {
            return Ok(None);
        }
        loop {
            self.feed.left.set(self.record_bytes_max + AHEAD_BYTES);
            let begin = self.reader.position().line();
            let mut record = ByteRecord::new();
            let read = self.reader.read_byte_record(&mut record);
            let end = self.reader.position().byte();
            let raw = self.feed.take(self.begin, end);
            self.begin = end;
            return match read {
                Ok(true) if is_blank(&record) => continue,
                Ok(true) => Ok(Some(self.line(self.first_line(&record), &record, &raw))),
                Ok(false) => Ok(None),
                Err(_) if self.feed.left.get() == 0 => {
                    // What was passed over is part of a record: nobody knows where the next one begins.
                    self.is_over = true;
                    let long =
                        format!("a record is longer than {} bytes; is a quote not closed?", self.record_bytes_max);
                    Ok(Some(Err(Fault::of_line(begin, long))))
                }
                Err(error) => {
                    let words = error.to_string();
                    match error.into_kind() {
                        ErrorKind::Io(error) => Err(error),
                        _ => Ok(Some(Err(Fault::of_line(begin, words)))),
                    }
                }
            };
        }
    }

    /// The number of the line where a record that was just read begins. The reader's own is that of the empty lines before it.
    fn first_line(&self, record: &ByteRecord) -> u64 {
        let behind = self.reader.position();
        let is_cut_off = self.feed.ends_without_line_feed.get() && behind.byte() == self.feed.count.get();
        let inside = record.as_slice().iter().filter(|&&byte| byte == b'\n').count() as u64;
        behind.line() - inside - u64::from(!is_cut_off)
    }

    fn line(&self, number: u64, record: &ByteRecord, raw: &[u8]) -> Result<Line, Fault> {
        if record.len() != self.columns.len() {
            let detail = format!("expected {} values, found {}", self.columns.len(), record.len());
            return Err(Fault::of_line(number, detail));
        }
        let quoted = empty_in_quotes(record, raw);
        let redacted = self.redacted(record);
        let mut json = vec![b'{'];
        for (place, (column, bytes)) in self.columns.iter().zip(record).enumerate() {
            let bytes = if place + 1 == record.len() { without_return(bytes) } else { bytes };
            let Ok(text) = std::str::from_utf8(bytes) else {
                return Err(Fault::of_line(number, format!("the value of `{}` is not UTF-8", column.name)));
            };
            if redacted.contains(&column.name) {
                continue;
            }
            let value = match (column.field, text) {
                (Some(field), "") if quoted.get(place) == Some(&true) => cell::empty_text(field),
                (None, names) if column.name == REDACTED => (!names.is_empty()).then(|| names.into()),
                _ => cell::json(column.field, text),
            };
            if let Some(value) = value {
                if json.len() > 1 {
                    json.push(b',');
                }
                cell::push_text(&mut json, &column.name);
                json.push(b':');
                json.extend_from_slice(value.as_bytes());
            }
        }
        json.push(b'}');
        Ok(Line { number, json })
    }
}

impl<R> Csv<R> {
    /// The fields whose cells are empty because whoever exported the record did not see them: they are as if the columns were not there.
    fn redacted(&self, record: &ByteRecord) -> Vec<String> {
        let place = self.columns.iter().position(|column| column.field.is_none() && column.name == REDACTED);
        let names = place.and_then(|place| serde_json::from_slice(record.get(place)?).ok());
        names.unwrap_or_default()
    }
}

/// Which cells of a record are the empty text, and not empty: those that are two quotes. Nothing is looked for where no cell is empty.
fn empty_in_quotes(record: &ByteRecord, raw: &[u8]) -> Vec<bool> {
    if !record.iter().any(<[u8]>::is_empty) {
        return Vec::new();
    }
    // Empty lines before the record are no part of it.
    let mut rest = &raw[raw.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count()..];
    let mut quoted = Vec::with_capacity(record.len());
    for _ in 0..record.len() {
        quoted.push(matches!(rest, [b'"', b'"', b',' | b'\r' | b'\n', ..] | [b'"', b'"']));
        let mut is_quoted = false;
        let end = rest.iter().position(|byte| match byte {
            b'"' => {
                is_quoted = !is_quoted;
                false
            }
            b',' => !is_quoted,
            _ => false,
        });
        rest = end.map_or(&[][..], |end| &rest[end + 1..]);
    }
    quoted
}

/// The columns, and what is wrong with them.
fn columns(head: &ByteRecord, model: &'static ModelSchema) -> (Vec<Column>, Option<Fault>) {
    let mut columns: Vec<Column> = Vec::new();
    let mut wrong = Vec::new();
    for (place, bytes) in head.iter().enumerate() {
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).filter(|_| place == 0).unwrap_or(bytes);
        let bytes = if place + 1 == head.len() { without_return(bytes) } else { bytes };
        let name = String::from_utf8_lossy(bytes).into_owned();
        let field = model.fields.iter().find(|field| field.wire == name);
        if field.is_none() && name != "_rev" && name != REDACTED {
            let near = nearest(&name, model.fields.iter().map(|field| field.wire));
            let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            wrong.push(format!("the column `{name}` is not a field of {}{hint}", model.name));
        }
        if columns.iter().any(|column| column.name == name) {
            wrong.push(format!("the column `{name}` is there twice"));
        }
        columns.push(Column { name, field });
    }
    let fault = (!wrong.is_empty()).then(|| Fault::of_line(1, wrong.join("; ")));
    (columns, fault)
}

/// The last cell of a line that ends with CR LF.
fn without_return(bytes: &[u8]) -> &[u8] {
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record.as_slice() == b"\r"
}

/// A source that gives so many bytes and then fails, so that a quote that is never closed does not fill the memory.
struct Limited<R> {
    source: R,
    feed: Rc<Feed>,
}

/// What is known of the bytes that the reader was given.
#[derive(Default)]
struct Feed {
    /// Those it may still get.
    left: Cell<u64>,
    /// Those of the record that is being read, and behind: the reader does not tell which cells had quotes.
    raw: RefCell<VecDeque<u8>>,
    count: Cell<u64>,
    /// Whether there are no more, and the last one is no line feed.
    ends_without_line_feed: Cell<bool>,
    ends_with_line_feed: Cell<bool>,
}

impl Feed {
    /// The bytes from one place of the source to another. They are not kept.
    fn take(&self, begin: u64, end: u64) -> Vec<u8> {
        let mut raw = self.raw.borrow_mut();
        let length = usize::try_from(end - begin).unwrap_or(usize::MAX).min(raw.len());
        raw.drain(..length).collect()
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let feed = &self.feed;
        let room = usize::try_from(feed.left.get()).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 && !buffer.is_empty() {
            return Err(io::Error::other("the record is too long"));
        }
        let count = self.source.read(&mut buffer[..room])?;
        feed.left.set(feed.left.get() - count as u64);
        feed.count.set(feed.count.get() + count as u64);
        feed.raw.borrow_mut().extend(&buffer[..count]);
        match buffer[..count].last() {
            Some(last) => feed.ends_with_line_feed.set(*last == b'\n'),
            None => feed.ends_without_line_feed.set(!feed.ends_with_line_feed.get()),
        }
        Ok(count)
    }
}
