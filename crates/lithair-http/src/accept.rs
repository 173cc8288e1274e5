//! From the listening socket to the thread that serves the connection.

use std::net::{SocketAddr, TcpListener as StdListener, TcpStream as StdStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::app::App;
use crate::connection;
use crate::gate::Permit;

/// How long nothing is accepted after the kernel refused, for example because there are no more file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a connection above a limit is told.
const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// What an address that may not come is told.
const FORBIDDEN: &[u8] = b"HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// A connection on its way to its thread.
#[derive(Debug)]
pub(crate) struct Arrival {
    stream: StdStream,
    peer: SocketAddr,
    permit: Permit,
}

/// A thread that takes connections.
#[derive(Clone, Debug)]
pub(crate) struct Seat {
    queue: mpsc::UnboundedSender<Arrival>,
    /// Connections that are served or under way.
    taken: Arc<AtomicUsize>,
}

impl Seat {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Arrival>) {
        // Bounded by the limit on connections, which the gate keeps.
        let (queue, arrivals) = mpsc::unbounded_channel();
        (Self { queue, taken: Arc::default() }, arrivals)
    }
}

/// A socket and the threads among which its connections are dealt.
#[derive(Debug)]
pub(crate) struct Dealer {
    listener: StdListener,
    seats: Vec<Seat>,
}

impl Dealer {
    pub(crate) const fn new(listener: StdListener, seats: Vec<Seat>) -> Self {
        Self { listener, seats }
    }
}

/// The life of one thread: deals connections if it has a socket, serves those that come, ends when all are done.
pub(crate) async fn run(
    dealers: Vec<Dealer>,
    mut arrivals: mpsc::UnboundedReceiver<Arrival>,
    app: Arc<App>,
    mut stopped: watch::Receiver<bool>,
) {
    for dealer in dealers {
        tokio::spawn(deal(dealer, Arc::clone(&app), stopped.clone()));
    }
    let mut connections = JoinSet::new();
    let signal = stopped.clone();
    loop {
        tokio::select! {
            () = until_stopped(&mut stopped) => break,
            Some(arrival) = arrivals.recv() => {
                let Ok(stream) = TcpStream::from_std(arrival.stream) else { continue };
                connections.spawn(connection::serve(stream, arrival.peer, arrival.permit, Arc::clone(&app), signal.clone()));
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    let drained = async { while connections.join_next().await.is_some() {} };
    // What is not done by then is dropped with the runtime.
    let _ = tokio::time::timeout(app.config.timeouts.drain, drained).await;
}

/// Waits until the server stops.
pub(crate) async fn until_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the handle is gone, which stops the server too.
    let _ = stopped.wait_for(|stopped| *stopped).await;
}

/// Accepts until the server stops; then the socket closes.
async fn deal(dealer: Dealer, app: Arc<App>, mut stopped: watch::Receiver<bool>) {
    let Ok(listener) = TcpListener::from_std(dealer.listener) else { return };
    loop {
        let accepted = tokio::select! {
            () = until_stopped(&mut stopped) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => admit(stream, peer, &dealer.seats, &app),
            Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
        }
    }
}

fn admit(stream: TcpStream, peer: SocketAddr, seats: &[Seat], app: &Arc<App>) {
    if !app.firewall.check_ip(peer.ip()) {
        app.gate.refuse();
        // Whoever does not take these bytes at once goes without them.
        let _ = stream.try_write(FORBIDDEN);
        return;
    }
    let least = seats.iter().min_by_key(|seat| seat.taken.load(Ordering::Relaxed));
    let seat = least.expect("a dealer has a seat");
    let Some(permit) = app.gate.enter(peer.ip(), &seat.taken) else {
        // Whoever does not take these bytes at once goes without them.
        let _ = stream.try_write(FULL);
        return;
    };
    // Answers are written whole, so there is nothing that waiting for more could join.
    let _ = stream.set_nodelay(true);
    if let Ok(stream) = stream.into_std() {
        // The thread has ended only if the server stops.
        let _ = seat.queue.send(Arrival { stream, peer, permit });
    }
}
