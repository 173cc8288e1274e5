//! A disk that can be stopped in the middle of a sync, and what must not have been acknowledged by then.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use futures_util::FutureExt as _;
use openraft::storage::{IOFlushed, RaftLogReader as _, RaftLogStorage as _};
use openraft::type_config::TypeConfigExt as _;
use parking_lot::Mutex;

use lithair_sim::{Loss, SimDisk};
use lithair_store::{Media, MediaFile};

use super::log::{append, entries, open, options, run, vote};
use crate::{RaftLog, TypeConfig};

/// A disk whose syncs of files that were opened (not made: those are the housekeeper's) wait while the gate is closed.
#[derive(Clone, Debug)]
struct Gate {
    disk: SimDisk,
    is_closed: Arc<AtomicBool>,
    entered: Sender<()>,
    release: Arc<Mutex<Receiver<()>>>,
}

#[derive(Debug)]
struct GatedFile {
    file: Box<dyn MediaFile>,
    gate: Gate,
}

/// A log on a gated disk with one entry, the gate closed; and how to see a sync begin and let it go on.
async fn stopped() -> (RaftLog, SimDisk, Receiver<()>, Sender<()>) {
    let (entered, has_entered) = channel();
    let (go, release) = channel();
    let disk = SimDisk::new();
    let gate = Gate { disk: disk.clone(), is_closed: Arc::default(), entered, release: Arc::new(Mutex::new(release)) };
    let is_closed = Arc::clone(&gate.is_closed);
    let mut log = RaftLog::open(Arc::new(gate), options()).expect("the log opens");
    append(&mut log, entries(1, 0..1)).await.expect("durable");
    is_closed.store(true, Ordering::SeqCst);
    (log, disk, has_entered, go)
}

#[test]
fn a_vote_is_not_saved_before_its_sync_has_ended() {
    run(async {
        let (mut log, disk, has_entered, go) = stopped().await;
        let mut reader = log.clone();
        let wanted = vote(2, 2);
        let mut saved = Box::pin(log.save_vote(&wanted));
        assert!(saved.as_mut().now_or_never().is_none(), "nothing is written yet");
        has_entered.recv().expect("the flusher syncs");
        assert!(saved.as_mut().now_or_never().is_none(), "the sync has not ended");
        assert_eq!(reader.read_vote().await.expect("read"), None);
        let mut found = open(&disk.after_crash(Loss::Everything));
        assert_eq!(found.read_vote().await.expect("read"), None, "so a crash may take it back");
        go.send(()).expect("the flusher waits");
        saved.await.expect("saved");
        let mut found = open(&disk.after_crash(Loss::Everything));
        assert_eq!(found.read_vote().await.expect("read"), Some(wanted));
        drop(go);
    });
}

#[test]
fn an_entry_is_read_at_once_and_acknowledged_when_its_sync_has_ended() {
    run(async {
        let (mut log, disk, has_entered, go) = stopped().await;
        let (sender, mut durable) = TypeConfig::oneshot();
        log.append(entries(1, 1..3), IOFlushed::signal(sender)).await.expect("queued");
        assert_eq!(log.try_get_log_entries(..).await.expect("read"), entries(1, 0..3));
        has_entered.recv().expect("the flusher syncs");
        assert!((&mut durable).now_or_never().is_none(), "the sync has not ended");
        let mut found = open(&disk.after_crash(Loss::Everything));
        assert_eq!(
            found.try_get_log_entries(..).await.expect("read"),
            entries(1, 0..1),
            "so a crash may take them back"
        );
        go.send(()).expect("the flusher waits");
        durable.await.expect("told").expect("durable");
        let mut found = open(&disk.after_crash(Loss::Everything));
        assert_eq!(found.try_get_log_entries(..).await.expect("read"), entries(1, 0..3));
        drop(go);
    });
}

/// While a truncation waits for the disk, readers see the new log, never the old entries that are still on the disk.
#[test]
fn a_reader_never_sees_what_a_waiting_truncation_takes_back() {
    run(async {
        let (mut log, _, has_entered, go) = stopped().await;
        log.append(entries(1, 1..9), IOFlushed::noop()).await.expect("queued");
        log.truncate_after(Some(entries(1, 4..5)[0].log_id)).await.expect("queued");
        log.append(entries(2, 5..7), IOFlushed::noop()).await.expect("queued");
        has_entered.recv().expect("the flusher syncs");
        let wanted: Vec<_> = entries(1, 0..5).into_iter().chain(entries(2, 5..7)).collect();
        assert_eq!(log.try_get_log_entries(..).await.expect("read"), wanted);
        drop(go);
        append(&mut log, entries(2, 7..8)).await.expect("durable");
        assert_eq!(log.try_get_log_entries(5..).await.expect("read"), entries(2, 5..8));
    });
}

impl Media for Gate {
    fn open(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        Ok(Box::new(GatedFile { file: self.disk.open(name)?, gate: self.clone() }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        self.disk.create(name)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.disk.remove(name)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        self.disk.list()
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.disk.sync_directory()
    }

    fn lock(&self) -> io::Result<Box<dyn Send + Sync>> {
        self.disk.lock()
    }

    fn place(&self) -> String {
        self.disk.place()
    }
}

impl MediaFile for GatedFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn sync(&self) -> io::Result<()> {
        if self.gate.is_closed.load(Ordering::SeqCst) {
            // A test that has seen enough listens no more, and lets everything pass.
            let _ = self.gate.entered.send(());
            let _ = self.gate.release.lock().recv();
        }
        self.file.sync()
    }
}
