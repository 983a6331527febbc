//! Strategies against oracles that know the truth, in simulated time.

// Tells clippy that the helper functions are tests too, and may panic.
#![cfg(test)]
#![expect(
    clippy::cast_possible_truncation,
    reason = "simulated amounts are floats, and small"
)]
#![expect(clippy::print_stdout, reason = "the figures are the result")]

mod arms;
mod hour;
mod prices;
mod queues;
mod stages;

use std::rc::Rc;

use tidegate::clock::{SteadyClock, Tick, Timestamp};
use tidegate::config::routing::{Cooldowns, Sticky, Strategy};
use tidegate::config::runtime::{Model, RETRY_BUDGET, Stage, Target};
use tidegate::policies::auth::Key;
use tidegate::routing::board::Board;
use tidegate::routing::facts::Facts;
use tidegate::routing::profile::{Profile, Wishes};
use tidegate::routing::router::{Planned, Router};

/// A number from 0 to 1 after the other, the same in each run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn next(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }

    /// With a mean of 1, as times between independent events have it.
    pub(crate) fn exponential(&mut self) -> f64 {
        -(1.0 - self.next()).ln()
    }

    /// With a median of 1: a normal number as the sum of twelve even ones, on a logarithmic scale.
    pub(crate) fn spread(&mut self, sigma: f64) -> f64 {
        let normal: f64 = (0..12).map(|_| self.next()).sum::<f64>() - 6.0;
        (normal * sigma).exp()
    }
}

pub(crate) fn board(seed: u64) -> Rc<Board> {
    Board::new(&Rc::new(SteadyClock::new(Tick::default())), seed)
}

pub(crate) fn model(strategy: Strategy, sticky: Option<Sticky>, targets: Vec<Target>) -> Model {
    Model {
        name: "m".into(),
        stages: vec![Stage {
            strategy,
            sticky,
            targets,
            ..Stage::default()
        }],
        ..Model::default()
    }
}

pub(crate) fn router(model: &Model, board: &Rc<Board>) -> Router {
    let models = std::slice::from_ref(model);
    Router::compile(models, &Cooldowns::default(), RETRY_BUDGET, board)
}

pub(crate) fn plan(router: &Router, model: &Model, facts: &Facts<'_>, now: Timestamp) -> Planned {
    let profile = Profile::of(model, facts, Wishes::default());
    router.plan(0, &Key::default(), &profile, now).unwrap()
}
