//! What the log promises beyond OpenRaft's suite: what survives reopening, crashes and lies of the disk.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::channel;

use bytes::Bytes;
use openraft::EntryPayload;
use openraft::storage::{IOFlushed, RaftLogReader as _, RaftLogStorage as _};
use openraft::type_config::TypeConfigExt as _;
use openraft::vote::RaftLeaderId as _;

use lithair_model::Position;
use lithair_sim::{Fault, Loss, SimDisk};
use lithair_store::{Event, EventStore, MemoryMedia, Options, SharedMedia};

use crate::codec::log_id;
use crate::{Command, Entry, Form, LeaderId, Membership, Node, RaftLog, RaftLogOptions, TypeConfig, Vote, form_of};

/// Small segments, so that the tests cross their ends.
pub(super) fn options() -> RaftLogOptions {
    let store = Options { segment_bytes_min: 8 * 1024, segment_bytes_max: 16 * 1024, ..Options::default() };
    RaftLogOptions { store, ..RaftLogOptions::default() }
}

pub(super) fn open(media: impl Into<Folder>) -> RaftLog {
    open_with(media, options())
}

fn open_with(media: impl Into<Folder>, options: RaftLogOptions) -> RaftLog {
    RaftLog::open(media.into().0, options).expect("the log opens")
}

pub(super) struct Folder(SharedMedia);

impl From<&MemoryMedia> for Folder {
    fn from(media: &MemoryMedia) -> Self {
        Self(Arc::new(media.clone()))
    }
}

impl From<&SimDisk> for Folder {
    fn from(disk: &SimDisk) -> Self {
        Self(Arc::new(disk.clone()))
    }
}

pub(super) fn run<T>(test: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(test)
}

/// The bytes of a lithair entry as far as consensus looks: a CBOR map.
fn entry(term: u64, index: u64) -> Entry {
    let mut bytes = vec![0xa1];
    bytes.resize(1 + usize::try_from(index * 97 % 700).expect("small"), u8::try_from(index % 251).expect("small"));
    let command = Command { at_micros: 7, aggregates: [index, term].into(), bytes: Bytes::from(bytes) };
    Entry { log_id: log_id(term, index), payload: EntryPayload::Normal(command) }
}

pub(super) fn entries(term: u64, indexes: std::ops::Range<u64>) -> Vec<Entry> {
    indexes.map(|index| entry(term, index)).collect()
}

pub(super) fn vote(term: u64, node: u64) -> Vote {
    Vote { leader_id: LeaderId::new(term, node), committed: false }
}

/// Appends and waits for the callback.
pub(super) async fn append(log: &mut RaftLog, entries: Vec<Entry>) -> io::Result<()> {
    let (sender, durable) = TypeConfig::oneshot();
    log.append(entries, IOFlushed::signal(sender)).await?;
    durable.await.map_err(io::Error::other)?
}

async fn read_all(log: &mut RaftLog) -> Vec<Entry> {
    log.try_get_log_entries(..).await.expect("the log is read")
}

#[test]
fn reopening_keeps_vote_entries_commit_purge_and_truncation() {
    for tail_bytes_max in [0, 2_000, usize::MAX] {
        let media = MemoryMedia::new();
        let options = || RaftLogOptions { tail_bytes_max, ..options() };
        run(async {
            let mut log = open_with(&media, options());
            log.save_vote(&vote(3, 9)).await.expect("saved");
            append(&mut log, entries(1, 0..200)).await.expect("durable");
            log.truncate_after(Some(log_id(1, 149))).await.expect("truncated");
            log.save_committed(Some(log_id(1, 140))).await.expect("noted");
            append(&mut log, entries(3, 150..170)).await.expect("durable");
            log.purge(log_id(1, 99)).await.expect("purged");
            log.close();
        });
        for _ in 0..2 {
            run(async {
                let mut log = open_with(&media, options());
                let wanted: Vec<Entry> = entries(1, 100..150).into_iter().chain(entries(3, 150..170)).collect();
                assert_eq!(read_all(&mut log).await, wanted);
                assert_eq!(log.read_vote().await.expect("read"), Some(vote(3, 9)));
                assert_eq!(log.read_committed().await.expect("read"), Some(log_id(1, 140)));
                let state = log.get_log_state().await.expect("read");
                assert_eq!(state.last_purged_log_id, Some(log_id(1, 99)));
                assert_eq!(state.last_log_id, Some(log_id(3, 169)));
            });
        }
    }
}

#[test]
fn a_membership_is_read_back_as_it_was() {
    let media = MemoryMedia::new();
    let node = |id: u64| (id, Node::new(format!("node-{id}.example:7000")));
    let configs = vec![BTreeSet::from([1, 2, 3]), BTreeSet::from([2, 3, 4])];
    let nodes: std::collections::BTreeMap<u64, Node> = (1..=5).map(node).collect();
    let membership = Membership::new(configs, nodes).expect("valid");
    let wanted = vec![
        Entry { log_id: log_id(0, 0), payload: EntryPayload::Membership(membership) },
        Entry { log_id: log_id(1, 1), payload: EntryPayload::Blank },
    ];
    run(async {
        let mut log = open(&media);
        append(&mut log, wanted.clone()).await.expect("durable");
        drop(log);
        assert_eq!(read_all(&mut open(&media)).await, wanted);
    });
}

#[test]
fn a_snapshot_ahead_of_the_log_leaves_a_gap_and_the_log_goes_on_behind_it() {
    let media = MemoryMedia::new();
    run(async {
        let mut log = open(&media);
        append(&mut log, entries(1, 0..10)).await.expect("durable");
        log.purge(log_id(4, 49)).await.expect("purged");
        append(&mut log, entries(4, 50..60)).await.expect("durable");
        drop(log);
        let mut log = open(&media);
        assert_eq!(read_all(&mut log).await, entries(4, 50..60));
        drop(log);
        let mut log = open(&media);
        log.purge(log_id(5, 99)).await.expect("purged");
        log.close();
        drop(log);
        let mut log = open(&media);
        assert_eq!(read_all(&mut log).await, []);
        assert_eq!(log.get_log_state().await.expect("read").last_log_id, Some(log_id(5, 99)));
        append(&mut log, entries(5, 100..101)).await.expect("durable");
    });
}

#[test]
fn a_message_holds_what_fits_and_at_least_one_entry() {
    for tail_bytes_max in [0, 10_000, usize::MAX] {
        run(async {
            let options = RaftLogOptions { tail_bytes_max, payload_bytes_max: 5_000, ..options() };
            let mut log = open_with(&MemoryMedia::new(), options);
            append(&mut log, entries(1, 0..100)).await.expect("durable");
            let mut next = 0;
            while next < 100 {
                let taken = log.limited_get_log_entries(next, 100).await.expect("read");
                let bytes: usize = taken.iter().map(crate::codec::entry_bytes).sum();
                assert!(!taken.is_empty() && bytes <= 5_000, "{} entries of {bytes} bytes", taken.len());
                let last = next + taken.len() as u64;
                assert_eq!(taken, entries(1, next..last));
                next = last;
            }
        });
    }
}

#[test]
fn a_full_queue_makes_the_caller_wait() {
    let mut options = options();
    options.store.queue_bytes_max = 1_000;
    run(async {
        let mut log = open_with(&MemoryMedia::new(), options);
        for index in 0..200 {
            log.append([entry(1, index)], IOFlushed::noop()).await.expect("waits rather than fails");
        }
        append(&mut log, entries(1, 200..201)).await.expect("durable");
        assert_eq!(read_all(&mut log).await, entries(1, 0..201));
    });
}

#[test]
fn a_purge_deletes_no_history() {
    let media = MemoryMedia::new();
    run(async {
        let mut log = open(&media);
        append(&mut log, entries(1, 0..100)).await.expect("durable");
        log.purge(log_id(1, 79)).await.expect("purged");
        append(&mut log, entries(1, 100..101)).await.expect("durable");
        assert_eq!(read_all(&mut log).await.len(), 21);
        drop(log);
        let log = open(&media);
        let history: Vec<Event> = log.query_events(Position::ZERO).map(|event| event.expect("is read")).collect();
        assert_eq!(history.len(), 101);
        for (index, event) in (0..).zip(&history) {
            let EntryPayload::Normal(command) = entry(1, index).payload else { unreachable!("they are commands") };
            assert_eq!(form_of(event), Some(Form::Command(&command.bytes)));
        }
        let touched = log.store().load_aggregate(50).expect("is read");
        assert_eq!(touched.iter().map(|event| event.position.get()).collect::<Vec<_>>(), [51]);
    });
}

#[test]
fn a_log_written_alone_is_a_log_of_consensus_of_term_0() {
    let media = MemoryMedia::new();
    let (tell, told) = channel();
    let sink = move |batch: lithair_store::Batch<()>| drop(tell.send(batch.outcome));
    let (store, _) = EventStore::open(Arc::new(media.clone()), options().store, sink).expect("opens");
    store.append_event(Event::entry(7, vec![0, 0], vec![0xa1]), ()).map_err(|(error, ())| error).expect("is queued");
    told.recv().expect("is told").expect("is durable");
    drop(store);
    run(async {
        let mut log = open(&media);
        assert_eq!(read_all(&mut log).await, entries(0, 0..1));
        assert_eq!(log.get_log_state().await.expect("read").last_log_id, Some(log_id(0, 0)));
    });
}

#[test]
fn what_would_harm_the_log_is_refused() {
    run(async {
        let mut log = open(&MemoryMedia::new());
        append(&mut log, entries(1, 0..3)).await.expect("durable");
        let gap = append(&mut log, entries(1, 4..5)).await.expect_err("a hole");
        assert_eq!(gap.kind(), io::ErrorKind::InvalidInput);
        let command = Command { at_micros: 0, aggregates: [].into(), bytes: Bytes::from_static(&[0x10]) };
        let stranger = Entry { log_id: log_id(1, 3), payload: EntryPayload::Normal(command) };
        let refused = append(&mut log, vec![stranger]).await.expect_err("it would be read as a blank entry");
        assert_eq!(refused.kind(), io::ErrorKind::InvalidInput);
        append(&mut log, entries(1, 3..5)).await.expect("nothing of them was queued");
    });
}

/// What a run was told, and what it asked for.
#[derive(Default)]
struct Told {
    vote: Option<Vote>,
    asked_vote: Option<Vote>,
    /// The log as it was acknowledged last.
    acknowledged: Vec<Entry>,
    /// The log after each step that was asked for since then; any of them may be found.
    possible: Vec<Vec<Entry>>,
}

/// Votes, appends and truncates until the disk fails.
async fn write(log: &mut RaftLog, told: &mut Told) -> io::Result<()> {
    let mut current: Vec<Entry> = Vec::new();
    told.possible.push(Vec::new());
    for term in 1..=6 {
        told.asked_vote = Some(vote(term, 1));
        log.save_vote(&vote(term, 1)).await?;
        told.vote = told.asked_vote;
        if current.len() > 4 {
            current.truncate(current.len() - 3);
            log.truncate_after(current.last().map(|entry| entry.log_id)).await?;
            told.possible.push(current.clone());
        }
        for _ in 0..4 {
            let next = current.len() as u64;
            let new = entries(term, next..next + 1 + term % 3);
            for entry in &new {
                current.push(entry.clone());
                told.possible.push(current.clone());
            }
            append(log, new).await?;
            told.acknowledged = current.clone();
            told.possible = vec![current.clone()];
        }
    }
    Ok(())
}

fn write_on(disk: &SimDisk) -> Told {
    let mut told = Told::default();
    if let Ok(mut log) = RaftLog::open(Arc::new(disk.clone()), options()) {
        // The power going off is what is tested.
        let _ = run(write(&mut log, &mut told));
    }
    told
}

/// Whether the log found after a crash is one that `told` allows.
fn check(disk: &SimDisk, told: &Told) -> Result<(), String> {
    let mut log = RaftLog::open(Arc::new(disk.clone()), options()).map_err(|error| error.to_string())?;
    run(async {
        let vote = log.read_vote().await.map_err(|error| error.to_string())?;
        if vote != told.vote && vote != told.asked_vote {
            return Err(format!("the vote is {vote:?}; acknowledged was {:?}", told.vote));
        }
        let found = log.try_get_log_entries(..).await.map_err(|error| error.to_string())?;
        let is_possible = told.possible.contains(&found) || (told.possible.is_empty() && found.is_empty());
        if is_possible {
            Ok(())
        } else {
            Err(format!("{} entries; acknowledged were {}", found.len(), told.acknowledged.len()))
        }
    })
}

#[test]
fn a_crash_loses_only_what_was_not_acknowledged() {
    let whole = SimDisk::new();
    write_on(&whole);
    let operations = whole.operations();
    assert!(operations > 60, "there are places for a crash: {operations}");
    for stop in 0..=operations {
        let disk = SimDisk::new();
        disk.power_off_after(stop);
        let told = write_on(&disk);
        for loss in [Loss::Everything, Loss::Nothing, Loss::Some(stop)] {
            check(&disk.after_crash(loss), &told).unwrap_or_else(|what| panic!("off after {stop}, {loss:?}: {what}"));
        }
    }
}

/// The check above finds a log that acknowledges before its sync: a disk whose syncs do nothing makes one of ours.
#[test]
fn an_entry_acknowledged_before_its_sync_is_caught() {
    let disk = SimDisk::new();
    drop(open(&disk));
    disk.plant(Fault::LyingSync);
    let told = write_on(&disk);
    assert!(!told.acknowledged.is_empty(), "the lie is believed");
    check(&disk.after_crash(Loss::Everything), &told).expect_err("acknowledged entries are gone");
}

/// The vote that is found after a crash right behind acknowledging the second of two.
fn vote_after_crash(fault: Option<Fault>) -> Option<Vote> {
    let disk = SimDisk::new();
    run(async {
        let mut log = open(&disk);
        log.save_vote(&vote(1, 1)).await.expect("saved");
        fault.into_iter().for_each(|fault| disk.plant(fault));
        log.save_vote(&vote(2, 2)).await.expect("saved");
        // The picture is taken before the log is closed: closing syncs, too.
        open(&disk.after_crash(Loss::Everything)).read_vote().await.expect("read")
    })
}

#[test]
fn a_vote_is_durable_before_it_is_acknowledged() {
    assert_eq!(vote_after_crash(None), Some(vote(2, 2)));
}

#[test]
fn a_vote_acknowledged_before_its_sync_is_caught() {
    assert_eq!(vote_after_crash(Some(Fault::LyingSync)), Some(vote(1, 1)));
}

#[test]
fn after_a_failed_sync_nothing_is_acknowledged() {
    let disk = SimDisk::new();
    run(async {
        let mut log = open(&disk);
        append(&mut log, entries(1, 0..1)).await.expect("durable");
        (1..1_000).for_each(|sync| disk.plant(Fault::FailSync(sync)));
        append(&mut log, entries(1, 1..2)).await.expect_err("the sync failed");
        append(&mut log, entries(1, 2..3)).await.expect_err("the log is closed");
        log.save_vote(&vote(2, 1)).await.expect_err("the log is closed");
        assert_eq!(log.read_vote().await.expect("read"), None);
    });
}

/// A commit hint costs no sync: it waits for the next batch.
#[test]
fn a_commit_hint_costs_no_sync_and_comes_with_the_next_batch() {
    let media = MemoryMedia::new();
    run(async {
        let mut log = open(&media);
        append(&mut log, entries(1, 0..2)).await.expect("durable");
        let before = log.store().counters();
        log.save_committed(Some(log_id(1, 1))).await.expect("noted");
        assert_eq!(log.read_committed().await.expect("read"), Some(log_id(1, 1)));
        append(&mut log, entries(1, 2..3)).await.expect("durable");
        let after = log.store().counters();
        assert_eq!((after.syncs - before.syncs, after.events - before.events), (1, 2));
        let crashed = open(&media.copy());
        assert_eq!(crashed.clone().read_committed().await.expect("read"), Some(log_id(1, 1)));
    });
}
