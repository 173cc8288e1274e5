//! How long requests take, as Prometheus counts it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Upper bounds of the buckets, in microseconds, with their text in seconds.
const BOUNDS: [(u64, &str); 12] = [
    (50, "0.00005"),
    (100, "0.0001"),
    (250, "0.00025"),
    (500, "0.0005"),
    (1_000, "0.001"),
    (2_500, "0.0025"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (250_000, "0.25"),
    (1_000_000, "1"),
    (5_000_000, "5"),
];

/// How long requests take.
#[derive(Debug)]
pub(super) struct Histogram {
    /// Requests by bucket; the last has those above all bounds.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    pub(super) fn new() -> Self {
        Self { buckets: Default::default(), micros: AtomicU64::new(0) }
    }

    pub(super) fn observe(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.iter().position(|&(bound, _)| micros <= bound).unwrap_or(BOUNDS.len());
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Requests observed.
    pub(super) fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }

    pub(super) fn write(&self, name: &str, labels: &str, text: &mut String) {
        let mut sum = 0;
        let bounds = BOUNDS.iter().map(|&(_, bound)| bound).chain(["+Inf"]);
        for (bucket, bound) in self.buckets.iter().zip(bounds) {
            sum += bucket.load(Ordering::Relaxed);
            super::line(text, format_args!("{name}_bucket{{{labels},le=\"{bound}\"}} {sum}"));
        }
        let seconds = Duration::from_micros(self.micros.load(Ordering::Relaxed)).as_secs_f64();
        super::line(text, format_args!("{name}_sum{{{labels}}} {seconds}"));
        super::line(text, format_args!("{name}_count{{{labels}}} {sum}"));
    }
}
