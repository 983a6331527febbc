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

/// The time of the last tick, by two clocks.
#[derive(Debug, Clone, Copy, Default)]
struct Tick {
    steady: Timestamp,
    wall: Timestamp,
}

impl Worker {
    /// A worker. `holder` must be a name that nobody else has ever had.
    pub fn new(holder: String) -> Rc<Self> {
        Rc::new(Self {
            limiter: RefCell::new(Limiter::new(holder)),
            outbox: RefCell::default(),
            under_way: Cell::default(),
            tick: Cell::default(),
        })
    }

    /// A tick: the time by a clock that nobody sets, and by the one on the wall.
    pub fn tick(&self, steady: Timestamp, wall: Timestamp) {
        self.tick.set(Tick { steady, wall });
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
