//! One counter's lease: what this worker may spend of it without asking.

use std::rc::Rc;
use std::time::Duration;

use super::pace::Pace;
use super::protocol::{Grant, Report};
use crate::clock::Timestamp;
use crate::config::limits::{Counter, Measure};

/// A refusal is believed for this long without asking again: what others give back may come sooner
/// than the store could promise.
const BELIEVED: Duration = Duration::from_millis(50);
/// The same where what is held is given back as soon as a request ends.
const BELIEVED_OF_HELD: Duration = Duration::from_millis(10);
/// A part of the limit that is much for one worker to keep for later: a sixteenth.
const MUCH: u64 = 16;
/// A lease of which something is outstanding is spoken of at least this often.
const HEARTBEAT: Duration = Duration::from_secs(2);

/// This worker's lease on a counter.
#[derive(Debug)]
pub(super) struct Lease {
    pub(super) counter: Rc<Counter>,
    /// The store's number of it; 0 where there is none.
    number: u64,
    /// Number of the lease that ran out last: what is said of it later counts for nothing.
    forgotten: u64,
    granted: u64,
    settled: u64,
    returned: u64,
    /// Set aside for requests under way.
    reserved: u64,
    /// When it may no longer be spent.
    deadline: Timestamp,
    /// When it was spoken of last.
    reported: Timestamp,
    /// What requests wait for, and the least of it.
    need: u64,
    least: u64,
    /// Something has changed that the store does not know.
    changed: bool,
    scarce: bool,
    pace: Pace,
    said: Said,
}

/// What the store has said last, to be told to clients.
#[derive(Debug, Clone, Copy, Default)]
struct Said {
    remaining: u64,
    reset_at: Timestamp,
    /// More was asked for than there is; something may be there again at this time.
    retry_at: Timestamp,
    /// Until when a refusal needs no question.
    refused_until: Timestamp,
    /// The last answer did not cover what waited.
    is_short: bool,
    /// The store cannot speak for it until then.
    away_until: Timestamp,
}

/// What an admission can expect of a lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outlook {
    /// It has enough.
    Enough,
    /// It must be asked for.
    Ask,
    /// There is none until this time.
    Refused(Timestamp),
    /// Nobody can say.
    Away,
}

impl Lease {
    pub(super) fn new(counter: Rc<Counter>) -> Self {
        Self {
            counter,
            number: 0,
            forgotten: 0,
            granted: 0,
            settled: 0,
            returned: 0,
            reserved: 0,
            deadline: Timestamp::default(),
            reported: Timestamp::default(),
            need: 0,
            least: 0,
            changed: false,
            scarce: false,
            pace: Pace::default(),
            said: Said::default(),
        }
    }

    /// Whether it is the lease of this number.
    pub(super) fn is_number(&self, number: u64) -> bool {
        number != 0 && number == self.number
    }

    /// What can be spent now.
    pub(super) fn free(&self, now: Timestamp) -> u64 {
        if now >= self.deadline {
            return 0;
        }
        self.outstanding().saturating_sub(self.reserved)
    }

    fn outstanding(&self) -> u64 {
        let gone = self.settled.saturating_add(self.returned);
        self.granted.saturating_sub(gone)
    }

    /// Whether `units` can be had. `was_asked` where the store has been asked for them already.
    pub(super) fn outlook(&self, units: u64, was_asked: bool, now: Timestamp) -> Outlook {
        if self.free(now) >= units {
            return Outlook::Enough;
        }
        let known_to_be_short = was_asked && self.said.is_short;
        if known_to_be_short || now < self.said.refused_until {
            return Outlook::Refused(self.said.retry_at);
        }
        if now < self.said.away_until {
            return Outlook::Away;
        }
        Outlook::Ask
    }

    /// Sets units aside; [`outlook`](Self::outlook) has said that they are there.
    pub(super) fn reserve(&mut self, units: u64) -> u64 {
        self.reserved = self.reserved.saturating_add(units);
        match self.counter.measure {
            // A request that goes on is one, however it ends.
            Measure::Requests => self.pace.burn(units),
            _ => self.pace.hold(self.reserved),
        }
        self.number
    }

    /// A request waits for units.
    pub(super) fn ask(&mut self, units: u64, now: Timestamp) {
        let short = units.saturating_sub(self.free(now));
        self.least = if self.need == 0 {
            short
        } else {
            self.least.min(short)
        };
        self.need = self.need.saturating_add(units);
    }

    /// A request that had set units aside under the lease `number` has spent `spent`, which may be
    /// more than that.
    pub(super) fn settle(&mut self, number: u64, units: u64, spent: u64) {
        // The store has taken what an earlier lease had outstanding for used.
        if !self.is_number(number) {
            return;
        }
        self.reserved = self.reserved.saturating_sub(units);
        if !self.is_held() {
            self.settled = self.settled.saturating_add(spent);
            if self.counter.measure != Measure::Requests {
                self.pace.burn(spent);
            }
        }
        self.changed = true;
    }

    /// A tick of time has passed.
    pub(super) fn tick(&mut self, now: Timestamp) {
        let held = if self.counter.measure == Measure::Requests {
            0
        } else {
            self.reserved
        };
        self.pace.tick(held);
        if self.number != 0 && now >= self.deadline {
            self.forget();
        }
    }

    /// The lease has run out: what is under way settles with nobody.
    fn forget(&mut self) {
        self.forgotten = self.number;
        (self.number, self.granted, self.settled) = (0, 0, 0);
        (self.returned, self.reserved) = (0, 0);
    }

    /// Whether the store should hear of it at the next occasion.
    pub(super) fn has_news(&self, now: Timestamp) -> bool {
        self.changed || self.need > 0 || self.excess(now) > 0
    }

    /// Whether the store must hear of it, lest it take the holder for gone.
    pub(super) fn is_silent(&self, now: Timestamp) -> bool {
        self.outstanding() > 0 && now.since(self.reported) >= HEARTBEAT
    }

    /// Whether it will be spent soon at the present pace, and more can be had.
    pub(super) fn runs_low(&self, now: Timestamp) -> bool {
        !self.scarce && now >= self.said.refused_until && self.free(now) < self.ahead() / 4
    }

    /// Whether others may want to know at once: the limit is near, and what is spent or free has
    /// changed; or it holds much of the limit, and more than will be spent soon.
    pub(super) fn is_hoarding(&self, now: Timestamp) -> bool {
        if self.scarce && self.changed {
            return true;
        }
        let excess = self.excess(now);
        excess > 0 && (self.scarce || excess.saturating_mul(MUCH) >= self.counter.limit)
    }

    /// The same as far as can be said without a clock.
    pub(super) fn is_wanted_by_others(&self) -> bool {
        let unspent = self.outstanding().saturating_sub(self.reserved);
        self.scarce || (unspent > 0 && unspent.saturating_mul(MUCH) >= self.counter.limit)
    }

    /// Its report; what is not going to be spent is given back with it, unless requests wait.
    pub(super) fn report(&mut self, now: Timestamp) -> Report {
        let excess = self.excess(now);
        self.returned = self.returned.saturating_add(excess);
        self.changed = false;
        self.reported = now;
        let need = std::mem::take(&mut self.need);
        let least = std::mem::take(&mut self.least);
        let missing = need.saturating_sub(self.free(now));
        let more_can_be_had = now >= self.said.refused_until && !self.scarce;
        let ahead = if more_can_be_had {
            self.ahead().saturating_sub(self.free(now))
        } else {
            0
        };
        Report {
            id: self.counter.id.clone(),
            lease: self.number,
            settled: self.settled,
            returned: self.returned,
            least: least.min(missing),
            need: missing,
            want: missing.saturating_add(ahead),
        }
    }

    /// Takes the store's answer to a report that was sent at `sent` and counts for `valid`.
    pub(super) fn grant(
        &mut self,
        grant: &Grant,
        sent: Timestamp,
        valid: Duration,
        now: Timestamp,
    ) {
        if grant.lease == self.forgotten {
            return;
        }
        if grant.lease != self.number {
            self.forget();
            self.number = grant.lease;
        }
        self.granted = self.granted.max(grant.granted);
        self.deadline = sent.after(valid);
        self.scarce = grant.scarce;
        let wait = Duration::from_millis(grant.retry_after_ms);
        let believed = if self.is_held() {
            BELIEVED_OF_HELD
        } else {
            BELIEVED
        };
        self.said = Said {
            remaining: grant.remaining,
            reset_at: now.after(Duration::from_millis(grant.reset_ms)),
            retry_at: now.after(wait),
            refused_until: now.after(wait.min(believed)),
            is_short: grant.retry_after_ms > 0,
            away_until: Timestamp::default(),
        };
    }

    /// The store cannot speak for it until then.
    pub(super) fn away(&mut self, until: Timestamp) {
        self.said.away_until = until;
        self.said.is_short = false;
    }

    /// What is left of the limit for everybody, as far as is known here, and when all of it is back.
    pub(super) fn left(&self, now: Timestamp) -> (u64, Timestamp) {
        let left = self.said.remaining.saturating_add(self.free(now));
        (left.min(self.counter.limit), self.said.reset_at)
    }

    fn excess(&self, now: Timestamp) -> u64 {
        if self.need > 0 {
            return 0;
        }
        let free = self.free(now);
        let kept = if self.scarce { 0 } else { self.ahead() };
        if free > kept.saturating_mul(2) {
            free - kept
        } else {
            0
        }
    }

    /// What is good to have at the present pace: of what is used for good no more than a little
    /// part of the limit, which others would be refused meanwhile.
    fn ahead(&self) -> u64 {
        let pace = &self.pace;
        let ahead = pace.ahead().saturating_add(pace.spare(self.reserved));
        if self.is_held() {
            ahead
        } else {
            ahead.min(self.counter.limit / MUCH)
        }
    }

    fn is_held(&self) -> bool {
        self.counter.measure == Measure::ParallelRequests
    }
}
