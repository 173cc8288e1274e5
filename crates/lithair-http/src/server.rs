//! The server: its address, its threads, and how it stops.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use lithair_model::Backend;
use socket2::{Domain, Protocol, Socket, Type};
use thiserror::Error;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};

use crate::accept::{self, Dealer, Seat};
use crate::app::App;
use crate::{Dealing, HttpConfig, Reactors, service};

/// Connections that wait in the kernel to be accepted.
const BACKLOG: i32 = 1024;

/// The HTTP server.
#[derive(Debug)]
pub struct Server;

/// A running server. Stops when dropped.
#[derive(Debug)]
pub struct Handle {
    addr: SocketAddr,
    app: Arc<App>,
    stop: watch::Sender<bool>,
    threads: Vec<JoinHandle<()>>,
}

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum BindError {
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}")]
    Address {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The threads cannot be started.
    #[error("cannot start the threads of the server")]
    Threads(#[source] io::Error),
}

/// An address that is ours and that nobody is served at yet: whoever connects is refused.
#[derive(Debug)]
pub struct Reserved {
    addr: SocketAddr,
    sockets: Vec<Socket>,
}

impl Server {
    /// Takes an address, so that a start that would fail for it fails before it has done anything else.
    ///
    /// # Errors
    /// The address cannot be had.
    pub fn reserve(config: &HttpConfig) -> Result<Reserved, BindError> {
        reserve(config)
    }

    /// Listens and serves, on threads of its own. When it returns, connections are accepted.
    ///
    /// # Errors
    /// The address cannot be listened on, or the threads cannot be started; then nothing runs.
    pub fn bind(config: HttpConfig, backend: Arc<dyn Backend>) -> Result<Handle, BindError> {
        let reserved = reserve(&config)?;
        Self::serve(reserved, config, backend)
    }

    /// The same at an address that was taken before, with the same configuration.
    ///
    /// # Errors
    /// Another program took the address in the meantime, or the threads cannot be started; then nothing runs.
    pub fn serve(reserved: Reserved, config: HttpConfig, backend: Arc<dyn Backend>) -> Result<Handle, BindError> {
        let (stop, stopped) = watch::channel(false);
        let addr = reserved.addr;
        let listeners = listen(reserved)?;
        let app = Arc::new(App::new(config, backend));
        service::surround(&app);
        let threads = match app.config.reactors {
            Reactors::PerThread(count) => start_reactors(count.max(1), listeners, &app, &stopped),
            Reactors::Shared(count) => start_shared(count.max(1), listeners, &app, &stopped),
        };
        Ok(Handle { addr, app, stop, threads: threads.map_err(BindError::Threads)? })
    }
}

impl Handle {
    /// Where the server listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Stops: accepts nothing more, finishes what is under way (for [`crate::Timeouts::drain`] at most), and returns when
    /// all threads have ended. Blocks; not to be called on a thread of an async runtime.
    pub fn stop(mut self) {
        self.shut_down();
    }

    /// From now on `/health/ready` says 503, so that a load balancer sends nobody new; everything else goes on.
    pub fn begin_drain(&self) {
        self.app.begin_drain();
    }

    fn shut_down(&mut self) {
        self.app.begin_drain();
        self.stop.send_replace(true);
        for thread in self.threads.drain(..) {
            // A reactor catches the panics of requests; whoever stops the server cannot mend another one.
            let _ = thread.join();
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shut_down();
    }
}

fn start_reactors(
    count: usize,
    listeners: Vec<TcpListener>,
    app: &Arc<App>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let (seats, queues): (Vec<_>, Vec<_>) = (0..count).map(|_| Seat::new()).unzip();
    let mut listeners = listeners.into_iter();
    let mut threads = Vec::with_capacity(count);
    for (number, queue) in queues.into_iter().enumerate() {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let dealer = listeners.next().map(|listener| match app.config.dealing {
            Dealing::RoundRobin => Dealer::new(listener, seats.clone()),
            Dealing::ReusePort => Dealer::new(listener, vec![seats[number].clone()]),
        });
        threads.push(start_thread(number, runtime, dealer.into_iter().collect(), queue, app, stopped)?);
    }
    Ok(threads)
}

fn start_shared(
    count: usize,
    listeners: Vec<TcpListener>,
    app: &Arc<App>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<Vec<JoinHandle<()>>> {
    let runtime = Builder::new_multi_thread().worker_threads(count).thread_name("http").enable_all().build()?;
    let (seat, queue) = Seat::new();
    let dealers = listeners.into_iter().map(|listener| Dealer::new(listener, vec![seat.clone()])).collect();
    Ok(vec![start_thread(0, runtime, dealers, queue, app, stopped)?])
}

fn start_thread(
    number: usize,
    runtime: Runtime,
    dealers: Vec<Dealer>,
    queue: mpsc::UnboundedReceiver<accept::Arrival>,
    app: &Arc<App>,
    stopped: &watch::Receiver<bool>,
) -> io::Result<JoinHandle<()>> {
    let (app, stopped) = (Arc::clone(app), stopped.clone());
    let thread = std::thread::Builder::new().name(format!("http-{number}"));
    thread.spawn(move || runtime.block_on(accept::run(dealers, queue, app, stopped)))
}

/// The sockets: one, or one a thread.
fn reserve(config: &HttpConfig) -> Result<Reserved, BindError> {
    let count = match (config.reactors, config.dealing) {
        (Reactors::PerThread(count), Dealing::ReusePort) => count.max(1),
        _ => 1,
    };
    let shares = count > 1;
    let refused = |addr| move |source| BindError::Address { addr, source };
    let first = socket(config.addr, shares).map_err(refused(config.addr))?;
    let addr = first.local_addr().map_err(refused(config.addr))?;
    // A socket of the internet has such an address.
    let addr = addr.as_socket().unwrap_or(config.addr);
    let others = (1..count).map(|_| socket(addr, true).map_err(refused(addr)));
    let sockets = std::iter::once(Ok(first)).chain(others).collect::<Result<_, _>>()?;
    Ok(Reserved { addr, sockets })
}

fn listen(reserved: Reserved) -> Result<Vec<TcpListener>, BindError> {
    let Reserved { addr, sockets } = reserved;
    let listening = |socket: Socket| {
        socket.listen(BACKLOG).map_err(|source| BindError::Address { addr, source })?;
        Ok(socket.into())
    };
    sockets.into_iter().map(listening).collect()
}

fn socket(addr: SocketAddr, shares: bool) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    // A port whose last connections are still closing may be taken again at once.
    socket.set_reuse_address(true)?;
    if shares {
        socket.set_reuse_port(true)?;
    }
    socket.set_nonblocking(true)?;
    socket.bind(&addr.into())?;
    Ok(socket)
}
