//! The socket of a connection, with what hyper leaves to others: slow clients, heads that are no HTTP, and bodies that nobody reads.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf as _, Bytes};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use crate::activity::Activity;
use crate::app::App;
use crate::respond::unparsed;

/// What is not larger leaves in one piece: to copy it costs less than to hand the system several.
const PIECE_BYTES_MAX: usize = 2048;
/// How long what a client still sends is taken and dropped after the last answer.
const LINGER: Duration = Duration::from_secs(2);

/// A socket that notes when bytes come, and fails when the client takes none of what we write for too long.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: TokioIo<TcpStream>,
    activity: Arc<Activity>,
    write_timeout: Duration,
    /// Runs while a write waits.
    stalled: Option<Pin<Box<Sleep>>>,
    /// Runs while the end of what the client sends is waited for.
    lingering: Option<Pin<Box<Sleep>>>,
    app: Arc<App>,
    /// What is still to be written of an answer that takes the place of hyper's.
    instead: Option<Bytes>,
}

impl Socket {
    pub(crate) fn new(stream: TcpStream, activity: Arc<Activity>, app: &Arc<App>) -> Self {
        Self {
            stream: TokioIo::new(stream),
            activity,
            write_timeout: app.config.timeouts.write,
            stalled: None,
            lingering: None,
            app: Arc::clone(app),
            instead: None,
        }
    }

    /// Writes a problem document where hyper answers with nothing but a status: it does so for a head that it cannot parse, and has no
    /// other place to say more. None if these bytes are something else.
    fn poll_bare(&mut self, bytes: &[u8], context: &mut Context<'_>) -> Option<Poll<io::Result<usize>>> {
        if self.instead.is_none() {
            self.instead = Some(unparsed::instead_of(&self.app, bytes)?);
        }
        while let Some(rest) = self.instead.as_mut().filter(|rest| !rest.is_empty()) {
            match Pin::new(&mut self.stream).poll_write(context, rest) {
                Poll::Ready(Ok(written)) => rest.advance(written),
                other => return Some(self.watch(other, context)),
            }
        }
        self.instead = None;
        Some(Poll::Ready(Ok(bytes.len())))
    }

    /// Passes a write's result on; a write that waits longer than allowed fails.
    fn watch<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let deadline = Instant::now() + self.write_timeout;
        let timer = self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
        timer.as_mut().poll(context).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl Socket {
    /// Takes and drops what the client still sends, until it has read our last answer and closes.
    ///
    /// Closing a socket with unread bytes resets the connection, and a client that is still sending then loses the answer
    /// that tells it why to stop (RFC 9112, 9.6).
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let timer = self.lingering.get_or_insert_with(|| Box::pin(tokio::time::sleep(LINGER)));
        if timer.as_mut().poll(context).is_ready() {
            return Poll::Ready(Ok(()));
        }
        let stream = self.stream.inner();
        let mut dropped = [0; 16 * 1024];
        loop {
            ready!(stream.poll_read_ready(context))?;
            match stream.try_read(&mut dropped) {
                Ok(0) => return Poll::Ready(Ok(())),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl Read for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_read(context, buffer);
        if polled.is_ready() {
            self.activity.bytes_came();
        }
        polled
    }
}

impl Write for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if let Some(written) = self.poll_bare(bytes, context) {
            return written;
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(written, context)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.watch(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        ready!(self.watch(shut, context))?;
        if self.activity.has_unread_body() { self.poll_linger(context) } else { Poll::Ready(Ok(())) }
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if let Some(written) = slices.first().and_then(|first| self.poll_bare(first, context)) {
            return written;
        }
        let mut room = [0; PIECE_BYTES_MAX];
        let written = match joined(slices, &mut room) {
            Some(piece) => Pin::new(&mut self.stream).poll_write(context, piece),
            None => Pin::new(&mut self.stream).poll_write_vectored(context, slices),
        };
        self.watch(written, context)
    }
}

/// The slices as one, if there are several and there is room for all.
fn joined<'r>(slices: &[io::IoSlice<'_>], room: &'r mut [u8; PIECE_BYTES_MAX]) -> Option<&'r [u8]> {
    let bytes: usize = slices.iter().map(|slice| slice.len()).sum();
    if slices.len() < 2 || bytes > PIECE_BYTES_MAX {
        return None;
    }
    let mut rest = &mut room[..];
    for slice in slices {
        let (piece, behind) = rest.split_at_mut(slice.len());
        piece.copy_from_slice(slice);
        rest = behind;
    }
    Some(&room[..bytes])
}

#[cfg(test)]
mod tests {
    use std::io::IoSlice;

    use super::*;

    #[test]
    fn what_is_small_leaves_in_one_piece_and_in_order() {
        let check = |slices: &[&[u8]], expected: Option<&[u8]>| {
            let slices: Vec<IoSlice<'_>> = slices.iter().map(|slice| IoSlice::new(slice)).collect();
            assert_eq!(joined(&slices, &mut [0; PIECE_BYTES_MAX]), expected);
        };
        let long = [7; PIECE_BYTES_MAX];
        check(&[], None);
        check(&[b"alone"], None);
        check(&[b"head", b"", b"body"], Some(b"headbody"));
        check(&[&long[1..], b"x"], Some(&[&long[1..], b"x"].concat()));
        check(&[&long, b""], Some(&long));
        check(&[&long, b"x"], None);
    }
}
