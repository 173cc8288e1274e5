//! From a time to a position. The times of entries ascend (`flusher.rs`), so it is a search: the segment, the batch, the entry.

use std::sync::Arc;

use super::{Archive, Form, Frames, Log, Segment, raw_frames, records};
use crate::error::ReadError;
use crate::event::{Event, EventKind};

impl Log {
    /// The position of the last entry whose time is not behind `at_micros`; 0 if there is none.
    pub(crate) fn position_at(&self, at_micros: i64) -> Result<u64, ReadError> {
        let segments = self.segments.read().clone();
        let behind =
            first_not(segments.len(), |place| Ok(segments[place].begins(self)?.is_some_and(|at| at <= at_micros)))?;
        // A segment without entries begins nowhere: what it would hold is in none before it either.
        for segment in segments[..behind].iter().rev() {
            if let Some(position) = segment.position_at(self, at_micros)? {
                return Ok(position);
            }
        }
        Ok(0)
    }
}

impl Segment {
    /// The time of its first entry, read once.
    fn begins(&self, log: &Log) -> Result<Option<i64>, ReadError> {
        if let Some(begins) = self.begins.get() {
            return Ok(Some(*begins));
        }
        let first = match &*self.form.read() {
            Form::Frames(frames) => match frames.places.first() {
                Some(_) => frames.entries(log, 0)?,
                None => Vec::new(),
            },
            Form::Archive(archive) if archive.blocks() > 0 => archived_entries(log, archive, 0)?,
            Form::Archive(_) => Vec::new(),
        };
        Ok(first.first().map(|event| *self.begins.get_or_init(|| event.at_micros)))
    }

    fn position_at(&self, log: &Log, at_micros: i64) -> Result<Option<u64>, ReadError> {
        let form = self.form.read();
        let count = match &*form {
            Form::Frames(frames) => frames.places.len(),
            Form::Archive(archive) => archive.blocks(),
        };
        let entries = |place: usize| match &*form {
            Form::Frames(frames) => frames.entries(log, place),
            Form::Archive(archive) => archived_entries(log, archive, place),
        };
        let first = |place: usize| match &*form {
            Form::Frames(frames) => Ok(frames.entries(log, place)?.first().map(|event| event.at_micros)),
            Form::Archive(archive) => archived_begin(log, archive, place),
        };
        let begins_before = |place: usize| Ok(first(place)?.is_none_or(|first| first <= at_micros));
        for place in (0..first_not(count, begins_before)?).rev() {
            let entries = entries(place)?;
            if let Some(last) = entries.iter().rev().find(|event| event.at_micros <= at_micros) {
                return Ok(Some(last.position.get()));
            }
        }
        Ok(None)
    }
}

impl Frames {
    fn entries(&self, log: &Log, place: usize) -> Result<Vec<Event>, ReadError> {
        let (frame, payload) = self.read(self.places[place])?;
        Ok(entries(log, frame.ordinal, &payload).collect())
    }
}

fn archived_entries(log: &Log, archive: &Arc<Archive>, block: usize) -> Result<Vec<Event>, ReadError> {
    let bytes = archive.block(block)?;
    let mut found = Vec::new();
    for frame in raw_frames(archive, block, &bytes) {
        let (frame, payload) = frame?;
        found.extend(entries(log, frame.ordinal, payload));
    }
    Ok(found)
}

/// The time of a block's first entry.
fn archived_begin(log: &Log, archive: &Archive, block: usize) -> Result<Option<i64>, ReadError> {
    let bytes = archive.block(block)?;
    for frame in raw_frames(archive, block, &bytes) {
        let (frame, payload) = frame?;
        if let Some(first) = entries(log, frame.ordinal, payload).next() {
            return Ok(Some(first.at_micros));
        }
    }
    Ok(None)
}

fn entries(log: &Log, ordinal: u64, payload: &[u8]) -> impl Iterator<Item = Event> {
    records(payload).filter(move |event| event.kind == EventKind::Entry && !log.is_void(ordinal, event))
}

/// The first of `0..count` for which it is not so, given that it is so for all before and for none behind.
fn first_not(count: usize, mut is: impl FnMut(usize) -> Result<bool, ReadError>) -> Result<usize, ReadError> {
    let (mut begin, mut end) = (0, count);
    while begin < end {
        let middle = begin + (end - begin) / 2;
        if is(middle)? { begin = middle + 1 } else { end = middle }
    }
    Ok(begin)
}
