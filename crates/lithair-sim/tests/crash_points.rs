//! The store on a disk that loses, tears and reorders what was not synced, cut off at every operation: what was acknowledged is there,
//! nothing is partial, nothing is invented. And the same check finds faults that are planted.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use lithair_model::Position;
use lithair_sim::{Fault, Loss, Random, SimDisk};
use lithair_store::{AppendError, Batch, Event, EventStore, Options};

const EVENTS: u64 = 60;
const IMAGES: u64 = 100;

fn options() -> Options {
    Options { segment_bytes_min: 8 * 1024, segment_bytes_max: 16 * 1024, ..Options::default() }
}

fn event(number: u64) -> Event {
    // Of a few bytes, of many sectors, and with sectors of zeros inside.
    let mut payload = number.to_le_bytes().to_vec();
    payload
        .resize(8 + usize::try_from(number * 97 % 1_500).expect("small"), if number.is_multiple_of(4) { 0 } else { 7 });
    Event::entry(1, vec![number % 5], payload)
}

/// How far a run came.
struct Run {
    disk: SimDisk,
    acknowledged: u64,
    submitted: u64,
}

type Told = (Vec<u64>, Result<(), AppendError>);

fn open(disk: &SimDisk) -> Result<(EventStore<u64>, Receiver<Told>), String> {
    let (tell, told) = channel();
    let sink = move |batch: Batch<u64>| {
        let tokens = batch.events.iter().map(|(_, token)| *token).collect();
        // Nobody listens once a check is done.
        let _ = tell.send((tokens, batch.outcome));
    };
    EventStore::open(Arc::new(disk.clone()), options(), sink)
        .map(|(store, _)| (store, told))
        .map_err(|error| error.to_string())
}

/// Appends in groups of one to three, with two snapshots between, until it is done or the disk fails.
fn run(disk: SimDisk, seed: u64) -> Run {
    let mut run = Run { disk: disk.clone(), acknowledged: 0, submitted: 0 };
    let mut random = Random::new(seed);
    let Ok((store, told)) = open(&disk) else { return run };
    while run.submitted < EVENTS {
        let group = (1 + random.below(3)).min(EVENTS - run.submitted);
        let events = (run.submitted + 1..=run.submitted + group).map(|number| (event(number), number)).collect();
        if store.append_events(events).is_err() {
            break;
        }
        run.submitted += group;
        if !hear(&told, &mut run) {
            break;
        }
        if run.acknowledged == 20 || run.acknowledged == 40 {
            let records = [Ok::<_, std::io::Error>((b"key".to_vec(), vec![1; 3_000]))];
            // On a failed disk there is none; the log has everything.
            drop(store.create_snapshot(Position::new(run.acknowledged), records.into_iter(), || Ok((1, Vec::new()))));
        }
    }
    run
}

/// Waits until everything that was submitted is answered; false once something failed.
fn hear(told: &Receiver<Told>, run: &mut Run) -> bool {
    while run.acknowledged < run.submitted {
        match told.recv() {
            Ok((tokens, Ok(()))) => run.acknowledged = *tokens.last().expect("a batch has events"),
            _ => return false,
        }
    }
    true
}

/// What a restart finds: a prefix of what was submitted, as long as what was acknowledged at least; and it goes on from there.
fn check(disk: &SimDisk, run: &Run) -> Result<(), String> {
    let (store, told) = open(disk)?;
    let mut found = 0;
    for read in store.query_events(Position::ZERO) {
        let read = read.map_err(|error| error.to_string())?;
        found += 1;
        let is_right = read.position.get() == found && read.payload == event(found).payload;
        if !is_right {
            return Err(format!("event {found} is not what was submitted"));
        }
    }
    if found < run.acknowledged || found > run.submitted {
        return Err(format!("{found} found, {} acknowledged, {} submitted", run.acknowledged, run.submitted));
    }
    let of_aggregate = store.load_aggregate(3).map_err(|error| error.to_string())?.len() as u64;
    if of_aggregate != (1..=found).filter(|number| number % 5 == 3).count() as u64 {
        return Err("an aggregate is not whole".into());
    }
    let (snapshot, _) = store.latest_snapshot().map_err(|error| error.to_string())?;
    if let Some(snapshot) = snapshot {
        let records: Result<Vec<_>, _> = snapshot.records().collect();
        if records.map_err(|error| error.to_string())?.len() != 1 {
            return Err("a snapshot is not whole".into());
        }
    }
    store.append_event(event(found + 1), found + 1).map_err(|(error, _)| error.to_string())?;
    match told.recv() {
        Ok((tokens, Ok(()))) if tokens == [found + 1] => Ok(()),
        other => Err(format!("the store does not go on: {other:?}")),
    }
}

#[test]
fn whatever_the_moment_of_the_crash_nothing_acknowledged_is_lost() {
    let whole = run(SimDisk::new(), 1);
    assert_eq!(whole.acknowledged, EVENTS, "without a crash all is written");
    let operations = whole.disk.operations();
    let mut points = 0;
    let mut interrupted = 0;
    for cut in 0..operations {
        let disk = SimDisk::new();
        disk.power_off_after(cut);
        let run = run(disk, 1);
        interrupted += u64::from(run.acknowledged < EVENTS);
        let losses = [Loss::Everything, Loss::Nothing]
            .into_iter()
            .chain((0..IMAGES).map(|image| Loss::Some(cut * IMAGES + image)));
        for loss in losses {
            points += 1;
            check(&run.disk.after_crash(loss), &run).unwrap_or_else(|what| panic!("cut {cut}, {loss:?}: {what}"));
        }
    }
    assert!(points >= 20_000, "{points} points of {operations} operations");
    assert!(interrupted * 2 > operations, "most cuts come in the middle: {interrupted}");
}

/// Whether the check finds the fault at some cut.
fn is_caught(fault: Fault) -> bool {
    (0..200).any(|cut| {
        let disk = SimDisk::new();
        disk.plant(fault);
        disk.power_off_after(cut);
        let run = run(disk, 1);
        [Loss::Everything, Loss::Some(cut), Loss::Some(cut + 1_000)]
            .into_iter()
            .any(|loss| check(&run.disk.after_crash(loss), &run).is_err())
    })
}

#[test]
fn a_store_that_acknowledges_before_the_sync_is_caught() {
    assert!(is_caught(Fault::LyingSync));
}

#[test]
fn a_store_that_skips_the_directory_sync_is_caught() {
    assert!(is_caught(Fault::LyingDirectorySync));
}

#[test]
fn a_failed_write_or_sync_is_final_and_loses_nothing() {
    for n in 1..=50 {
        for fault in [Fault::FailWrite(n), Fault::FailSync(n)] {
            let disk = SimDisk::new();
            disk.plant(fault);
            let run = run(disk, n);
            for loss in [Loss::Everything, Loss::Nothing, Loss::Some(n)] {
                check(&run.disk.after_crash(loss), &run).unwrap_or_else(|what| panic!("{fault:?}, {loss:?}: {what}"));
            }
        }
    }
}

#[test]
fn after_a_failed_sync_nothing_more_is_acknowledged() {
    let disk = SimDisk::new();
    let (store, told) = open(&disk).expect("opens");
    store.append_event(event(1), 1).map_err(|(error, _)| error).expect("is queued");
    assert_eq!(told.recv().expect("is told").1, Ok(()));
    for n in 1..1_000 {
        disk.plant(Fault::FailSync(n));
    }
    store.append_event(event(2), 2).map_err(|(error, _)| error).expect("is queued");
    let (_, outcome) = told.recv().expect("is told");
    assert!(matches!(outcome, Err(AppendError::Poisoned { .. })), "{outcome:?}");
    assert!(matches!(store.append_event(event(3), 3), Err((AppendError::Poisoned { .. }, 3))));
    assert!(store.poison().is_some());
    let first: Vec<_> = store.query_events(Position::ZERO).take(1).collect();
    assert!(first[0].is_ok(), "reads go on");
}

#[test]
fn a_full_disk_refuses_writes_keeps_reads_and_resumes() {
    let disk = SimDisk::new();
    let (store, told) = open(&disk).expect("opens");
    let mut submitted = 0;
    let append = |number: u64| {
        store.append_event(event(number), number).map_err(|(error, _)| error).expect("is queued");
        told.recv().expect("is told").1
    };
    submitted += 1;
    assert_eq!(append(submitted), Ok(()));
    disk.limit(Some(0));
    let refused = loop {
        submitted += 1;
        if let Err(error) = append(submitted) {
            break error;
        }
        assert!(submitted < 1_000, "the disk fills up at last");
    };
    assert_eq!(refused, AppendError::DiskFull);
    assert!(store.is_disk_full());
    assert_eq!(store.query_events(Position::ZERO).filter(Result::is_ok).count() as u64, submitted - 1, "reads go on");
    disk.limit(None);
    // The store leaves a full disk alone for a moment between attempts.
    while append(submitted).is_err() {
        std::thread::yield_now();
    }
    assert!(!store.is_disk_full());
}

/// Whoever numbers entries ahead of the disk asks for this: what is queued behind a refused batch must not be written without it.
#[test]
fn a_full_disk_closes_a_store_that_may_leave_nothing_out() {
    let disk = SimDisk::new();
    let (tell, told) = channel();
    let options = Options { closes_when_full: true, ..options() };
    let sink = move |batch: Batch<u64>| drop(tell.send(batch.outcome));
    let (store, _) = EventStore::open(Arc::new(disk.clone()), options, sink).expect("opens");
    disk.limit(Some(0));
    store.append_event(event(1), 1).map_err(|(error, _)| error).expect("is queued");
    assert!(matches!(told.recv().expect("is told"), Err(AppendError::Poisoned { .. })));
    disk.limit(None);
    assert!(matches!(store.append_event(event(2), 2), Err((AppendError::Poisoned { .. }, 2))));
}
