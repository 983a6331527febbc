//! One counter: what was used, who holds what, and what a report is answered.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use tidegate::limiter::protocol::{Grant, Report};

use super::lease::{Lease, Standing};
use super::used::{Seed, Span, Used, counted};
use super::{ASK_AGAIN_MS, MARGIN_MS, Terms, VALID_MS};

/// All that a store keeps of a counter.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Number of the newest lease.
    last_lease: u64,
    used: Used,
    /// By holder.
    leases: BTreeMap<String, Lease>,
}

/// How a counter stands at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// What was used within the window.
    pub used: u64,
    /// What is set aside for holders, beside that.
    pub outstanding: u64,
    /// Who was heard of lately.
    pub holders: u64,
    /// How long until all that is used has left the window, in milliseconds.
    pub reset_ms: u64,
    /// How long ago it was from when on all that was used counts, in milliseconds: the window, and
    /// what its oldest bucket has beyond it. Only of a sliding window; of others it is 0.
    pub counted_ms: u64,
}

/// What a report asks for, once it is known what it means.
#[derive(Debug, Clone, Copy, Default)]
struct Asked {
    least: u64,
    need: u64,
    want: u64,
}

impl Asked {
    fn of(report: &Report) -> Self {
        let need = report.need.max(report.least);
        Self {
            least: report.least,
            need,
            want: report.want.max(need),
        }
    }

    /// What is left to ask for when this much is there already.
    fn beyond(self, there: u64) -> Self {
        Self {
            least: self.least.saturating_sub(there),
            need: self.need.saturating_sub(there),
            want: self.want.saturating_sub(there),
        }
    }

    fn share(self, available: u64, holders: u64) -> u64 {
        if self.need <= available {
            let fair = available / (2 * holders.max(1));
            return self.need.max(self.want.min(fair));
        }
        if self.least <= available {
            available
        } else {
            0
        }
    }
}

impl State {
    /// A counter of which this much was used before.
    pub fn seeded(terms: &Terms, seeds: &[Seed], now: u64) -> Self {
        let mut state = Self::default();
        state.used.roll(terms.span, now);
        for seed in seeds {
            state.used.add_aged(terms.span, now, *seed);
        }
        state.used.roll(terms.span, now);
        state
    }

    /// Takes a holder's report and answers it. All times are the store's, in milliseconds.
    pub fn apply(&mut self, terms: &Terms, holder: &str, report: &Report, now: u64) -> Grant {
        self.used.roll(terms.span, now);
        self.expire(terms.span, now);
        let asked = self.take(terms.span, holder, report, now);
        let share = asked.share(self.available(terms), self.holders());
        let lease = self.leases.entry(holder.to_owned()).or_default();
        lease.granted = lease.granted.saturating_add(share);
        let (number, granted) = (lease.number, lease.granted);
        let remaining = self.available(terms);
        Grant {
            id: report.id.clone(),
            lease: number,
            granted,
            remaining,
            retry_after_ms: if share < asked.need {
                self.retry_after(terms, asked.least.max(1), now)
            } else {
                0
            },
            reset_ms: self.used.reset_in(terms.span, now),
            scarce: remaining < terms.limit.div_ceil(10),
        }
    }

    /// How it stands, which changes nothing. `now` is the store's time, in milliseconds.
    pub fn level(&self, terms: &Terms, now: u64) -> Level {
        let mut state = self.clone();
        state.used.roll(terms.span, now);
        state.expire(terms.span, now);
        Level {
            used: state.used(),
            outstanding: state.outstanding(),
            holders: state.holders(),
            reset_ms: state.used.reset_in(terms.span, now),
            counted_ms: counted(terms.span, now),
        }
    }

    /// What was used within the window, by all holders.
    pub fn used(&self) -> u64 {
        self.used.total()
    }

    /// What is set aside for all holders together.
    pub fn outstanding(&self) -> u64 {
        let each = self.leases.values().map(Lease::outstanding);
        each.fold(0, u64::saturating_add)
    }

    fn holders(&self) -> u64 {
        u64::try_from(self.leases.len()).unwrap_or(u64::MAX)
    }

    fn taken(&self) -> u64 {
        self.used().saturating_add(self.outstanding())
    }

    fn available(&self, terms: &Terms) -> u64 {
        terms.limit.saturating_sub(self.taken())
    }

    fn retry_after(&self, terms: &Terms, least: u64, now: u64) -> u64 {
        let short = self.taken().saturating_add(least);
        let short = short.saturating_sub(terms.limit);
        let wait = self.used.frees_in(terms.span, now, short);
        // What is missing is only set aside, and may come back unused.
        if self.used().saturating_add(least) <= terms.limit {
            wait.min(ASK_AGAIN_MS)
        } else {
            wait
        }
    }

    /// Takes what silent holders had for used.
    fn expire(&mut self, span: Span, now: u64) {
        let used = &mut self.used;
        self.leases.retain(|_, lease| {
            lease.seen = lease.seen.min(now);
            let alive = now - lease.seen <= VALID_MS + MARGIN_MS;
            if !alive {
                used.add(span, now, lease.outstanding());
            }
            alive
        });
    }

    /// Takes the holder's totals into its lease, a new one where it has none that fits.
    fn take(&mut self, span: Span, holder: &str, report: &Report, now: u64) -> Asked {
        let asked = Asked::of(report);
        let Some(lease) = self.leases.get_mut(holder) else {
            self.open(holder, report.lease, now);
            return asked;
        };
        let standing = lease.standing(report);
        if standing == Standing::Foreign {
            self.void(holder);
            self.open(holder, report.lease, now);
            return asked;
        }
        lease.seen = now;
        match standing {
            Standing::Current => {
                let spent = lease.account(report);
                self.used.add(span, now, spent);
                asked
            }
            Standing::Unheard => asked.beyond(lease.outstanding()),
            Standing::Late | Standing::Foreign => Asked::default(),
        }
    }

    /// The report that makes a lease void may have been repeated or late, and its holder go on to
    /// spend of it. So it stays set aside until that holder would be taken for silent, under a name
    /// that no holder has.
    fn void(&mut self, holder: &str) {
        if let Some(lease) = self.leases.remove(holder)
            && lease.outstanding() > 0
        {
            let name = format!("{holder} {}", lease.number);
            self.leases.insert(name, lease);
        }
    }

    /// Numbers grow with the clock too, so that a store that has lost its memory does not give
    /// one out twice.
    fn open(&mut self, holder: &str, replaces: u64, now: u64) {
        let number = now.max(self.last_lease.max(replaces) + 1);
        self.last_lease = number;
        let lease = Lease {
            number,
            replaces,
            seen: now,
            ..Lease::default()
        };
        self.leases.insert(holder.to_owned(), lease);
    }
}

#[cfg(test)]
mod tests;
