//! Where a client and the provider's side of its request find each other.
//!
//! A client sits on a numbered seat and writes the number into its request's body, in the place of
//! [`MARK`]: whatever Envoy makes of the request, the number comes through to the provider, who
//! finds on that seat what to answer and how far the client has read.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::command::Script;

/// Stands in a request's body for the seat's number.
pub(crate) const MARK: &str = "seat-0000";
const PREFIX: &[u8] = b"seat-";

/// The seats of all clients: four digits.
pub(crate) struct Seats(Vec<Seat>);

/// One client's seat.
#[derive(Default)]
pub(crate) struct Seat {
    script: Mutex<Option<Arc<Script>>>,
    received: AtomicUsize,
    moved: Notify,
}

impl Seats {
    pub(crate) fn new() -> Self {
        Self((0..10_000).map(|_| Seat::default()).collect())
    }

    pub(crate) fn seat(&self, number: usize) -> Option<&Seat> {
        self.0.get(number)
    }

    /// The seat whose number stands in a request.
    pub(crate) fn named_in(&self, request: &[u8]) -> Option<&Seat> {
        let start = memchr::memmem::find(request, PREFIX)? + PREFIX.len();
        let digits = request.get(start..start + MARK.len() - PREFIX.len())?;
        self.seat(std::str::from_utf8(digits).ok()?.parse().ok()?)
    }
}

/// The request as the client on this seat sends it.
pub(crate) fn request(script: &Script, number: usize) -> Vec<u8> {
    script
        .request
        .replacen(MARK, &format!("seat-{number:04}"), 1)
        .into_bytes()
}

impl Seat {
    pub(crate) fn assign(&self, script: &Arc<Script>) {
        *self.script.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(script));
    }

    pub(crate) fn script(&self) -> Option<Arc<Script>> {
        self.script
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// The client is about to send its request.
    pub(crate) fn begin(&self) {
        self.received.store(0, Ordering::Relaxed);
    }

    /// The client has received so many chunks of its answer.
    pub(crate) fn has_received(&self, chunks: usize) {
        self.received.store(chunks, Ordering::Relaxed);
        self.moved.notify_one();
    }

    /// Waits until the client has received so many chunks.
    pub(crate) async fn until_received(&self, chunks: usize) {
        while self.received.load(Ordering::Relaxed) < chunks {
            self.moved.notified().await;
        }
    }
}
