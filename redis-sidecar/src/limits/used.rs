//! What was used within a window.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ASK_AGAIN_MS, PeriodNow};

/// Buckets of a sliding window. What was used leaves the window up to one bucket late.
const BUCKETS: u64 = 120;

/// The window of a counter, as it stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// Nothing is used for good.
    Held,
    /// Any interval of this many milliseconds.
    Sliding(u64),
    /// The current calendar period.
    Calendar(PeriodNow),
}

/// How long a bucket of a sliding window is; both in milliseconds.
pub fn bucket_width(window: u64) -> u64 {
    window.div_ceil(BUCKETS).max(1)
}

/// Something that was used, found out afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// How long ago, in milliseconds.
    pub age_ms: u64,
    /// How much.
    pub amount: u64,
}

/// What was used within the window.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Used {
    total: u64,
    /// Of a sliding window: the time divided by the bucket's width → what was used in it.
    buckets: BTreeMap<u64, u64>,
    /// Of a calendar window: [`PeriodNow::start`] of the latest period seen.
    period: u64,
    /// When that period ends, by the store's clock.
    ends: u64,
}

impl Used {
    /// Everything in the window together.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// Lets go of what has left the window by now.
    pub(super) fn roll(&mut self, span: Span, now: u64) {
        match span {
            Span::Held => {}
            Span::Sliding(window) => self.slide(window, now),
            Span::Calendar(period) => self.turn(period, now),
        }
    }

    fn slide(&mut self, window: u64, now: u64) {
        let width = bucket_width(window);
        let current = now / width;
        let future: u64 = self.buckets.split_off(&(current + 1)).values().sum();
        if future > 0 {
            *self.buckets.entry(current).or_default() += future;
        }
        while let Some(oldest) = self.buckets.first_entry() {
            if leaves(*oldest.key(), window) > now {
                break;
            }
            self.total = self.total.saturating_sub(oldest.remove());
        }
    }

    /// A sidecar whose clock is late does not bring back a period that is over.
    fn turn(&mut self, period: PeriodNow, now: u64) {
        if period.start < self.period {
            return;
        }
        if period.start > self.period {
            self.total = 0;
        }
        self.period = period.start;
        self.ends = now.saturating_add(period.ends_in_ms);
    }

    /// Takes an amount for used now; to be called after [`roll`](Self::roll).
    pub(super) fn add(&mut self, span: Span, now: u64, amount: u64) {
        self.add_aged(span, now, Seed { age_ms: 0, amount });
    }

    /// Takes an amount for used some time ago.
    pub(super) fn add_aged(&mut self, span: Span, now: u64, seed: Seed) {
        if seed.amount == 0 || span == Span::Held {
            return;
        }
        self.total = self.total.saturating_add(seed.amount);
        if let Span::Sliding(window) = span {
            let bucket = now.saturating_sub(seed.age_ms) / bucket_width(window);
            *self.buckets.entry(bucket).or_default() += seed.amount;
        }
    }

    /// How long until this much has left the window, in milliseconds, at least 1.
    pub(super) fn frees_in(&self, span: Span, now: u64, amount: u64) -> u64 {
        let at = match span {
            Span::Held => None,
            Span::Sliding(window) => self.freed_at(window, amount),
            Span::Calendar(_) => (amount <= self.total).then_some(self.ends),
        };
        let wait = at.map_or(ASK_AGAIN_MS, |at| at.saturating_sub(now));
        wait.max(1)
    }

    fn freed_at(&self, window: u64, amount: u64) -> Option<u64> {
        let mut freed = 0u64;
        let enough = self.buckets.iter().find(|(_, used)| {
            freed = freed.saturating_add(**used);
            freed >= amount
        });
        enough.map(|(bucket, _)| leaves(*bucket, window))
    }

    /// How long until all of it has left the window, in milliseconds.
    pub(super) fn reset_in(&self, span: Span, now: u64) -> u64 {
        let newest = self.buckets.last_key_value();
        let at = match span {
            Span::Held => 0,
            Span::Sliding(window) => newest.map_or(0, |(bucket, _)| leaves(*bucket, window)),
            Span::Calendar(_) => self.ends,
        };
        at.saturating_sub(now)
    }
}

/// How long ago it was from when on all that was used counts, in milliseconds; of a sliding window
/// only.
pub(super) fn counted(span: Span, now: u64) -> u64 {
    match span {
        Span::Held | Span::Calendar(_) => 0,
        // To the beginning of the oldest bucket that has not left.
        Span::Sliding(window) => {
            let beyond = now.saturating_sub(window) % bucket_width(window);
            window.saturating_add(beyond)
        }
    }
}

/// When a bucket has wholly left the window.
fn leaves(bucket: u64, window: u64) -> u64 {
    (bucket + 1) * bucket_width(window) + window
}
