//! What processes know of targets, for all of them.
//!
//! A process, which is an Envoy with all its workers, tells what it knows first-hand, several times a
//! second, and is answered with what all others know: never with its own report, whichever way that
//! has come back. Reports are kept in memory by their tellers, with the time at which they came; what
//! is told of them has become that much older. One that is not renewed is forgotten after
//! [`FORGOTTEN_AFTER`](tidegate::routing::board::report::FORGOTTEN_AFTER).
//!
//! Sidecars that share a Redis leave reports there for each other. No answer waits for it: a Redis that
//! is away only means that a sidecar's own processes learn of each other alone.

mod book;
mod http;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tidegate::routing::board::report::{Others, Report};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::store::{Read, ReportStore};
use book::Book;

pub use http::router;

/// So many processes are listened to, over all sidecars that share a Redis.
pub const MOST_TELLERS: usize = 512;

/// Between two exchanges with other sidecars.
const EACH: Duration = Duration::from_millis(150);
/// Between two that are urgent.
const AT_LEAST: Duration = Duration::from_millis(20);

/// What all processes know.
pub struct Targets {
    book: Mutex<Book>,
    clock: Arc<dyn Clock>,
    /// A cooldown has begun.
    urgent: Notify,
}

impl Targets {
    /// Nothing is known yet. Fails where the system gives no randomness.
    pub fn new(clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let mut name = [0; 16];
        getrandom::fill(&mut name)?;
        let name = format!("{:032x}", u128::from_be_bytes(name));
        Ok(Self {
            book: Mutex::new(Book::new(name)),
            clock,
            urgent: Notify::new(),
        })
    }

    /// A process tells what it knows; answers with what all others know. `None` where there are too
    /// many processes.
    pub fn report(&self, report: Report) -> Option<Others> {
        let now = self.clock.steady_ms();
        let teller = report.teller.clone();
        let mut book = self.book();
        if book.take(report, now)? {
            self.urgent.notify_one();
        }
        let targets = book.others(&teller, now);
        Some(Others { targets })
    }

    /// Exchanges reports with other sidecars, for ever.
    pub async fn exchange(&self, store: &dyn ReportStore) {
        let mut since = 0;
        loop {
            tokio::time::sleep(AT_LEAST).await;
            // Whichever comes first.
            let _ =
                tokio::time::timeout(EACH.saturating_sub(AT_LEAST), self.urgent.notified()).await;
            if self.book().is_asked(self.clock.steady_ms()) {
                since = self.exchange_once(store, since).await.unwrap_or(since);
            }
        }
    }

    /// Returns the store's time; fails where that cannot be reached, which the store has complained of.
    async fn exchange_once(&self, store: &dyn ReportStore, since: u64) -> anyhow::Result<u64> {
        let due = self.book().due(self.clock.steady_ms());
        let Read { now, reports } = match store.exchange(since, &due).await {
            Ok(read) => read,
            Err(error) => {
                self.book().untell(&due);
                return Err(error);
            }
        };
        let mut book = self.book();
        let here = self.clock.steady_ms();
        for (age, text) in reports {
            book.hear(&text, here.saturating_sub(age), here);
        }
        Ok(now)
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
