//! What came in and how it ended: the last [`CAPACITY`] requests, and counters.
//!
//! Tests ask the journal what a gateway really sent, and whether it let go of a
//! provider when its client left. Long bodies are kept as length, hash and
//! beginning, so that a load test does not fill the memory.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::clock;

/// How many requests are kept.
const CAPACITY: usize = 1_000;
/// Bodies up to this size are kept whole.
const WHOLE_BODY: usize = 64 * 1024;
/// What is kept of a longer one.
const BEGINNING: usize = 1024;

#[derive(Debug, Default)]
pub(crate) struct Journal {
    entries: Mutex<VecDeque<Arc<Entry>>>,
    counters: Arc<Counters>,
}

#[derive(Debug, Default)]
struct Counters {
    total: AtomicU64,
    in_flight: AtomicU64,
    disconnects: AtomicU64,
    refused: AtomicU64,
    prompt_tokens: AtomicU64,
    completion_tokens: AtomicU64,
}

#[derive(Debug)]
struct Entry {
    received_ms: u64,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Value,
    status: AtomicU16,
    bytes_sent: AtomicU64,
    events_sent: AtomicU64,
    ended: AtomicBool,
    disconnected: AtomicBool,
    cut: AtomicBool,
}

impl Journal {
    /// Counts a request and writes it down.
    pub(crate) fn open(&self, head: &Parts, body: &Bytes) -> Exchange {
        let entry = Arc::new(Entry::new(head, body));
        let mut entries = self.entries();
        if entries.len() >= CAPACITY {
            entries.pop_front();
        }
        entries.push_back(Arc::clone(&entry));
        drop(entries);
        self.exchange(Some(entry))
    }

    /// Counts a request without writing it down.
    pub(crate) fn count(&self) -> Exchange {
        self.exchange(None)
    }

    pub(crate) fn requests(&self) -> Value {
        self.entries().iter().map(|entry| entry.to_json()).collect()
    }

    pub(crate) fn forget(&self) {
        self.entries().clear();
    }

    pub(crate) fn stats(&self) -> Value {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = &self.counters;
        json!({
            "total": read(&counters.total),
            "in_flight": read(&counters.in_flight),
            "disconnects": read(&counters.disconnects),
            "refused": read(&counters.refused),
            "prompt_tokens": read(&counters.prompt_tokens),
            "completion_tokens": read(&counters.completion_tokens),
        })
    }

    fn exchange(&self, entry: Option<Arc<Entry>>) -> Exchange {
        self.counters.total.fetch_add(1, Ordering::Relaxed);
        self.counters.in_flight.fetch_add(1, Ordering::Relaxed);
        Exchange {
            entry,
            counters: Arc::clone(&self.counters),
            ended: false,
        }
    }

    fn entries(&self) -> MutexGuard<'_, VecDeque<Arc<Entry>>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request on its way. Dropped before it has ended, it counts as a disconnect.
#[derive(Debug)]
pub(crate) struct Exchange {
    entry: Option<Arc<Entry>>,
    counters: Arc<Counters>,
    ended: bool,
}

impl Exchange {
    /// Of a request that is nobody's business, such as one for the journal itself.
    pub(crate) fn unseen() -> Self {
        Journal::default().count()
    }

    pub(crate) fn status(&self, status: u16) {
        if let Some(entry) = &self.entry {
            entry.status.store(status, Ordering::Relaxed);
        }
    }

    pub(crate) fn refused(&self) {
        self.counters.refused.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn tokens(&self, prompt: u64, completion: u64) {
        self.counters
            .prompt_tokens
            .fetch_add(prompt, Ordering::Relaxed);
        self.counters
            .completion_tokens
            .fetch_add(completion, Ordering::Relaxed);
    }

    pub(crate) fn sent(&self, bytes: usize, ends_event: bool) {
        if let Some(entry) = &self.entry {
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            entry.bytes_sent.fetch_add(bytes, Ordering::Relaxed);
            entry
                .events_sent
                .fetch_add(u64::from(ends_event), Ordering::Relaxed);
        }
    }

    /// The answer has left as it was meant to.
    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// The simulator itself has dropped the connection.
    pub(crate) fn cut(&mut self) {
        self.ended = true;
        if let Some(entry) = &self.entry {
            entry.cut.store(true, Ordering::Relaxed);
        }
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.counters.in_flight.fetch_sub(1, Ordering::Relaxed);
        if !self.ended {
            self.counters.disconnects.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(entry) = &self.entry {
            entry.disconnected.store(!self.ended, Ordering::Relaxed);
            entry.ended.store(true, Ordering::Release);
        }
    }
}

impl Entry {
    fn new(head: &Parts, body: &Bytes) -> Self {
        Self {
            received_ms: clock::unix_millis(),
            method: head.method.to_string(),
            path: head.uri.to_string(),
            headers: header_list(&head.headers),
            body: body_record(body),
            status: AtomicU16::new(0),
            bytes_sent: AtomicU64::new(0),
            events_sent: AtomicU64::new(0),
            ended: AtomicBool::new(false),
            disconnected: AtomicBool::new(false),
            cut: AtomicBool::new(false),
        }
    }

    fn to_json(&self) -> Value {
        let ended = self.ended.load(Ordering::Acquire);
        json!({
            "received_ms": self.received_ms,
            "method": self.method,
            "path": self.path,
            "headers": self.headers,
            "body": self.body,
            "status": self.status.load(Ordering::Relaxed),
            "ended": ended,
            "disconnected": self.disconnected.load(Ordering::Relaxed),
            "cut": self.cut.load(Ordering::Relaxed),
            "bytes_sent": self.bytes_sent.load(Ordering::Relaxed),
            "events_sent": self.events_sent.load(Ordering::Relaxed),
        })
    }
}

/// In the order of the wire; bytes that are not UTF-8 are shown as Latin-1.
fn header_list(headers: &HeaderMap) -> Vec<(String, String)> {
    headers
        .iter()
        .map(|(name, value)| {
            let text = std::str::from_utf8(value.as_bytes()).map_or_else(
                |_| {
                    value
                        .as_bytes()
                        .iter()
                        .map(|&byte| char::from(byte))
                        .collect()
                },
                str::to_owned,
            );
            (name.as_str().to_owned(), text)
        })
        .collect()
}

fn body_record(body: &Bytes) -> Value {
    if body.len() > WHOLE_BODY {
        let sha256: String = Sha256::digest(body)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let beginning = String::from_utf8_lossy(body.get(..BEGINNING).unwrap_or_default());
        return json!({"length": body.len(), "sha256": sha256, "beginning": beginning});
    }
    match std::str::from_utf8(body) {
        Ok(text) => json!({"length": body.len(), "text": text}),
        Err(_) => json!({"length": body.len(), "base64": STANDARD.encode(body)}),
    }
}
