//! What a connection is doing, so that one timer a connection is enough for all of its time limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::Timeouts;

/// Shared by the connection's socket, its requests, and its timer. Times are microseconds since the connection began.
#[derive(Debug)]
pub(crate) struct Activity {
    began: Instant,
    /// Requests that are handled now.
    under_way: AtomicU64,
    /// Of these, those whose answer is being streamed.
    streaming: AtomicU64,
    /// When the last piece of a stream was taken.
    streamed_at: AtomicU64,
    /// Requests that have begun, ever.
    requests: AtomicU64,
    /// When the last request was done; 0 before.
    idle_since: AtomicU64,
    /// When the first byte came since then; 0 if none has.
    byte_at: AtomicU64,
    /// Frames that come between requests are no requests.
    is_http2: AtomicBool,
    /// A request was answered before its body was read.
    has_unread_body: AtomicBool,
}

/// What the timer has to do.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Look again then.
    Wait(Instant),
    /// Nothing has come for the time that is allowed between requests: say goodbye.
    Idle,
    /// The client is too slow with its first byte, with a head, or in taking an answer: hang up.
    TooSlow,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            under_way: AtomicU64::new(0),
            streaming: AtomicU64::new(0),
            streamed_at: AtomicU64::new(0),
            requests: AtomicU64::new(0),
            idle_since: AtomicU64::new(0),
            byte_at: AtomicU64::new(0),
            is_http2: AtomicBool::new(false),
            has_unread_body: AtomicBool::new(false),
        }
    }

    /// Bytes came from the client.
    pub(crate) fn bytes_came(&self) {
        let waits = self.under_way.load(Ordering::Relaxed) == 0 && self.byte_at.load(Ordering::Relaxed) == 0;
        if waits {
            self.byte_at.store(self.now(), Ordering::Relaxed);
        }
    }

    /// A request's head is complete. Returns its number on this connection, from 1.
    pub(crate) fn request_begins(&self, is_http2: bool) -> u64 {
        self.under_way.fetch_add(1, Ordering::Relaxed);
        if is_http2 {
            self.is_http2.store(true, Ordering::Relaxed);
        }
        self.requests.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// A request is answered, or given up by the client.
    pub(crate) fn request_ends(&self) {
        self.byte_at.store(0, Ordering::Relaxed);
        self.idle_since.store(self.now(), Ordering::Relaxed);
        self.under_way.fetch_sub(1, Ordering::Relaxed);
    }

    /// The answer of a request under way is streamed from now on.
    pub(crate) fn stream_begins(&self) {
        self.streamed_at.store(self.now(), Ordering::Relaxed);
        self.streaming.fetch_add(1, Ordering::Relaxed);
    }

    /// The client has room for the next piece of a stream.
    pub(crate) fn stream_goes_on(&self) {
        self.streamed_at.store(self.now(), Ordering::Relaxed);
    }

    /// The last piece of a stream was taken, or the client has gone.
    pub(crate) fn stream_ends(&self) {
        self.streaming.fetch_sub(1, Ordering::Relaxed);
    }

    /// A request is answered of whose body perhaps not all was read.
    pub(crate) fn leaves_body(&self) {
        self.has_unread_body.store(true, Ordering::Relaxed);
    }

    /// Whether bytes may still come that nobody will read.
    pub(crate) fn has_unread_body(&self) -> bool {
        self.has_unread_body.load(Ordering::Relaxed)
    }

    /// Whether no request is handled now.
    pub(crate) fn is_idle(&self) -> bool {
        self.under_way.load(Ordering::Relaxed) == 0
    }

    /// How often to look: no limit that begins in between is then overrun by more than itself.
    pub(crate) fn shortest(timeouts: &Timeouts) -> Duration {
        timeouts.header.min(timeouts.keep_alive).min(timeouts.first_byte).min(timeouts.write)
    }

    pub(crate) fn judge(&self, timeouts: &Timeouts) -> Verdict {
        let shortest = Self::shortest(timeouts);
        if !self.is_idle() {
            return self.judge_streams(timeouts);
        }
        let (idle_since, byte_at) = (self.idle_since.load(Ordering::Relaxed), self.byte_at.load(Ordering::Relaxed));
        let is_first = self.requests.load(Ordering::Relaxed) == 0;
        let counts_bytes = !self.is_http2.load(Ordering::Relaxed);
        let (since, allowed, verdict) = match byte_at {
            0 if is_first => (0, timeouts.first_byte, Verdict::TooSlow),
            at if at > 0 && counts_bytes => (at, timeouts.header, Verdict::TooSlow),
            _ => (idle_since, timeouts.keep_alive, Verdict::Idle),
        };
        let deadline = self.began + Duration::from_micros(since) + allowed;
        let now = Instant::now();
        if deadline <= now {
            return verdict;
        }
        // A shorter limit may begin to count in the meantime.
        Verdict::Wait(deadline.min(now + shortest))
    }

    /// A client that takes nothing of any stream, while nothing else is under way, is not waited for. On HTTP/1.1 the socket
    /// shows the same; on HTTP/2 the client holds a stream back by not asking for more.
    fn judge_streams(&self, timeouts: &Timeouts) -> Verdict {
        let now = Instant::now();
        let only_streams = self.streaming.load(Ordering::Relaxed) == self.under_way.load(Ordering::Relaxed);
        let taken = self.began + Duration::from_micros(self.streamed_at.load(Ordering::Relaxed));
        if only_streams && taken + timeouts.write <= now {
            return Verdict::TooSlow;
        }
        Verdict::Wait(now + Self::shortest(timeouts))
    }

    /// Never 0, which means "not yet".
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX).max(1)
    }
}

/// Counts as a request under way until dropped, also when the client leaves and hyper drops the request.
#[derive(Debug)]
pub(crate) struct UnderWay(Arc<Activity>);

impl UnderWay {
    /// A request that has [begun](Activity::request_begins).
    pub(crate) const fn begun(activity: Arc<Activity>) -> Self {
        Self(activity)
    }

    /// The request while its answer is streamed.
    pub(crate) fn streaming(self) -> Streaming {
        self.0.stream_begins();
        Streaming(self)
    }
}

/// Counts as a request whose answer is streamed until dropped.
#[derive(Debug)]
pub(crate) struct Streaming(UnderWay);

impl Streaming {
    /// The client has room for the next piece.
    pub(crate) fn goes_on(&self) {
        self.0.0.stream_goes_on();
    }
}

impl Drop for Streaming {
    fn drop(&mut self) {
        self.0.0.stream_ends();
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.request_ends();
    }
}
