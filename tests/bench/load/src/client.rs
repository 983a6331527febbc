//! One client: a connection to Envoy that is kept, and the requests on it.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;

use crate::message::Message;
use crate::seats::Seat;

/// A connection to Envoy.
pub(crate) struct Client {
    socket: TcpStream,
    answer: Message,
}

/// What one client received.
#[derive(Debug, Default)]
pub(crate) struct Received {
    pub(crate) answered: usize,
    pub(crate) chunks: usize,
    pub(crate) micros: Vec<u64>,
    pub(crate) first: Option<String>,
    /// What went wrong; the client has stopped then.
    pub(crate) failure: Option<String>,
}

/// Where clients wait after their first chunk.
pub(crate) struct Gate {
    /// Gets a permit for each client that waits.
    pub(crate) arrived: Semaphore,
    pub(crate) open: watch::Sender<bool>,
}

impl Client {
    pub(crate) async fn connect(port: u16) -> io::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port)).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            answer: Message::default(),
        })
    }

    /// Sends the request again and again while `left` is not used up.
    pub(crate) async fn play(
        &mut self,
        request: &[u8],
        left: &AtomicUsize,
        seat: &Seat,
    ) -> Received {
        let mut received = Received::default();
        while received.failure.is_none() && take_one(left) {
            let start = Instant::now();
            let end = self.exchange(request, seat, None).await;
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            received.micros.push(micros);
            self.note(end, &mut received);
        }
        received
    }

    /// Sends the request once and waits at the gate after the first chunk.
    pub(crate) async fn hold(&mut self, request: &[u8], seat: &Seat, gate: &Gate) -> Received {
        let mut received = Received::default();
        let end = self.exchange(request, seat, Some(gate)).await;
        self.note(end, &mut received);
        received
    }

    async fn exchange(
        &mut self,
        request: &[u8],
        seat: &Seat,
        mut gate: Option<&Gate>,
    ) -> io::Result<()> {
        self.answer.clear();
        seat.begin();
        self.socket.write_all(request).await?;
        while !self.answer.is_complete() {
            if self.answer.chunks > 0 {
                wait_at(gate.take()).await;
                seat.has_received(self.answer.chunks);
            }
            if self.socket.read_buf(&mut self.answer.bytes).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn note(&self, end: io::Result<()>, received: &mut Received) {
        let text = || String::from_utf8_lossy(&self.answer.bytes).into_owned();
        match end {
            Ok(()) if self.answer.is_ok() => {
                received.answered += 1;
                received.chunks += self.answer.chunks;
                received.first.get_or_insert_with(text);
            }
            Ok(()) => received.failure = Some(text()),
            Err(error) => received.failure = Some(format!("{error}, after: {}", text())),
        }
    }
}

fn take_one(left: &AtomicUsize) -> bool {
    left.try_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1))
        .is_ok()
}

async fn wait_at(gate: Option<&Gate>) {
    if let Some(gate) = gate {
        gate.arrived.add_permits(1);
        // It fails where nobody is left to open the gate; there is nothing to wait for then.
        let _ = gate.open.subscribe().wait_for(|open| *open).await;
    }
}
