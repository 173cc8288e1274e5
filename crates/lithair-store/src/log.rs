//! The log as readers see it: segments in order, each as frames on the disk or as an archive.

mod back;
mod time;

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};

pub use back::Backward;

use lithair_model::Position;
use parking_lot::RwLock;

use crate::archive::Archive;
use crate::error::{ReadError, damaged, reading};
use crate::event::{self, Event, EventKind};
use crate::frame::{self, Frame, Scan};
use crate::manifest::Void;
use crate::media::MediaFile;

/// Bytes that a reader takes from a segment at a time, about.
const CHUNK_BYTES: u64 = 256 * 1024;

/// Looks at a frame: the file, where in it, the frame, its records.
pub(crate) type CheckFrame<'a> = dyn FnMut(&str, u64, &Frame, &[u8]) -> Result<(), ReadError> + 'a;

/// All segments. Readers take the list and keep it while it grows.
#[derive(Debug, Default)]
pub(crate) struct Log {
    segments: RwLock<Vec<Arc<Segment>>>,
    voids: RwLock<Vec<Void>>,
}

/// One segment as readers see it.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) number: u64,
    pub(crate) first_position: u64,
    /// The time of its first entry, once it was asked for.
    begins: OnceLock<i64>,
    form: RwLock<Form>,
}

#[derive(Debug)]
pub(crate) enum Form {
    Frames(Frames),
    Archive(Arc<Archive>),
}

/// A segment that is not compressed, and what is looked up in it.
#[derive(Debug)]
pub(crate) struct Frames {
    pub(crate) name: String,
    pub(crate) file: Arc<dyn MediaFile>,
    pub(crate) places: Vec<FramePlace>,
    /// (aggregate, index into `places`), in the order they were written. Searched whole: it is small and seldom asked.
    pub(crate) aggregates: Vec<(u64, u32)>,
}

/// Where a frame stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FramePlace {
    pub(crate) offset: u64,
    pub(crate) padded_bytes: u32,
    pub(crate) ordinal: u64,
    pub(crate) position: u64,
}

impl Segment {
    pub(crate) fn new(number: u64, first_position: u64, form: Form) -> Arc<Self> {
        Arc::new(Self { number, first_position, begins: OnceLock::new(), form: RwLock::new(form) })
    }

    /// Tells readers of a frame that is durable.
    pub(crate) fn push(&self, place: FramePlace, aggregates: impl Iterator<Item = u64>) {
        let mut form = self.form.write();
        let Form::Frames(frames) = &mut *form else {
            unreachable!("only the live segment grows, and it is not archived")
        };
        let index = u32::try_from(frames.places.len()).expect("a segment has fewer frames than bytes");
        frames.places.push(place);
        frames.aggregates.extend(aggregates.map(|aggregate| (aggregate, index)));
    }

    pub(crate) fn replace(&self, archive: Arc<Archive>) {
        *self.form.write() = Form::Archive(archive);
    }

    /// The bytes of frames from `ordinal` on, without padding, as many as are good to read at once; and the name for messages. Empty
    /// at the end.
    fn chunk(&self, ordinal: u64) -> Result<Vec<(Frame, Vec<u8>)>, ReadError> {
        match &*self.form.read() {
            Form::Frames(frames) => frames.chunk(ordinal),
            Form::Archive(archive) => archived_chunk(archive, ordinal),
        }
    }

    /// Calls `check` for every frame in order with the file, the offset, and the frame.
    pub(crate) fn each_frame(&self, check: &mut CheckFrame<'_>) -> Result<(), ReadError> {
        match &*self.form.read() {
            Form::Frames(frames) => frames.places.iter().try_for_each(|place| {
                let (frame, payload) = frames.read(*place)?;
                check(&frames.name, place.offset, &frame, &payload)
            }),
            Form::Archive(archive) => (0..archive.blocks()).try_for_each(|block| {
                let frames = block_frames(archive, block)?;
                frames
                    .iter()
                    .try_for_each(|(frame, payload)| check(archive.name(), archive.block_offset(block), frame, payload))
            }),
        }
    }

    /// The number of its first frame. A segment without frames is the newest: it comes behind everything.
    fn first_ordinal(&self) -> u64 {
        match &*self.form.read() {
            Form::Frames(frames) => frames.places.first().map_or(u64::MAX, |place| place.ordinal),
            Form::Archive(archive) => archive.first_ordinal(0),
        }
    }

    /// The first ordinal worth reading for the position, if positions ascend behind the frame `begin` and nothing before it is wanted.
    fn ordinal_of(&self, position: u64, begin: u64) -> u64 {
        match &*self.form.read() {
            Form::Frames(frames) => {
                // The frame of a truncation says where the log ended before it, so it is no place to search.
                let known = frames.places.partition_point(|place| place.ordinal <= begin);
                let behind = frames.places[known..].partition_point(|place| place.position <= position);
                behind.checked_sub(1).map_or(begin, |place| frames.places[known + place].ordinal)
            }
            Form::Archive(archive) => archive.first_ordinal(archive.block_of(position, begin)).max(begin),
        }
    }
}

impl Frames {
    fn chunk(&self, ordinal: u64) -> Result<Vec<(Frame, Vec<u8>)>, ReadError> {
        let begin = self.places.partition_point(|place| place.ordinal < ordinal);
        let mut bytes = 0;
        let taken = self.places[begin..].iter().take_while(|place| {
            let fits = bytes == 0 || bytes + u64::from(place.padded_bytes) <= CHUNK_BYTES;
            bytes += u64::from(place.padded_bytes);
            fits
        });
        taken.map(|place| self.read(*place)).collect()
    }

    fn read(&self, place: FramePlace) -> Result<(Frame, Vec<u8>), ReadError> {
        let mut bytes = vec![0; place.padded_bytes as usize];
        self.file.read_exact_at(&mut bytes, place.offset).map_err(reading(&self.name))?;
        match frame::scan(&bytes) {
            Scan::Frame(frame, payload) if frame.ordinal == place.ordinal => {
                let payload = payload.to_vec();
                Ok((frame, payload))
            }
            _ => Err(damaged(&self.name, place.offset, "a batch is not what was written")),
        }
    }
}

fn archived_chunk(archive: &Archive, ordinal: u64) -> Result<Vec<(Frame, Vec<u8>)>, ReadError> {
    for block in archive.block_of_ordinal(ordinal)..archive.blocks() {
        let mut frames = block_frames(archive, block)?;
        frames.retain(|(frame, _)| frame.ordinal >= ordinal);
        if !frames.is_empty() {
            return Ok(frames);
        }
    }
    Ok(Vec::new())
}

/// The frames of an archive's block.
pub(crate) fn block_frames(archive: &Archive, block: usize) -> Result<Vec<(Frame, Vec<u8>)>, ReadError> {
    let bytes = archive.block(block)?;
    raw_frames(archive, block, &bytes).map(|frame| frame.map(|(frame, payload)| (frame, payload.to_vec()))).collect()
}

/// The frames in the bytes of an archive's block, as they lie there. Ends at the first that is not whole.
fn raw_frames<'a>(
    archive: &'a Archive,
    block: usize,
    bytes: &'a [u8],
) -> impl Iterator<Item = Result<(Frame, &'a [u8]), ReadError>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let whole = frame::header(rest).and_then(|frame| {
            let (bytes, behind) = rest.split_at_checked(frame::HEADER_BYTES + frame.payload_bytes)?;
            let payload = &bytes[frame::HEADER_BYTES..];
            (crc32c::crc32c(payload) == frame.payload_crc).then_some((frame, payload, behind))
        });
        Some(match whole {
            Some((frame, payload, behind)) => {
                rest = behind;
                Ok((frame, payload))
            }
            None => {
                rest = &[];
                Err(damaged(archive.name(), archive.block_offset(block), "a batch is not what was written"))
            }
        })
    })
}

impl Log {
    pub(crate) fn new(segments: Vec<Arc<Segment>>, voids: Vec<Void>) -> Self {
        Self { segments: RwLock::new(segments), voids: RwLock::new(voids) }
    }

    pub(crate) fn push(&self, segment: Arc<Segment>) {
        self.segments.write().push(segment);
    }

    pub(crate) fn segment(&self, number: u64) -> Option<Arc<Segment>> {
        self.segments.read().iter().find(|segment| segment.number == number).cloned()
    }

    pub(crate) fn push_void(&self, void: Void) {
        self.voids.write().push(void);
    }

    /// Whether a later truncation took the entry back.
    fn is_void(&self, ordinal: u64, event: &Event) -> bool {
        let position = event.position.get();
        self.voids
            .read()
            .iter()
            .any(|void| void.group == event.group && void.ordinal > ordinal && void.position <= position)
    }

    /// The entries from `first` on.
    pub(crate) fn events(self: &Arc<Self>, first: Position) -> Events {
        let segments = self.segments.read().clone();
        let first = first.get();
        // Positions ascend through the log but where consensus took entries back. Behind the last truncation to `first` or before it they
        // pass `first` once, and what stands before it from `first` on is void: so that is where to search.
        let behind_void = self.voids.read().iter().filter(|void| void.position <= first).map(|void| void.ordinal).max();
        let begin = behind_void.unwrap_or(0);
        let known = segments.partition_point(|segment| segment.first_ordinal() <= begin).saturating_sub(1);
        let later = segments.get(known + 1..).unwrap_or_default();
        let place = known + later.partition_point(|segment| segment.first_position <= first);
        let ordinal = segments.get(place).map_or(0, |segment| segment.ordinal_of(first, begin));
        Events { log: Arc::clone(self), segments, place, ordinal, first, ready: VecDeque::new(), failed: false }
    }

    /// The entries that name the aggregate, in order.
    pub(crate) fn aggregate(self: &Arc<Self>, aggregate: u64) -> Result<Vec<Event>, ReadError> {
        let mut found = self.backward(aggregate, Position::new(u64::MAX)).collect::<Result<Vec<_>, _>>()?;
        found.reverse();
        Ok(found)
    }
}

/// The records of a frame whose checksum was right.
pub(crate) fn records(payload: &[u8]) -> impl Iterator<Item = Event> {
    let mut rest = payload;
    std::iter::from_fn(move || {
        let (record, behind) = event::split(rest)?;
        rest = behind;
        event::decode(record)
    })
}

/// Entries in order, read as they are asked for. Ends at the first error.
#[derive(Debug)]
pub struct Events {
    log: Arc<Log>,
    segments: Vec<Arc<Segment>>,
    place: usize,
    ordinal: u64,
    first: u64,
    ready: VecDeque<Event>,
    failed: bool,
}

impl Iterator for Events {
    type Item = Result<Event, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(Ok(event));
            }
            let segment = self.segments.get(self.place).filter(|_| !self.failed)?;
            match segment.chunk(self.ordinal) {
                Ok(frames) if frames.is_empty() => self.place += 1,
                Ok(frames) => self.take(frames),
                Err(error) => {
                    self.failed = true;
                    return Some(Err(error));
                }
            }
        }
    }
}

impl Events {
    fn take(&mut self, frames: Vec<(Frame, Vec<u8>)>) {
        for (frame, payload) in frames {
            self.ordinal = frame.ordinal + 1;
            let wanted =
                records(&payload).filter(|event| event.kind == EventKind::Entry && event.position.get() >= self.first);
            self.ready.extend(wanted.filter(|event| !self.log.is_void(frame.ordinal, event)));
        }
    }
}
