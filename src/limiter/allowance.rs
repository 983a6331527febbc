//! What a request under way may use beyond what was set aside for it.
//!
//! A stream without a limit of its own may come to more than was reserved. So it asks in time for
//! more, of what its worker holds or of the sidecar, and learns when there is none: then the budget
//! is used up, and the stream can be ended before it costs more.
//!
//! While nobody knows it goes on, for a sync's length at most, and seldom beyond what is set aside,
//! because more is asked for before it is needed. Once it was refused, it ends with what it has. A lease that has run out under it, because the sidecar was silent, gives nothing more, and
//! the counter's `on_unavailable` decides.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::demand::{Demand, Part, Reservation};
use super::{Limiter, Verdict, Worker};
use crate::clock::Timestamp;
use crate::config::limits::{Measure, OnUnavailable};

/// What is to be set aside for a request, in the counter's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Goal {
    /// What it has used: without this much it may not go on.
    pub need: u64,
    /// What it is good to have, not less than `need`.
    pub want: u64,
}

/// What came of a [`Goal`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extension {
    /// All that is wanted is set aside, as far as it counts.
    Covered,
    /// What is needed is set aside, and no more is to be had at the moment.
    Short,
    /// More has been asked for: the sync of this number brings it, or does not.
    Asked(u64),
    /// What is needed is not to be had.
    UsedUp,
}

impl Limiter {
    /// Sets more aside for a request that is under way, of all its counters of this measure. `asked`
    /// is the sync that was to bring it, if that has been asked for.
    pub fn extend(
        &mut self,
        reservation: &mut Reservation,
        measure: Measure,
        goal: Goal,
        asked: Option<u64>,
        now: Timestamp,
    ) -> Extension {
        let pending = asked.filter(|number| !self.is_over(*number));
        let mut extension = Extension::Covered;
        for part in &mut reservation.parts {
            let Some(counter) = self.counter(part.slot).filter(|c| c.measure == measure) else {
                continue;
            };
            let allows = counter.on_unavailable == OnUnavailable::Allow;
            match self.extend_part(part, goal, asked.is_some(), now) {
                Some(Verdict::Enough | Verdict::Uncounted) => {}
                Some(Verdict::Ask) => {
                    let number = pending.unwrap_or(self.next);
                    if pending.is_none() {
                        self.ask_more(part, goal.want, now);
                    }
                    extension = Extension::Asked(number);
                }
                None if allows && !self.is_current(part) => {}
                None if part.units >= goal.need => {
                    if extension == Extension::Covered {
                        extension = Extension::Short;
                    }
                }
                None => return Extension::UsedUp,
            }
        }
        extension
    }

    /// Takes what there is, up to what is wanted; then whether more can be had. `None`: no.
    fn extend_part(
        &mut self,
        part: &mut Part,
        Goal { need, want }: Goal,
        was_asked: bool,
        now: Timestamp,
    ) -> Option<Verdict> {
        if !self.is_current(part) {
            return (part.units >= want).then_some(Verdict::Enough);
        }
        let lease = self.leases.get_mut(part.slot.0)?;
        let more = lease.free(now).min(want.saturating_sub(part.units));
        if more > 0 {
            lease.reserve(more);
            part.units = part.units.saturating_add(more);
        }
        let demand = Demand {
            slot: part.slot,
            units: want.saturating_sub(part.units),
        };
        // As long as there is enough, a refusal may have been lifted since.
        let was_asked = was_asked && part.units < need;
        self.judge(demand, was_asked, now).ok()
    }

    fn ask_more(&mut self, part: &Part, want: u64, now: Timestamp) {
        if let Some(lease) = self.leases.get_mut(part.slot.0) {
            lease.ask(want.saturating_sub(part.units), now);
            self.someone_waits = true;
        }
    }

    /// Whether the lease that it was set aside of is still in hand.
    fn is_current(&self, part: &Part) -> bool {
        let lease = self.leases.get(part.slot.0);
        lease.is_some_and(|lease| lease.is_number(part.lease))
    }
}

/// What a stream may cost, as long as it runs: for those who see it pass.
#[derive(Debug)]
pub struct Allowance {
    worker: Rc<Worker>,
    reservation: Rc<RefCell<Reservation>>,
    tokens: u64,
    asked: Cell<Option<u64>>,
}

impl Allowance {
    /// The allowance of a request with this reservation, which does for so many output tokens.
    pub fn new(
        worker: &Rc<Worker>,
        reservation: &Rc<RefCell<Reservation>>,
        tokens: u64,
    ) -> Rc<Self> {
        Rc::new(Self {
            worker: Rc::clone(worker),
            reservation: Rc::clone(reservation),
            tokens,
            asked: Cell::default(),
        })
    }

    /// Output tokens that need no question.
    pub fn tokens(&self) -> u64 {
        self.tokens
    }

    /// Sets aside what the stream costs, in nano-dollars; `false` where a budget is used up.
    pub fn cover(&self, goal: Goal, wall: Timestamp) -> bool {
        let now = self.worker.now(wall);
        let mut limiter = self.worker.limiter.borrow_mut();
        let mut reservation = self.reservation.borrow_mut();
        let asked = self.asked.get();
        let extension = limiter.extend(&mut reservation, Measure::Cost, goal, asked, now);
        self.asked.set(match extension {
            Extension::Asked(number) => Some(number),
            Extension::Short => asked,
            Extension::Covered | Extension::UsedUp => None,
        });
        extension != Extension::UsedUp
    }

    /// What is set aside, in nano-dollars: the least of all budgets.
    pub fn covered(&self) -> u64 {
        let limiter = self.worker.limiter.borrow();
        let reservation = self.reservation.borrow();
        let is_budget = |part: &&Part| {
            let counter = limiter.counter(part.slot);
            counter.is_some_and(|counter| counter.measure == Measure::Cost)
        };
        let budgets = reservation.parts.iter().filter(is_budget);
        budgets.map(|part| part.units).min().unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests;
