//! The closed-loop HTTP client: so many connections, one request in flight on each, one thread, epoll.
//!
//! Lean on purpose: it shares the cores with what it measures.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::AnyError;

/// What a round of load saw.
#[derive(Clone, Debug, Default)]
pub(crate) struct Round {
    pub(crate) answers: u64,
    pub(crate) seconds: f64,
    /// Microseconds from request to answer, one an answer.
    pub(crate) latencies_us: Vec<u32>,
    /// Answers of another status than the one expected.
    pub(crate) unexpected: u64,
}

impl Round {
    pub(crate) fn rate(&self) -> f64 {
        self.answers as f64 / self.seconds
    }

    /// The latency that `percent` of the answers did not exceed, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> u32 {
        let mut sorted = self.latencies_us.clone();
        sorted.sort_unstable();
        let at = (sorted.len() * percent / 100).min(sorted.len().saturating_sub(1));
        sorted.get(at).copied().unwrap_or(0)
    }
}

struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
    /// Bytes the answer will have, once its head is read.
    expected: Option<usize>,
    sent_at: Instant,
}

/// Runs a closed loop over `connections` connections for `time`. `request` writes the next request's bytes.
pub(crate) fn run(
    address: SocketAddr,
    connections: usize,
    time: Duration,
    status: u16,
    mut request: impl FnMut(&mut Vec<u8>),
) -> Result<Round, AnyError> {
    let mut poll = Poll::new()?;
    let mut open = Vec::with_capacity(connections);
    let mut bytes = Vec::with_capacity(1024);
    for number in 0..connections {
        let std_stream = std::net::TcpStream::connect(address)?;
        std_stream.set_nodelay(true)?;
        std_stream.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(std_stream);
        poll.registry().register(&mut stream, Token(number), Interest::READABLE)?;
        open.push(Connection {
            stream,
            received: Vec::with_capacity(64 * 1024),
            expected: None,
            sent_at: Instant::now(),
        });
    }
    let begin = Instant::now();
    for connection in &mut open {
        send(connection, &mut bytes, &mut request)?;
    }

    let mut round = Round::default();
    let mut events = Events::with_capacity(connections);
    while begin.elapsed() < time {
        poll.poll(&mut events, Some(Duration::from_millis(100)))?;
        for event in &events {
            let connection = &mut open[event.token().0];
            if let Some(code) = receive(connection)? {
                round.answers += 1;
                round.unexpected += u64::from(code != status);
                let elapsed = connection.sent_at.elapsed().as_micros();
                round.latencies_us.push(u32::try_from(elapsed).unwrap_or(u32::MAX));
                send(connection, &mut bytes, &mut request)?;
            }
        }
    }
    round.seconds = begin.elapsed().as_secs_f64();
    Ok(round)
}

fn send(
    connection: &mut Connection,
    bytes: &mut Vec<u8>,
    request: &mut impl FnMut(&mut Vec<u8>),
) -> Result<(), AnyError> {
    bytes.clear();
    request(bytes);
    connection.sent_at = Instant::now();
    // A request is far smaller than a socket's buffer, and the one before was answered: it goes out whole.
    let written = connection.stream.write(bytes)?;
    if written == bytes.len() { Ok(()) } else { Err("a request did not fit into the socket's buffer".into()) }
}

/// Reads what is there; the status once the answer is whole.
fn receive(connection: &mut Connection) -> Result<Option<u16>, AnyError> {
    let mut chunk = [0_u8; 32 * 1024];
    loop {
        match connection.stream.read(&mut chunk) {
            Ok(0) => return Err("the server closed a connection".into()),
            Ok(count) => {
                connection.received.extend_from_slice(&chunk[..count]);
                if connection.expected.is_none() {
                    connection.expected = answer_bytes(&connection.received)?;
                }
                if connection.expected.is_some_and(|bytes| connection.received.len() >= bytes) {
                    let status = std::str::from_utf8(&connection.received[9..12])?.parse()?;
                    connection.received.clear();
                    connection.expected = None;
                    return Ok(Some(status));
                }
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
}

/// The bytes of the whole answer, once its head is there.
pub(crate) fn answer_bytes(received: &[u8]) -> Result<Option<usize>, AnyError> {
    let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(&received[..end])?;
    for line in head.split("\r\n").skip(1) {
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            return Ok(Some(end + 4 + value.trim().parse::<usize>()?));
        }
    }
    Err("an answer without content-length".into())
}
