//! Manifest: the root of the directory. It names the segments, what they must contain, and whose they are.
//!
//! A text file, replaced whole (written aside, synced, renamed, directory synced):
//!
//! ```text
//! lithair manifest 1
//! store 6f1d..                                     32 hex digits
//! segment NUMBER FORM FIRST_ORDINAL FIRST_POSITION PREVIOUS_HASH [LAST_ORDINAL NEXT_POSITION LAST_HASH END_OFFSET]
//! void ORDINAL GROUP POSITION                      entries before frame ORDINAL from POSITION on are void
//! mark KIND GROUP TERM POSITION AT PAYLOAD         the latest vote, commit hint, purge of a group
//! crc 1a2b3c4d                                     crc32c of everything before this line
//! ```
//!
//! FORM is `live`, `sealed` (a segment file whose end is known) or `archived`. The bracket is there unless `live`.

use std::fmt::Write as _;

use lithair_model::Position;

use crate::error::{ReadError, damaged, reading};
use crate::event::{Event, EventKind};
use crate::hash::Hash;
use crate::media::{Media, read_file, replace_file};

pub(crate) const MANIFEST_NAME: &str = "manifest";
const FIRST_LINE: &str = "lithair manifest 1";

/// What the directory holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) store: [u8; 16],
    /// In order of their numbers; at most the last one is live.
    pub(crate) segments: Vec<SegmentEntry>,
    pub(crate) voids: Vec<Void>,
    /// The latest event of each kind but entries, for each group.
    pub(crate) marks: Vec<Event>,
}

/// One segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEntry {
    pub(crate) number: u64,
    pub(crate) first_ordinal: u64,
    pub(crate) first_position: u64,
    pub(crate) previous: Hash,
    /// None while it is written to.
    pub(crate) end: Option<SegmentEnd>,
    pub(crate) is_archived: bool,
}

/// How a segment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SegmentEnd {
    pub(crate) last_ordinal: u64,
    pub(crate) next_position: u64,
    pub(crate) hash: Hash,
    /// The first byte behind its last frame.
    pub(crate) offset: u64,
}

/// Entries written before frame `ordinal` are void from `position` on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Void {
    pub(crate) ordinal: u64,
    pub(crate) group: u32,
    pub(crate) position: u64,
}

impl Manifest {
    pub(crate) const fn new(store: [u8; 16]) -> Self {
        Self { store, segments: Vec::new(), voids: Vec::new(), marks: Vec::new() }
    }

    /// The manifest of a folder, `None` if it has none.
    pub(crate) fn load(media: &dyn Media) -> Result<Option<Self>, ReadError> {
        let bytes = match read_file(media, MANIFEST_NAME) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(reading(MANIFEST_NAME)(error)),
        };
        let text = std::str::from_utf8(&bytes).map_err(|error| broken(error.valid_up_to()))?;
        let body_bytes = text.rfind("crc ").ok_or_else(|| broken(text.len()))?;
        let expected = format!("crc {:08x}\n", crc32c::crc32c(&bytes[..body_bytes]));
        if text[body_bytes..] != expected {
            return Err(broken(body_bytes));
        }
        parse(&text[..body_bytes]).map(Some).ok_or_else(|| broken(0))
    }

    pub(crate) fn store_in(&self, media: &dyn Media) -> std::io::Result<()> {
        let mut text = self.body();
        let crc = crc32c::crc32c(text.as_bytes());
        // Writing to a string does not fail.
        let _ = writeln!(text, "crc {crc:08x}");
        replace_file(media, MANIFEST_NAME, text.as_bytes())
    }

    fn body(&self) -> String {
        let mut lines = vec![FIRST_LINE.to_owned(), format!("store {}", hex(&self.store))];
        for segment in &self.segments {
            let form = match (&segment.end, segment.is_archived) {
                (None, _) => "live",
                (Some(_), false) => "sealed",
                (Some(_), true) => "archived",
            };
            let SegmentEntry { number, first_ordinal, first_position, previous, .. } = segment;
            let mut line = format!("segment {number} {form} {first_ordinal} {first_position} {}", hex(previous));
            if let Some(SegmentEnd { last_ordinal, next_position, hash, offset }) = &segment.end {
                let _ = write!(line, " {last_ordinal} {next_position} {} {offset}", hex(hash));
            }
            lines.push(line);
        }
        lines.extend(self.voids.iter().map(|void| format!("void {} {} {}", void.ordinal, void.group, void.position)));
        lines.extend(self.marks.iter().map(|mark| {
            let Event { kind, group, term, position, at_micros, payload, .. } = mark;
            format!("mark {} {group} {term} {position} {at_micros} x{}", *kind as u8, hex(payload))
        }));
        lines.push(String::new());
        lines.join("\n")
    }

    /// Where a segment stands in the list.
    pub(crate) fn place_of(&self, number: u64) -> Option<usize> {
        self.segments.iter().position(|segment| segment.number == number)
    }

    /// Remembers the latest event of its kind and group.
    pub(crate) fn mark(&mut self, event: &Event) {
        self.marks.retain(|mark| (mark.kind, mark.group) != (event.kind, event.group));
        self.marks.push(event.clone());
    }
}

fn broken(offset: usize) -> ReadError {
    damaged(MANIFEST_NAME, offset as u64, "it is not what was written")
}

fn parse(text: &str) -> Option<Manifest> {
    let mut lines = text.lines();
    if lines.next()? != FIRST_LINE {
        return None;
    }
    let store = unhex(lines.next()?.strip_prefix("store ")?)?.try_into().ok()?;
    let mut manifest = Manifest::new(store);
    for line in lines {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["segment", rest @ ..] => manifest.segments.push(segment(rest)?),
            ["void", ordinal, group, position] => manifest.voids.push(Void {
                ordinal: ordinal.parse().ok()?,
                group: group.parse().ok()?,
                position: position.parse().ok()?,
            }),
            ["mark", kind, group, term, position, at, payload] => manifest.marks.push(Event {
                kind: EventKind::from_byte(kind.parse().ok()?)?,
                group: group.parse().ok()?,
                term: term.parse().ok()?,
                position: Position::new(position.parse().ok()?),
                at_micros: at.parse().ok()?,
                aggregates: Vec::new(),
                payload: unhex(payload.strip_prefix('x')?)?,
            }),
            _ => return None,
        }
    }
    Some(manifest)
}

fn segment(words: &[&str]) -> Option<SegmentEntry> {
    let (head, tail) = words.split_at_checked(5)?;
    let end = match tail {
        [] => None,
        [last_ordinal, next_position, hash, offset] => Some(SegmentEnd {
            last_ordinal: last_ordinal.parse().ok()?,
            next_position: next_position.parse().ok()?,
            hash: unhex(hash)?.try_into().ok()?,
            offset: offset.parse().ok()?,
        }),
        _ => return None,
    };
    let is_archived = head[1] == "archived";
    if end.is_some() == (head[1] == "live") {
        return None;
    }
    Some(SegmentEntry {
        number: head[0].parse().ok()?,
        first_ordinal: head[2].parse().ok()?,
        first_position: head[3].parse().ok()?,
        previous: unhex(head[4])?.try_into().ok()?,
        end,
        is_archived,
    })
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || text.len() % 2 == 1 {
        return None;
    }
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()).collect()
}
