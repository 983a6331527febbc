//! What all plugin instances of one worker share.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Limiter;
use super::outbox::Outbox;
use crate::clock::{SteadyClock, Timestamp};

/// One worker's leases and rows. It outlives the plugin instances, which come and go with the
/// configuration.
#[derive(Debug)]
pub struct Worker {
    /// Its leases.
    pub limiter: RefCell<Limiter>,
    /// Its rows of the ledger.
    pub outbox: RefCell<Outbox>,
    under_way: Cell<usize>,
    clock: Rc<SteadyClock>,
}

impl Worker {
    /// A worker whose time `clock` tells. `holder` must be a name that nobody else has ever had.
    pub fn new(holder: String, clock: &Rc<SteadyClock>) -> Rc<Self> {
        Rc::new(Self {
            limiter: RefCell::new(Limiter::new(holder)),
            outbox: RefCell::default(),
            under_way: Cell::default(),
            clock: Rc::clone(clock),
        })
    }

    /// The time by a clock that nobody sets.
    pub fn now(&self, wall: Timestamp) -> Timestamp {
        self.clock.now(wall)
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
