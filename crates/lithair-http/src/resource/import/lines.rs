//! The lines of a body, while it comes.

use bytes::Bytes;

use crate::inbound::BodyReader;
use crate::rejection::{Problem, Rejection};

/// Splits a body into lines while it is read. Memory is bounded by the longest line that is taken.
pub(super) struct Lines {
    reader: BodyReader,
    line_bytes_max: usize,
    /// Bytes of the piece that was read last.
    piece: Bytes,
    /// The beginning of a line, from earlier pieces.
    begun: Vec<u8>,
    /// The line that is being read is too long already, and its bytes are dropped.
    is_too_long: bool,
    number: u64,
    is_done: bool,
}

/// One line that is not empty.
pub(super) struct Line {
    /// From 1; empty lines count.
    pub(super) number: u64,
    /// Its bytes without the line feed, or why it is not taken.
    pub(super) text: Result<Bytes, Rejection>,
}

impl Lines {
    pub(super) fn new(reader: BodyReader, line_bytes_max: usize) -> Self {
        let (piece, begun) = (Bytes::new(), Vec::new());
        Self { reader, line_bytes_max, piece, begun, is_too_long: false, number: 0, is_done: false }
    }

    /// The next line; none at the end of the body.
    pub(super) async fn next(&mut self) -> Result<Option<Line>, Rejection> {
        loop {
            if let Some(end) = self.piece.iter().position(|&byte| byte == b'\n') {
                let rest = self.piece.split_off(end + 1);
                let mut last = std::mem::replace(&mut self.piece, rest);
                last.truncate(end);
                match self.line(last) {
                    Some(line) => return Ok(Some(line)),
                    None => continue,
                }
            }
            let piece = std::mem::take(&mut self.piece);
            match self.reader.next().await? {
                Some(next) => {
                    self.begin(&piece);
                    self.piece = next;
                }
                None if self.is_done => return Ok(None),
                None => {
                    self.is_done = true;
                    // The last line may lack its line feed.
                    return Ok(self.line(piece));
                }
            }
        }
    }

    fn begin(&mut self, piece: &[u8]) {
        if self.begun.len() + piece.len() > self.line_bytes_max {
            self.is_too_long = true;
            self.begun.clear();
        }
        if !self.is_too_long {
            self.begun.extend_from_slice(piece);
        }
    }

    /// The line that ends with these bytes; none if it is empty.
    fn line(&mut self, last: Bytes) -> Option<Line> {
        self.number += 1;
        let is_whole = self.begun.is_empty() && !self.is_too_long;
        let text = if is_whole {
            self.is_too_long = last.len() > self.line_bytes_max;
            last
        } else {
            self.begin(&last);
            Bytes::from(std::mem::take(&mut self.begun))
        };
        let number = self.number;
        if std::mem::take(&mut self.is_too_long) {
            let detail = format!("a line has at most {} bytes", self.line_bytes_max);
            return Some(Line { number, text: Err(Problem::BodyTooLarge.because(detail)) });
        }
        let is_empty = text.iter().all(u8::is_ascii_whitespace);
        (!is_empty).then_some(Line { number, text: Ok(text) })
    }
}
