//! The event store's append beside the raw loop it is made of: write, fdatasync, on a zero-filled file.
//!
//! Both write the same bytes of events, so many in flight: the raw loop writes them as one block and syncs once; the store queues them,
//! and what is queued while a sync is under way becomes the next batch.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use lithair_store::{Batch, Counters, Event, EventStore, FsMedia, Options};

use super::stats::quartiles;
use crate::AnyError;

const PAYLOAD_BYTES: usize = 256;
/// The raw loop's file is as long as a segment and written round and round.
const FILE_BYTES: u64 = 64 * 1024 * 1024;
const SECTOR: usize = 512;

/// Interleaved rounds at 32 and 128 in flight; prints the table.
pub(crate) fn run(directory: &Path, rounds: usize, time: Duration) -> Result<(), AnyError> {
    let raw = Raw::new(&directory.join("raw"))?;
    println!(
        "| store append | ratio to write + fdatasync | events/s | raw events/s | events a batch | syncs per batch |\n|---|--:|--:|--:|--:|--:|"
    );
    for in_flight in [32, 128] {
        let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut sizes, mut syncs) = (Vec::new(), Vec::new());
        for round in 0..rounds {
            let (rate, counters) = store(&directory.join(format!("append-{in_flight}-{round}")), in_flight, time)?;
            let raw_rate = raw.run(in_flight, time)?;
            ratios.push(rate / raw_rate);
            ours.push(rate);
            theirs.push(raw_rate);
            sizes.push(counters.events as f64 / counters.frames as f64);
            syncs.push(counters.syncs as f64 / counters.frames as f64);
        }
        let ratio = quartiles(&ratios);
        println!(
            "| {in_flight} in flight | **{:.0} %** [{:.0}, {:.0}] | {:.0} | {:.0} | {:.0} | {:.3} |",
            ratio.median * 100.0,
            ratio.first * 100.0,
            ratio.third * 100.0,
            quartiles(&ours).median,
            quartiles(&theirs).median,
            quartiles(&sizes).median,
            quartiles(&syncs).median,
        );
    }
    println!();
    Ok(())
}

/// Events a second through the store, and what it counted.
fn store(folder: &Path, in_flight: usize, time: Duration) -> Result<(f64, Counters), AnyError> {
    let (tell, told) = channel::<usize>();
    let sink = move |batch: Batch<()>| {
        assert!(batch.outcome.is_ok(), "the benchmark's disk works: {:?}", batch.outcome);
        // The loop below may have ended.
        let _ = tell.send(batch.events.len());
    };
    let (store, _) = EventStore::open(Arc::new(FsMedia::open(folder)?), Options::default(), sink)?;
    let append = |number: u64| {
        let event = Event::entry(0, vec![number], vec![7; PAYLOAD_BYTES]);
        store.append_event(event, ()).map_err(|(error, ())| error)
    };
    // Segments grow from small to large; what counts is the steady state.
    let mut number = 0;
    for _ in 0..in_flight {
        number += 1;
        append(number)?;
    }
    let mut done = 0_u64;
    let mut begin = Instant::now();
    let warm_until = begin + time / 5;
    let mut is_warm = false;
    while begin.elapsed() < time || !is_warm {
        if !is_warm && Instant::now() >= warm_until {
            (is_warm, begin, done) = (true, Instant::now(), 0);
        }
        let count = told.recv()?;
        done += count as u64;
        for _ in 0..count {
            number += 1;
            append(number)?;
        }
    }
    let rate = done as f64 / begin.elapsed().as_secs_f64();
    store.close();
    let counters = store.counters();
    drop(store);
    std::fs::remove_dir_all(folder)?;
    Ok((rate, counters))
}

struct Raw {
    file: std::fs::File,
}

impl Raw {
    fn new(path: &Path) -> Result<Self, AnyError> {
        let file = OpenOptions::new().create(true).truncate(true).write(true).open(path)?;
        let zeros = vec![0; 1024 * 1024];
        for at in (0..FILE_BYTES).step_by(zeros.len()) {
            file.write_all_at(&zeros, at)?;
        }
        file.sync_all()?;
        Ok(Self { file })
    }

    /// Events a second, `in_flight` a write.
    fn run(&self, in_flight: usize, time: Duration) -> Result<f64, AnyError> {
        let block = vec![7; (in_flight * PAYLOAD_BYTES).next_multiple_of(SECTOR)];
        let (mut at, mut done) = (0, 0_u64);
        let begin = Instant::now();
        while begin.elapsed() < time {
            if at + block.len() as u64 > FILE_BYTES {
                at = 0;
            }
            self.file.write_all_at(&block, at)?;
            self.file.sync_data()?;
            at += block.len() as u64;
            done += in_flight as u64;
        }
        Ok(done as f64 / begin.elapsed().as_secs_f64())
    }
}
