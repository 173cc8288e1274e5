//! The store from outside: appended, sealed, damaged, and read again.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use lithair_model::Position;

use super::*;

/// A store and what its sink was told.
struct Opened {
    store: EventStore<u64>,
    told: Receiver<(Position, Vec<u64>, Result<(), AppendError>)>,
    recovered: Recovered,
}

fn small() -> Options {
    Options { segment_bytes_min: 32 * 1024, segment_bytes_max: 64 * 1024, ..Options::default() }
}

fn open(media: &MemoryMedia) -> Result<Opened, OpenError> {
    open_with(media, small())
}

fn open_with(media: &MemoryMedia, options: Options) -> Result<Opened, OpenError> {
    let (tell, told) = channel();
    let (store, recovered) = EventStore::open(Arc::new(media.clone()), options, move |batch: Batch<u64>| {
        let tokens = batch.events.iter().map(|(_, token)| *token).collect();
        // A test that has seen enough listens no more.
        let _ = tell.send((batch.first, tokens, batch.outcome));
    })?;
    Ok(Opened { store, told, recovered })
}

impl Opened {
    /// Appends one event and waits until it is durable.
    fn append(&self, number: u64) {
        self.store.append_event(event(number), number).map_err(|(error, _)| error).expect("there is room");
        let (_, tokens, outcome) = self.told.recv().expect("the sink is called");
        assert_eq!((tokens, outcome), (vec![number], Ok(())));
    }

    fn payloads(&self) -> Vec<Vec<u8>> {
        self.store.query_events(Position::ZERO).map(|event| event.expect("is read").payload).collect()
    }
}

/// Three aggregates, payloads that compress and payloads with sectors of zeros.
fn event(number: u64) -> Event {
    let mut payload = format!("event {number} ").repeat(20).into_bytes();
    if number.is_multiple_of(5) {
        payload.extend_from_slice(&[0; 2_000]);
    }
    Event::entry(i64::try_from(number).expect("small"), vec![number % 3, 1_000 + number], payload)
}

fn filled(count: u64) -> MemoryMedia {
    let media = MemoryMedia::new();
    let opened = open(&media).expect("a new store opens");
    (1..=count).for_each(|number| opened.append(number));
    opened.store.close();
    media
}

fn expected(count: u64) -> Vec<Vec<u8>> {
    (1..=count).map(|number| event(number).payload).collect()
}

fn names(media: &MemoryMedia, ending: &str) -> Vec<String> {
    media.list().expect("lists").into_iter().filter(|name| name.ends_with(ending)).collect()
}

#[test]
fn what_was_appended_is_there_after_reopening() {
    let media = filled(300);
    assert!(names(&media, ".archive").len() > 2, "segments were compressed: {:?}", media.list());
    let opened = open(&media).expect("opens");
    assert_eq!(opened.payloads(), expected(300));
    assert_eq!(opened.recovered.next_position, Position::new(301));
    opened.append(301);
    assert_eq!(opened.payloads(), expected(301));
    let from: Vec<u64> =
        opened.store.query_events(Position::new(290)).map(|event| event.expect("is read").position.get()).collect();
    assert_eq!(from, (290..=301).collect::<Vec<_>>());
}

#[test]
fn an_aggregate_is_its_events_in_order() {
    let media = filled(200);
    let opened = open(&media).expect("opens");
    (201..=260).for_each(|number| opened.append(number));
    let found: Vec<u64> =
        opened.store.load_aggregate(1).expect("is read").iter().map(|event| event.position.get()).collect();
    assert_eq!(found, (1..=260).filter(|number| number % 3 == 1).collect::<Vec<_>>());
    assert_eq!(opened.store.load_aggregate(1_007).expect("is read").len(), 1);
    assert_eq!(opened.store.load_aggregate(5_000_000).expect("is read"), []);
}

#[test]
fn a_batch_costs_one_sync() {
    let media = MemoryMedia::new();
    let opened = open(&media).expect("opens");
    let events = (1..=100).map(|number| (event(number), number)).collect();
    opened.store.append_events(events).map_err(|(error, _)| error).expect("there is room");
    let mut tokens = Vec::new();
    while tokens.len() < 100 {
        tokens.extend(opened.told.recv().expect("the sink is called").1);
    }
    let counters = opened.store.counters();
    assert_eq!((counters.syncs, counters.events), (counters.frames, 100));
    assert_eq!(counters.frames, 1, "what is queued together is one batch");
    assert_eq!(tokens, (1..=100).collect::<Vec<_>>());
}

/// A store whose live segment was left by a kill, not by a clean stop.
fn killed(count: u64) -> MemoryMedia {
    let media = MemoryMedia::new();
    let opened = open_with(&media, Options { archive: false, ..small() }).expect("opens");
    (1..=count).for_each(|number| opened.append(number));
    media.copy()
}

#[test]
fn a_kill_leaves_everything_that_was_acknowledged() {
    let opened = open(&killed(50)).expect("opens");
    assert_eq!(opened.payloads(), expected(50));
    assert_eq!(opened.recovered.torn, None);
}

/// The live segment of a killed store, and where its last frame begins and ends.
fn last_frame(media: &MemoryMedia) -> (String, usize, usize) {
    let name = names(media, ".segment").into_iter().rfind(|name| name.starts_with("log-")).expect("a segment");
    let bytes = crate::media::read_file(media, &name).expect("is read");
    let mut at = crate::segment::SEGMENT_HEADER_BYTES;
    let mut last = (at, at);
    while let crate::frame::Scan::Frame(frame, _) = crate::frame::scan(&bytes[at..]) {
        last = (at, at + frame.padded_bytes());
        at = last.1;
    }
    (name, last.0, last.1)
}

#[test]
fn a_torn_tail_loses_only_the_interrupted_batch() {
    let media = killed(35);
    let (name, begin, end) = last_frame(&media);
    for kept in (0..end - begin).step_by(37).chain([1, 5, 131, 132, 512]) {
        let torn = media.copy();
        torn.tamper(&name, |bytes| bytes[begin + kept..end].fill(0));
        let opened = open(&torn).unwrap_or_else(|error| panic!("kept {kept} bytes: {error}"));
        let survived = opened.payloads();
        // Only padding may be missing from a frame that counts as whole.
        assert!(survived == expected(34) || survived == expected(35), "kept {kept} bytes");
        opened.append(100);
    }
    // Sectors reach the disk in any order.
    for lost in (begin..end).step_by(512) {
        let torn = media.copy();
        torn.tamper(&name, |bytes| bytes[lost..lost + 512].fill(0));
        let survived = open(&torn).expect("opens").payloads();
        assert!(survived == expected(34) || survived == expected(35), "lost {lost}");
    }
}

#[test]
fn a_damaged_last_batch_is_refused_rather_than_cut() {
    let media = killed(36);
    let (name, begin, end) = last_frame(&media);
    for at in (begin..end).step_by(29) {
        let flipped = media.copy();
        flipped.tamper(&name, |bytes| bytes[at] ^= 4);
        match open(&flipped) {
            Ok(opened) => assert_eq!(opened.payloads(), expected(36), "flip at {at} is in the padding"),
            Err(OpenError::Damaged(damage)) => assert_eq!((damage.file, damage.offset), (name.clone(), begin as u64)),
            Err(other) => panic!("{other}"),
        }
    }
}

#[test]
fn a_damaged_middle_is_refused_rather_than_cut() {
    let media = killed(36);
    let (name, _, _) = last_frame(&media);
    let first = crate::segment::SEGMENT_HEADER_BYTES;
    for at in [first, first + 40, first + 200] {
        for change in [|byte: &mut u8| *byte ^= 1, |byte: &mut u8| *byte = 0] {
            let broken = media.copy();
            broken.tamper(&name, |bytes| bytes[at..at + 600].iter_mut().for_each(change));
            let error = open(&broken).map(|opened| opened.payloads().len()).expect_err("is refused");
            assert!(error.to_string().contains(&format!("{name} at byte {first}")), "{error}");
        }
    }
}

#[test]
fn no_flipped_bit_is_ever_served() {
    let media = filled(120);
    let opened = open(&media).expect("opens");
    (121..=150).for_each(|number| opened.append(number));
    let records = (0..2_000_u64).map(|key| Ok::<_, std::io::Error>((key.to_be_bytes().to_vec(), vec![7; 300])));
    opened.store.create_snapshot(Position::new(120), records, || Ok((42, b"meta".to_vec()))).expect("is written");
    drop(opened.told);
    let media = media.copy();
    let files: Vec<(String, usize)> = media
        .list()
        .expect("lists")
        .into_iter()
        .map(|name| (name.clone(), crate::media::read_file(&media, &name).expect("is read").len()))
        .filter(|(_, length)| *length > 0)
        .collect();
    let mut state = 9_u64;
    for turn in 0..400 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (name, length) = &files[turn % files.len()];
        let at = usize::try_from(state >> 20).expect("64 bits") % length;
        let flipped = media.copy();
        flipped.tamper(name, |bytes| bytes[at] ^= 1 << (state & 7));
        let shared: SharedMedia = Arc::new(flipped.clone());
        let told = verify(&shared);
        let Ok(opened) = open(&flipped) else { continue };
        let read: Result<Vec<Event>, ReadError> = opened.store.query_events(Position::ZERO).collect();
        match read {
            Ok(events) => assert_eq!(
                events.into_iter().map(|event| event.payload).collect::<Vec<_>>(),
                expected(150),
                "{name} {at}"
            ),
            Err(error) => assert!(error.to_string().contains(name.as_str()), "{error} names {name}"),
        }
        if name.starts_with("snapshot") {
            assert!(told.expect_err("the snapshot is damaged").to_string().contains(name.as_str()));
        }
    }
}

#[test]
fn missing_swapped_and_foreign_segments_are_refused_by_name() {
    let media = filled(200);
    let other = filled(200);
    let archives = names(&media, ".archive");
    let (first, second) = (&archives[0], &archives[1]);
    let bytes = |media: &MemoryMedia, name: &str| crate::media::read_file(media, name).expect("is read");

    let missing = media.copy();
    missing.remove(second).expect("is removed");
    let swapped = media.copy();
    swapped.tamper(first, |content| *content = bytes(&media, second));
    swapped.tamper(second, |content| *content = bytes(&media, first));
    let foreign = media.copy();
    foreign.tamper(first, |content| *content = bytes(&other, first));
    for (what, broken, name) in [("missing", missing, second), ("swapped", swapped, first), ("foreign", foreign, first)]
    {
        let error = open(&broken).map(|_| ()).expect_err(what);
        assert!(error.to_string().contains(name.as_str()), "{what}: {error}");
    }
    let rootless = media.copy();
    rootless.remove("manifest").expect("is removed");
    assert!(open(&rootless).is_err(), "segments without a manifest are not taken for a new store");
}

#[test]
fn a_refused_open_changes_nothing() {
    let media = killed(36);
    let (name, begin, _) = last_frame(&media);
    media.tamper(&name, |bytes| bytes[begin + 20] ^= 1);
    let before: Vec<Vec<u8>> = media
        .list()
        .expect("lists")
        .iter()
        .map(|name| crate::media::read_file(&media, name).expect("is read"))
        .collect();
    assert!(open(&media).is_err());
    let after: Vec<Vec<u8>> = media
        .list()
        .expect("lists")
        .iter()
        .map(|name| crate::media::read_file(&media, name).expect("is read"))
        .collect();
    assert_eq!(before, after);
}

#[test]
fn a_directory_has_one_owner() {
    let media = MemoryMedia::new();
    let opened = open(&media).expect("opens");
    assert!(matches!(open(&media), Err(OpenError::Locked { .. })));
    drop(opened);
    open(&media).expect("opens when it is free");
}

#[test]
fn consensus_takes_entries_back_and_votes_are_kept() {
    let media = MemoryMedia::new();
    let opened = open(&media).expect("opens");
    (1..=10).for_each(|number| opened.append(number));
    let mut truncate = Event { kind: EventKind::Truncate, ..event(0) };
    truncate.position = Position::new(6);
    let vote = Event { kind: EventKind::Vote, term: 3, payload: b"node 2".to_vec(), aggregates: vec![], ..event(0) };
    let again = Event { position: Position::new(6), term: 3, ..event(66) };
    for special in [truncate, vote.clone(), again] {
        opened.store.append_event(special, 0).map_err(|(error, _)| error).expect("there is room");
        let _ = opened.told.recv().expect("the sink is called");
    }
    let mut kept = expected(5);
    kept.push(event(66).payload);
    assert_eq!(opened.payloads(), kept);
    opened.store.close();
    drop(opened);
    let opened = open(&media).expect("opens");
    assert_eq!(opened.payloads(), kept);
    assert_eq!(opened.recovered.next_position, Position::new(7));
    assert_eq!(opened.store.marks().iter().map(|mark| mark.payload.clone()).collect::<Vec<_>>(), [vote.payload]);
}

/// Reading from a position begins close to it, also when truncations have sent the log back; nothing is skipped for that.
#[test]
fn reading_from_a_position_is_right_behind_truncations() {
    for archive in [false, true] {
        let media = MemoryMedia::new();
        let options = || Options { archive, ..small() };
        let mut kept: Vec<(u64, u64)> = Vec::new();
        let mut number = 0;
        for (last, back_to) in [(120, 60), (200, 199), (210, 20), (150, 140), (145, 145), (300, 1), (260, 200)] {
            let opened = open_with(&media, options()).expect("opens");
            while (kept.len() as u64) < last {
                number += 1;
                let position = kept.len() as u64 + 1;
                kept.push((position, number));
                let placed = Event { position: Position::new(position), ..event(number) };
                opened.store.append_event(placed, 0).map_err(|(error, _)| error).expect("there is room");
                opened.told.recv().expect("the sink is called").2.expect("it is durable");
            }
            let truncate = Event { kind: EventKind::Truncate, position: Position::new(back_to), ..event(0) };
            opened.store.append_event(truncate, 0).map_err(|(error, _)| error).expect("there is room");
            opened.told.recv().expect("the sink is called").2.expect("it is durable");
            kept.truncate(usize::try_from(back_to - 1).expect("small"));
            check_reads(&opened, &kept);
            opened.store.close();
            drop(opened);
            check_reads(&open_with(&media, options()).expect("opens"), &kept);
        }
    }
}

/// Reading from each position yields what is kept from there on.
#[track_caller]
fn check_reads(opened: &Opened, kept: &[(u64, u64)]) {
    for first in 0..=kept.len() + 1 {
        let events = opened.store.query_events(Position::new(first as u64)).map(|event| event.expect("is read"));
        let read: Vec<(u64, i64)> = events.map(|event| (event.position.get(), event.at_micros)).collect();
        let wanted: Vec<(u64, i64)> = kept[first.saturating_sub(1).min(kept.len())..]
            .iter()
            .map(|&(position, number)| (position, number.cast_signed()))
            .collect();
        assert_eq!(read, wanted, "from position {first}");
    }
}

#[test]
fn snapshots_are_read_back_and_the_newest_two_are_kept() {
    let media = filled(10);
    let opened = open(&media).expect("opens");
    let records = |salt: u8| {
        (0..5_000_u64).map(move |key| Ok::<_, std::io::Error>((key.to_be_bytes().to_vec(), vec![salt; 100])))
    };
    for position in [3, 6, 9_u8] {
        opened
            .store
            .create_snapshot(Position::new(position.into()), records(position), || Ok((position.into(), vec![1, 2])))
            .expect("is written");
    }
    assert_eq!(opened.store.snapshot_positions().expect("lists"), [Position::new(6), Position::new(9)]);
    let (reader, refused) = opened.store.latest_snapshot().expect("is read");
    let reader = reader.expect("there is one");
    assert!(refused.is_empty());
    assert_eq!(
        (reader.info().digest, reader.info().records, reader.info().meta.as_slice()),
        (9, 5_000, [1, 2].as_slice())
    );
    let read: Vec<_> = reader.records().collect::<Result<_, _>>().expect("is read");
    assert_eq!(read, records(9).collect::<Result<Vec<_>, _>>().expect("is made"));

    let name = crate::snapshot::snapshot_name(Position::new(9));
    media.tamper(&name, |bytes| *bytes.last_mut().expect("bytes") ^= 1);
    let (reader, refused) = opened.store.latest_snapshot().expect("is read");
    assert_eq!((reader.expect("the one before").info().digest, refused.len()), (6, 1));
}

#[test]
fn too_large_and_too_much_are_refused_with_nothing_lost() {
    let media = MemoryMedia::new();
    let opened = open(&media).expect("opens");
    let huge = Event::entry(0, vec![], vec![0; 17 * 1024 * 1024]);
    let (error, token) = opened.store.append_event(huge, 5).expect_err("does not fit");
    assert!(matches!(error, AppendError::TooLarge { .. }));
    assert_eq!(token, 5);
    opened.append(1);
    opened.store.close();
    assert!(matches!(opened.store.append_event(event(2), 2), Err((AppendError::Closed, 2))));
}

#[test]
fn a_records_entries_are_read_backwards_wherever_they_are() {
    let media = Arc::new(MemoryMedia::new());
    let small = Options { segment_bytes_min: 64 * 1024, segment_bytes_max: 64 * 1024, ..Options::default() };
    let (store, _) = EventStore::open(media, small, |_| {}).expect("opens");
    // Three records of a thousand, over many segments: some archived by now, some not, one live.
    for number in 1..=9_000_u64 {
        let names = vec![number % 1_000, 5_000 + number % 7];
        let event = Event::entry(i64::try_from(number / 3).expect("is small"), names, vec![7; 100]);
        store.append_event(event, ()).expect("is queued");
    }
    store.close();
    for aggregate in [0, 1, 500, 999, 5_003] {
        let forward = store.load_aggregate(aggregate).expect("is read");
        let modulus = if aggregate < 1_000 { 1_000 } else { 7 };
        let expected: Vec<u64> = (1..=9_000).filter(|number| number % modulus == aggregate % 5_000).collect();
        assert_eq!(forward.iter().map(|event| event.position.get()).collect::<Vec<_>>(), expected);
        for last in [0, 1, 4_500, 8_999] {
            let back = store.aggregate_backward(aggregate, Position::new(last)).map(|event| event.expect("is read"));
            let back: Vec<u64> = back.map(|event| event.position.get()).collect();
            let wanted: Vec<u64> = expected.iter().copied().filter(|&position| position <= last).rev().collect();
            assert_eq!(back, wanted, "{aggregate} up to {last}");
        }
    }
    for at in [-1, 0, 1, 2, 1_500, 2_999, 3_000, i64::MAX] {
        let expected = (1..=9_000_u64).rev().find(|number| i64::try_from(number / 3).expect("is small") <= at);
        assert_eq!(store.position_at(at).expect("is read").get(), expected.unwrap_or(0), "at {at}");
    }
}

#[test]
fn times_ascend_whatever_callers_say_and_over_a_restart() {
    let media = Arc::new(MemoryMedia::new());
    let times = |store: &EventStore<()>| -> Vec<i64> {
        store.query_events(Position::ZERO).map(|event| event.expect("is read").at_micros).collect()
    };
    let (store, _) = EventStore::open(media.clone(), Options::default(), |_| {}).expect("opens");
    for at in [5, 9, 7] {
        store.append_event(Event::entry(at, vec![1], vec![1]), ()).expect("is queued");
    }
    store.close();
    assert_eq!(times(&store), [5, 9, 9]);
    drop(store);
    let (store, _) = EventStore::open(media, Options::default(), |_| {}).expect("opens");
    store.append_event(Event::entry(8, vec![1], vec![1]), ()).expect("is queued");
    store.append_event(Event::entry(10, vec![1], vec![1]), ()).expect("is queued");
    store.close();
    assert_eq!(times(&store), [5, 9, 9, 9, 10]);
    assert_eq!(store.position_at(9).expect("is read"), Position::new(4));
}
