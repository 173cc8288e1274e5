//! The entries of one aggregate, newest first: segment by segment from the last, batch by batch, as far as they are asked for.

use std::sync::Arc;

use lithair_model::Position;

use super::{Archive, Form, Frames, Log, Segment, raw_frames};
use crate::error::ReadError;
use crate::event::{self, Event, EventKind};

/// The entries that name an aggregate, newest first, read as they are asked for. Ends at the first error.
#[derive(Debug)]
pub struct Backward {
    log: Arc<Log>,
    aggregate: u64,
    last: u64,
    /// Those that were not read to their beginning; the last one is under way.
    segments: Vec<Arc<Segment>>,
    /// In the segment under way, frames from this one on were read.
    before: u64,
    /// Of the segment under way, if it is an archive: the blocks that name the aggregate, ascending.
    blocks: Option<Vec<usize>>,
    /// Entries that were read, in order.
    ready: Vec<Event>,
    failed: bool,
}

/// What one step back found: where it ended, and the entries in order.
struct Step {
    before: u64,
    events: Vec<Event>,
}

impl Log {
    /// The entries that name the aggregate up to `last`, newest first.
    pub(crate) fn backward(self: &Arc<Self>, aggregate: u64, last: Position) -> Backward {
        let last = last.get();
        let mut segments = self.segments.read().clone();
        // Without truncations positions ascend through the log, so later segments have nothing that is wanted.
        if self.voids.read().is_empty() {
            segments.truncate(segments.partition_point(|segment| segment.first_position <= last));
        }
        Backward {
            log: Arc::clone(self),
            aggregate,
            last,
            segments,
            before: u64::MAX,
            blocks: None,
            ready: Vec::new(),
            failed: false,
        }
    }
}

impl Iterator for Backward {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop() {
                return Some(Ok(event));
            }
            let segment = Arc::clone(self.segments.last().filter(|_| !self.failed)?);
            match self.step(&segment) {
                Ok(Some(Step { before, events })) => {
                    self.before = before;
                    self.ready = events;
                }
                Ok(None) => {
                    self.segments.pop();
                    self.before = u64::MAX;
                    self.blocks = None;
                }
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Backward {
    fn step(&mut self, segment: &Segment) -> Result<Option<Step>, ReadError> {
        // The segment may become an archive between two steps: what was read is known by the number of a frame, which stays.
        match &*segment.form.read() {
            Form::Frames(frames) => self.step_in_frames(frames),
            Form::Archive(archive) => self.step_in_archive(archive),
        }
    }

    fn step_in_frames(&self, frames: &Frames) -> Result<Option<Step>, ReadError> {
        let end = frames.places.partition_point(|place| place.ordinal < self.before);
        let known = frames.aggregates.partition_point(|(_, place)| (*place as usize) < end);
        let named = frames.aggregates[..known].iter().rev().filter(|(hash, _)| *hash == self.aggregate);
        let ordered = self.log.voids.read().is_empty();
        let place = named
            .map(|(_, place)| frames.places[*place as usize])
            .find(|place| !ordered || place.position <= self.last);
        let Some(place) = place else { return Ok(None) };
        let (frame, payload) = frames.read(place)?;
        let mut events = Vec::new();
        self.pick(frame.ordinal, &payload, &mut events);
        Ok(Some(Step { before: place.ordinal, events }))
    }

    fn step_in_archive(&mut self, archive: &Archive) -> Result<Option<Step>, ReadError> {
        let mut blocks = match self.blocks.take() {
            Some(blocks) => blocks,
            None => self.blocks_in(archive)?,
        };
        let Some(block) = blocks.pop() else { return Ok(None) };
        self.blocks = Some(blocks);
        let bytes = archive.block(block)?;
        let mut events = Vec::new();
        for frame in raw_frames(archive, block, &bytes) {
            let (frame, payload) = frame?;
            if frame.ordinal < self.before {
                self.pick(frame.ordinal, payload, &mut events);
            }
        }
        Ok(Some(Step { before: archive.first_ordinal(block), events }))
    }

    fn blocks_in(&self, archive: &Archive) -> Result<Vec<usize>, ReadError> {
        if !archive.may_contain(self.aggregate) {
            return Ok(Vec::new());
        }
        let mut blocks = archive.blocks_of(self.aggregate)?;
        let ordered = self.log.voids.read().is_empty();
        blocks.retain(|&block| {
            archive.first_ordinal(block) < self.before && (!ordered || archive.first_position(block) <= self.last)
        });
        Ok(blocks)
    }

    /// Takes the aggregate's entries out of a frame's records, without decoding the others.
    fn pick(&self, ordinal: u64, payload: &[u8], events: &mut Vec<Event>) {
        let mut rest = payload;
        while let Some((record, behind)) = event::split(rest) {
            rest = behind;
            if !event::names(record, self.aggregate) {
                continue;
            }
            let wanted = event::decode(record).filter(|event| {
                event.kind == EventKind::Entry && event.position.get() <= self.last && !self.log.is_void(ordinal, event)
            });
            events.extend(wanted);
        }
    }
}
