//! Limits that hold over any number of Envoys, without a round trip in the steady state.
//!
//! A *counter* is one limit of one scope: the requests a minute of a key, the dollars a day of a
//! team. The sidecar keeps what each counter has used; this filter holds a *lease* on it, a block
//! that the sidecar has set aside for this worker alone, and spends it without asking. See
//! [`protocol`] for how both stay in agreement whatever is lost on the way.
//!
//! The [`Limiter`] is one for each worker, and a machine without IO: it says what to send, and is
//! told what came back. A request that finds too little in a lease waits for the next sync; all
//! that wait share it.

mod allowance;
mod demand;
pub mod estimate;
mod lease;
pub mod outbox;
mod pace;
pub mod protocol;
mod worker;

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

pub use allowance::{Allowance, Extension, Goal};
pub use demand::{Admission, Demand, Refusal, Reservation, Slot, Why};
pub use worker::{Presence, Worker};

use crate::clock::Timestamp;
use crate::config::limits::{Counter, OnUnavailable};
use demand::Part;
use lease::{Lease, Outlook};
use protocol::{Sync, SyncReply};

/// Between syncs that nobody waits for.
const UNHURRIED: Duration = Duration::from_millis(500);
/// How long the sidecar may take to answer.
pub const PATIENCE: Duration = Duration::from_millis(500);
/// After a sync that was not answered, the next is tried after this long, twice as long each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// All leases of one worker.
#[derive(Debug)]
pub struct Limiter {
    holder: String,
    leases: Vec<Lease>,
    by_id: HashMap<String, Slot>,
    /// Number of the sync that is sent next.
    next: u64,
    under_way: Option<UnderWay>,
    last_sync: Timestamp,
    someone_waits: bool,
    /// A request has ended since the last sync, and may have left something that others want.
    has_settled: bool,
    away: Away,
}

#[derive(Debug, Clone, Copy)]
struct UnderWay {
    number: u64,
    sent: Timestamp,
}

/// The sidecar does not answer.
#[derive(Debug, Default)]
struct Away {
    until: Timestamp,
    pause: Duration,
}

impl Limiter {
    /// A worker's limiter. `holder` must be a name that nobody else has ever had.
    pub fn new(holder: String) -> Self {
        Self {
            holder,
            leases: Vec::new(),
            by_id: HashMap::new(),
            next: 1,
            under_way: None,
            last_sync: Timestamp::default(),
            someone_waits: false,
            has_settled: false,
            away: Away::default(),
        }
    }

    /// The place of a counter. One that is known by its id keeps its place and its lease, whatever
    /// has changed about it.
    pub fn register(&mut self, counter: &Rc<Counter>) -> Slot {
        if let Some(slot) = self.by_id.get(&counter.id) {
            if let Some(lease) = self.leases.get_mut(slot.0) {
                lease.counter = Rc::clone(counter);
            }
            return *slot;
        }
        let slot = Slot(self.leases.len());
        self.leases.push(Lease::new(Rc::clone(counter)));
        self.by_id.insert(counter.id.clone(), slot);
        slot
    }

    /// The counter at a place.
    pub fn counter(&self, slot: Slot) -> Option<&Rc<Counter>> {
        self.leases.get(slot.0).map(|lease| &lease.counter)
    }

    /// What is left of a limit for everybody, as far as is known here, and when all of it is back.
    pub fn left(&self, slot: Slot, now: Timestamp) -> Option<(u64, Timestamp)> {
        self.leases.get(slot.0).map(|lease| lease.left(now))
    }

    /// Sets aside all that is demanded, or nothing. `was_asked` where the request has waited for a
    /// sync.
    pub fn admit(&mut self, demands: &[Demand], was_asked: bool, now: Timestamp) -> Admission {
        let mut uncounted = Vec::new();
        let mut must_ask = false;
        for demand in demands {
            match self.judge(*demand, was_asked, now) {
                Ok(Verdict::Enough) => {}
                Ok(Verdict::Ask) => must_ask = true,
                Ok(Verdict::Uncounted) => uncounted.push(demand.slot),
                Err(why) => {
                    let slot = demand.slot;
                    return Admission::Refused(Refusal { slot, why });
                }
            }
        }
        if must_ask {
            return self.wait(demands, now);
        }
        let counted = demands.iter().filter(|d| !uncounted.contains(&d.slot));
        let mut parts = Vec::with_capacity(demands.len());
        for Demand { slot, units } in counted.copied() {
            if let Some(lease) = self.leases.get_mut(slot.0) {
                let lease = lease.reserve(units);
                parts.push(Part { slot, lease, units });
            }
        }
        Admission::Granted(Reservation { parts, uncounted })
    }

    fn judge(&self, demand: Demand, was_asked: bool, now: Timestamp) -> Result<Verdict, Why> {
        let Some(lease) = self.leases.get(demand.slot.0) else {
            return Ok(Verdict::Uncounted);
        };
        let outlook = match lease.outlook(demand.units, was_asked, now) {
            Outlook::Ask if now < self.away.until => Outlook::Away,
            outlook => outlook,
        };
        match outlook {
            Outlook::Enough => Ok(Verdict::Enough),
            _ if demand.units > lease.counter.limit => Err(Why::TooLarge),
            Outlook::Ask => Ok(Verdict::Ask),
            Outlook::Refused(until) => Err(Why::Exhausted(until)),
            Outlook::Away => match lease.counter.on_unavailable {
                OnUnavailable::Allow => Ok(Verdict::Uncounted),
                OnUnavailable::Deny => Err(Why::Unavailable),
            },
        }
    }

    fn wait(&mut self, demands: &[Demand], now: Timestamp) -> Admission {
        for demand in demands {
            if let Some(lease) = self.leases.get_mut(demand.slot.0) {
                lease.ask(demand.units, now);
            }
        }
        self.someone_waits = true;
        Admission::Wait(self.next)
    }

    /// A request is over: of each counter it has spent what `spent` says, in the counter's unit.
    pub fn settle(&mut self, reservation: &Reservation, spent: impl Fn(&Counter) -> u64) {
        for part in &reservation.parts {
            if let Some(lease) = self.leases.get_mut(part.slot.0) {
                let spent = spent(&lease.counter);
                lease.settle(part.lease, part.units, spent);
                self.has_settled |= lease.is_wanted_by_others();
            }
        }
    }

    /// Whether a request has just left something that others may want: [`sync`](Self::sync) says
    /// whether it is to be given back at once.
    pub fn has_settled(&self) -> bool {
        self.has_settled && self.under_way.is_none()
    }

    /// A tick of 100 ms has passed.
    pub fn tick(&mut self, now: Timestamp) {
        for lease in &mut self.leases {
            lease.tick(now);
        }
        // Envoy answers every callout; but for one whose plugin instance is gone.
        let overdue = |way: &UnderWay| now.since(way.sent) > PATIENCE * 3;
        if self.under_way.as_ref().is_some_and(overdue) {
            self.failed(now);
        }
    }

    /// What to send now, if anything. It must then be [answered](Self::answered) or
    /// [failed](Self::failed).
    pub fn sync(&mut self, now: Timestamp) -> Option<(u64, Sync)> {
        if self.under_way.is_some() || now < self.away.until || !self.is_due(now) {
            return None;
        }
        let speaks =
            |lease: &&mut Lease| lease.has_news(now) || lease.is_silent(now) || lease.runs_low(now);
        let leases = self.leases.iter_mut().filter(speaks);
        let counters: Vec<_> = leases.map(|lease| lease.report(now)).collect();
        (self.someone_waits, self.has_settled) = (false, false);
        self.last_sync = now;
        if counters.is_empty() {
            return None;
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        self.under_way = Some(UnderWay { number, sent: now });
        let holder = self.holder.clone();
        Some((number, Sync { holder, counters }))
    }

    fn is_due(&self, now: Timestamp) -> bool {
        if self.someone_waits {
            return true;
        }
        let rested = now.since(self.last_sync);
        let leases = || self.leases.iter();
        leases().any(|lease| lease.is_hoarding(now) || lease.runs_low(now))
            || (rested >= UNHURRIED && leases().any(|lease| lease.has_news(now)))
            || leases().any(|lease| lease.is_silent(now))
    }

    /// The sidecar has answered the sync under way. Returns its number: those who wait for it may
    /// come again.
    pub fn answered(&mut self, reply: &SyncReply, now: Timestamp) -> Option<u64> {
        let UnderWay { number, sent } = self.under_way.take()?;
        self.away = Away::default();
        let valid = Duration::from_millis(reply.valid_ms);
        for grant in &reply.grants {
            if let Some(lease) = self.lease_mut(&grant.id) {
                lease.grant(grant, sent, valid, now);
            }
        }
        for id in &reply.unavailable {
            if let Some(lease) = self.lease_mut(id) {
                lease.away(now.after(FIRST_PAUSE * 2));
            }
        }
        Some(number)
    }

    /// The sync under way was not answered. Returns its number.
    pub fn failed(&mut self, now: Timestamp) -> Option<u64> {
        let UnderWay { number, .. } = self.under_way.take()?;
        let pause = (self.away.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.away = Away {
            until: now.after(pause),
            pause,
        };
        Some(number)
    }

    /// The sync under way will not be answered, for no fault of the sidecar: those who wait for it may
    /// ask again at once.
    pub fn lost(&mut self) {
        self.under_way = None;
    }

    /// Whether a sync of this number has been answered or has failed.
    pub fn is_over(&self, number: u64) -> bool {
        let is_under_way = self.under_way.is_some_and(|way| way.number == number);
        number < self.next && !is_under_way
    }

    fn lease_mut(&mut self, id: &str) -> Option<&mut Lease> {
        let slot = self.by_id.get(id)?;
        self.leases.get_mut(slot.0)
    }
}

enum Verdict {
    Enough,
    Ask,
    Uncounted,
}

#[cfg(test)]
mod tests;
