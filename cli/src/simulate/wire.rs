//! A TCP connection that can be dropped from the inside.
//!
//! Hyper ends a connection politely: what it has written leaves, then a FIN. A
//! provider that dies does not. [`Wire`] sits between hyper and the socket; once its
//! [`Cutter`] has been used, it refuses to write another byte and, when hyper drops
//! it, closes the socket with a RST or a bare FIN.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};

use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// How a connection ends when it is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Ending {
    /// `RST`: the peer sees "connection reset".
    #[default]
    Reset,
    /// `FIN`: the peer sees the end of the stream.
    Fin,
}

/// Cuts the connection that a request came on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cutter(Arc<AtomicU8>);

const WHOLE: u8 = 0;
const CUT_WITH_RESET: u8 = 1;
const CUT_WITH_FIN: u8 = 2;

impl Cutter {
    /// From now on nothing is written. The caller then fails its response, so that
    /// hyper drops the connection.
    pub(crate) fn cut(&self, ending: Ending) {
        let state = match ending {
            Ending::Reset => CUT_WITH_RESET,
            Ending::Fin => CUT_WITH_FIN,
        };
        self.0.store(state, Ordering::Release);
    }

    fn state(&self) -> u8 {
        self.0.load(Ordering::Acquire)
    }
}

/// The socket under hyper.
#[derive(Debug)]
pub(crate) struct Wire {
    socket: TcpStream,
    cutter: Cutter,
}

impl Wire {
    pub(crate) fn new(socket: TcpStream, cutter: Cutter) -> Self {
        Self { socket, cutter }
    }

    fn refuse_if_cut(&self) -> io::Result<()> {
        match self.cutter.state() {
            WHOLE => Ok(()),
            _ => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if self.cutter.state() == CUT_WITH_RESET {
            // If this fails the socket is closed already, which is as good.
            let _ = self.socket.set_zero_linger();
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.socket).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.socket).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.refuse_if_cut()?;
        Pin::new(&mut self.socket).poll_shutdown(context)
    }
}
