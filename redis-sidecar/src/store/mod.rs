//! Where counters are kept, and who speaks for them.
//!
//! A [`LimitStore`] applies reports to counters, each in one atomic step. [`Limiter`] stands in
//! front of it: it knows the configured counters, tells the store the current calendar period,
//! and decides what happens when a store has lost its memory:
//!
//! 1. The store answers [`Answer::Unseeded`]: it has nothing of this counter.
//! 2. Where the store may have lost it, the counter is *unavailable* until all leases of before
//!    must have run out, for [`VALID_MS`] + [`MARGIN_MS`]. Meanwhile holders spend what they have
//!    and send their rows to the ledger. A store that has never been used (the ledger is empty)
//!    needs no such quarantine.
//! 3. What the ledger says was used within the window becomes the counter's beginning.
//!
//! On failure nothing is guessed: a counter whose store or ledger cannot be asked is unavailable,
//! and the filter does what the counter's `on_unavailable` says.
//!
//! [`VALID_MS`]: crate::limits::VALID_MS
//! [`MARGIN_MS`]: crate::limits::MARGIN_MS

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tidegate::limiter::protocol::{Grant, Report};

use crate::limits::{Level, Seed, Terms};

mod claims;
mod kept;
mod known;
mod levels;
mod limiter;
mod memory;
mod place;
mod redis;
mod registry;
mod reports;
mod seeding;
mod usage;

#[cfg(test)]
mod tests;

pub use self::redis::Redis;
pub use claims::{Claim, Claims};
pub use levels::{Standing, Wanted};
pub use limiter::Limiter;
pub use memory::Memory;
pub use place::Store;
pub use reports::{Read, ReportStore, Written};
pub use usage::Usage;

/// A future in a box.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A report, with the terms of its counter.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The limit and its window.
    pub terms: Terms,
    /// What the holder says.
    pub report: Report,
}

/// What a store says to a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The report was applied.
    Grant(Grant),
    /// The store knows nothing, or nothing reliable, of this counter.
    Unseeded(Memo),
    /// The store could not be reached.
    Away,
}

/// What a store says of a counter that it is only asked to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// It stands like this.
    Level(Level),
    /// The store knows nothing, or nothing reliable, of it: the next report makes it begin with
    /// what the ledger says.
    Unseeded,
    /// The store could not be reached.
    Away,
}

/// What a store knows of a process that keeps counters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memo {
    /// Names the process; another name after each start.
    pub server: Arc<str>,
    /// Whether it was [admitted](LimitStore::admit): no lease of before its start can be out.
    pub admitted: bool,
}

/// Where counters are kept.
pub trait LimitStore: Send + Sync {
    /// Applies a holder's reports, each for itself and atomically. Answers in their order.
    fn apply<'a>(&'a self, holder: &'a str, asks: &'a [Ask]) -> Boxed<'a, Vec<Answer>>;

    /// How counters stand, each at one moment, by their ids. Changes nothing; answers in their order.
    fn show<'a>(&'a self, counters: &'a [(&'a str, Terms)]) -> Boxed<'a, Vec<Shown>>;

    /// Begins a counter with what was used before; does nothing where another sidecar has done so
    /// already. Fails where the store cannot be reached, or another process than `server` is
    /// there by now.
    fn seed<'a>(
        &'a self,
        server: &'a str,
        id: &'a str,
        terms: &'a Terms,
        seeds: &'a [Seed],
    ) -> Boxed<'a, anyhow::Result<()>>;

    /// Says that leases of before this process' start have run out: a counter that it does not
    /// know is a new one. Fails where the store cannot be reached.
    fn admit<'a>(&'a self, server: &'a str) -> Boxed<'a, anyhow::Result<()>>;

    /// The processes behind the store that are known by now.
    fn servers(&self) -> Boxed<'_, Vec<Memo>>;

    /// Fails where the store cannot be reached.
    fn health(&self) -> Boxed<'_, anyhow::Result<()>>;
}
