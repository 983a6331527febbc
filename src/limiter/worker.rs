//! What all plugin instances of one worker share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Limiter;
use super::outbox::Outbox;
use crate::clock::Timestamp;

/// One worker's leases and rows. It outlives the plugin instances, which come and go with the
/// configuration.
#[derive(Debug)]
pub struct Worker {
    /// Its leases.
    pub limiter: RefCell<Limiter>,
    /// Its rows of the ledger.
    pub outbox: RefCell<Outbox>,
    under_way: Cell<usize>,
    tick: Cell<Tick>,
}

/// The time of a tick.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tick {
    /// By a clock that nobody sets.
    pub steady: Timestamp,
    /// By the clock on the wall.
    pub wall: Timestamp,
}

impl Worker {
    /// A worker that begins at `tick`. `holder` must be a name that nobody else has ever had.
    pub fn new(holder: String, tick: Tick) -> Rc<Self> {
        Rc::new(Self {
            limiter: RefCell::new(Limiter::new(holder)),
            outbox: RefCell::default(),
            under_way: Cell::default(),
            tick: Cell::new(tick),
        })
    }

    /// Time has passed.
    pub fn tick(&self, tick: Tick) {
        self.tick.set(tick);
    }

    /// The steady time, reckoned from the last tick by the clock on the wall, which is at hand where
    /// the other one costs a host call. Where the wall's clock is set back, it is the tick's.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        let tick = self.tick.get();
        tick.steady.after(wall.since(tick.wall))
    }

    /// A request has come in; it counts until what is returned is dropped.
    pub fn come_in(self: &Rc<Self>) -> Presence {
        self.under_way.set(self.under_way.get().saturating_add(1));
        Presence(Rc::clone(self))
    }

    /// Whether no request is under way.
    pub fn is_quiet(&self) -> bool {
        self.under_way.get() == 0
    }
}

/// A request under way.
#[derive(Debug)]
pub struct Presence(Rc<Worker>);

impl Drop for Presence {
    fn drop(&mut self) {
        let count = &self.0.under_way;
        count.set(count.get().saturating_sub(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn before_the_first_tick_time_is_reckoned_from_the_beginning() {
        let at = |steady, wall| Tick {
            steady: Timestamp(steady),
            wall: Timestamp(wall),
        };
        let worker = Worker::new("holder".into(), at(1, 5_000));
        assert_eq!(worker.now(Timestamp(5_700)), Timestamp(701));
        worker.tick(at(900, 6_000));
        assert_eq!(worker.now(Timestamp(6_001)), Timestamp(901));
        assert_eq!(worker.now(Timestamp(4_000)), Timestamp(900));
    }
}
