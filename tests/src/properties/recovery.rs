use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, LazyLock};

use lithair_core::model::Position;
use lithair_core::store::{Batch, Event, EventStore, Media as _, MemoryMedia, Options};

use crate::Random;

const EVENTS: u64 = 60;
/// What one damage takes of the input: what, where, how.
const STEP_BYTES: usize = 6;
const STEPS_MAX: usize = 8;

/// A folder, and how many of its events no damage may take away silently.
struct Folder {
    media: MemoryMedia,
    sure: u64,
}

/// One that was closed properly, all of it compressed, with a snapshot; and one that was killed while it was written to, of which
/// the newest segment may end anywhere: a sector of zeros cannot be told from one that was never written.
static FOLDERS: LazyLock<[Folder; 2]> = LazyLock::new(|| {
    let closed = written(true);
    let records = [Ok::<_, std::io::Error>((vec![1], vec![2; 100]))];
    closed.1.store.create_snapshot(Position::new(30), records.into_iter(), || Ok((7, vec![3]))).expect("is written");
    // Dropping waits for everything that goes on in the background.
    let closed = closed.0;
    let (media, killed, sure) = written(false);
    let copy = media.copy();
    drop(killed);
    [Folder { media: closed, sure: EVENTS }, Folder { media: copy, sure }]
});

/// A folder with all events, its store, and how many of the events are not in the newest segment.
fn written(archive: bool) -> (MemoryMedia, Store, u64) {
    let media = MemoryMedia::new();
    let store = open(&media, archive).expect("an empty folder opens");
    let mut sure = 0;
    for number in 1..=EVENTS {
        if store.append(payload(number)) {
            sure = number - 1;
        }
    }
    assert!(sure > 10, "there are several segments");
    (media, store, sure)
}

/// A damaged folder is refused with a reason, or what it serves is what was written, from the first event on without a hole; and a
/// folder that opened takes another event and opens again. Only the end of a
/// segment that was being written may be left out.
///
/// # Panics
/// If not.
pub fn recovery(bytes: &[u8]) {
    let Some((choice, steps)) = bytes.split_first() else { return };
    let folder = &FOLDERS[usize::from(choice % 2)];
    let media = folder.media.copy();
    for step in steps.chunks_exact(STEP_BYTES).take(STEPS_MAX) {
        damage(&media, step);
    }
    let is_there = media.list().expect("lists").iter().any(|name| name == "manifest" || name.starts_with("log-"));
    let before = contents(&media);
    let Ok(store) = open(&media, true) else {
        return assert!(contents(&media) == before, "a folder that is refused is left as it was");
    };
    let mut count = 0;
    for event in store.store.query_events(Position::ZERO) {
        // A damage that is found when it is read, is told then.
        let Ok(event) = event else { return };
        count += 1;
        assert_eq!((event.position.get(), &event.payload), (count, &payload(count)), "what is served was written");
    }
    assert!(!is_there || count >= folder.sure, "{count} of {EVENTS} events, and nothing is said of the others");
    if let Ok((Some(snapshot), _)) = store.store.latest_snapshot() {
        assert_eq!((snapshot.info().position, snapshot.info().digest), (Position::new(30), 7));
    }
    store.append(payload(count + 1));
    drop(store);
    let store = open(&media, true).expect("what opened once and was closed opens again");
    let found = store.store.query_events(Position::ZERO).filter_map(Result::ok).count() as u64;
    assert_eq!(found, count + 1, "what was written behind the damage is kept");
}

/// The files but for the lock, which says who tried.
fn contents(media: &MemoryMedia) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for name in media.list().expect("lists").into_iter().filter(|name| name != "lock") {
        let mut copy = Vec::new();
        media.tamper(&name, |bytes| copy.clone_from(bytes));
        files.push((name, copy));
    }
    files
}

struct Store {
    store: EventStore<()>,
    told: Receiver<Batch<()>>,
}

fn open(media: &MemoryMedia, archive: bool) -> Result<Store, String> {
    let (tell, told) = channel();
    let options = Options { segment_bytes_min: 8 * 1024, segment_bytes_max: 16 * 1024, archive, ..Options::default() };
    let sink = move |batch| {
        // The test may have ended.
        let _ = tell.send(batch);
    };
    let (store, _) = EventStore::open(Arc::new(media.clone()), options, sink).map_err(|error| error.to_string())?;
    Ok(Store { store, told })
}

impl Store {
    /// Whether the event began a segment.
    fn append(&self, payload: Vec<u8>) -> bool {
        let event = Event::entry(0, vec![payload.len() as u64 % 7], payload);
        self.store.append_event(event, ()).map_err(|(error, ())| error).expect("there is room");
        let batch = self.told.recv().expect("the store answers");
        batch.outcome.expect("memory does not fail");
        batch.begins_segment
    }
}

fn payload(number: u64) -> Vec<u8> {
    let mut random = Random::new(number);
    let bytes = (random.below(1_500)).max(1);
    (0..bytes).map(|_| u8::try_from(random.below(256)).expect("a byte")).collect()
}

fn damage(media: &MemoryMedia, step: &[u8]) {
    let names = media.list().expect("lists");
    let pick = |byte: u8| names.get(usize::from(byte) % names.len().max(1)).cloned();
    let (Some(name), Some(other)) = (pick(step[1]), pick(step[2])) else { return };
    let place = usize::from(step[3]) << 8 | usize::from(step[4]);
    let at = |length: usize| place % length.max(1);
    match step[0] % 7 {
        0 => media.tamper(&name, |bytes| {
            let at = at(bytes.len());
            bytes.get_mut(at).into_iter().for_each(|byte| *byte ^= step[5].max(1));
        }),
        1 => media.tamper(&name, |bytes| bytes.truncate(at(bytes.len()))),
        2 => media.tamper(&name, |bytes| bytes.extend_from_slice(step)),
        3 => media.tamper(&name, |bytes| {
            let from = at(bytes.len());
            bytes[from..].iter_mut().take(usize::from(step[5]) * 8).for_each(|byte| *byte = 0);
        }),
        4 => drop(media.remove(&name)),
        5 => swap(media, &name, &other),
        _ => drop(media.rename(&name, &other)),
    }
}

fn swap(media: &MemoryMedia, one: &str, other: &str) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    media.tamper(one, |bytes| first.clone_from(bytes));
    media.tamper(other, |bytes| second.clone_from(bytes));
    media.tamper(one, |bytes| *bytes = second);
    media.tamper(other, |bytes| *bytes = first);
}
