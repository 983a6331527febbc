//! What all plugin instances of one worker have in common. It outlives them: they come and go with the
//! configuration.

use std::rc::Rc;

use crate::clock::{SteadyClock, Tick};
use crate::limiter::Worker;
use crate::policies::auth::AddedKeys;
use crate::routing::board::Board;

/// What a worker keeps while configurations change.
#[derive(Debug, Clone)]
pub struct Common {
    /// The steady time.
    pub clock: Rc<SteadyClock>,
    /// Leases of limits, and rows of the ledger.
    pub worker: Rc<Worker>,
    /// What is known of the targets.
    pub board: Rc<Board>,
    /// Keys that were made while the gateway runs.
    pub keys: Rc<AddedKeys>,
}

impl Common {
    /// What a worker has that begins at `tick`. `holder` must be a name that nobody else has ever had.
    pub fn new(holder: String, seed: u64, tick: Tick) -> Self {
        let clock = Rc::new(SteadyClock::new(tick));
        Self {
            worker: Worker::new(holder, &clock),
            board: Board::new(&clock, seed),
            keys: Rc::default(),
            clock,
        }
    }
}
