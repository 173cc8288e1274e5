//! Records of NDJSON files.

use std::io::{self, BufRead as _, BufReader, Read};

use super::{Fault, Line};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// One JSON object a line. Empty lines count and are passed over.
pub(crate) struct Ndjson<R> {
    reader: BufReader<R>,
    record_bytes_max: u64,
    number: u64,
    position: u64,
}

impl<R: Read> Ndjson<R> {
    pub(super) fn new(source: R, record_bytes_max: u64) -> Self {
        Self { reader: BufReader::new(source), record_bytes_max, number: 0, position: 0 }
    }

    pub(super) const fn position(&self) -> u64 {
        self.position
    }

    pub(super) fn next(&mut self) -> io::Result<Option<Result<Line, Fault>>> {
        loop {
            let mut line = Vec::new();
            let taken = self.reader.by_ref().take(self.record_bytes_max + 1).read_until(b'\n', &mut line)? as u64;
            if taken == 0 {
                return Ok(None);
            }
            self.position += taken;
            self.number += 1;
            if taken > self.record_bytes_max && line.last() != Some(&b'\n') {
                drop(line);
                self.skip_rest()?;
                let detail = format!("the line is longer than {} bytes", self.record_bytes_max);
                return Ok(Some(Err(Fault::of_line(self.number, detail))));
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
