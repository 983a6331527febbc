//! Measures natively.
#![expect(clippy::print_stdout, reason = "a benchmark tells what it has found")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks at the real clock"
)]

use std::time::{Duration, Instant};

use crate::allocations;
use crate::work::{OPERATIONS, Round, kinds, operation};

/// How long one sample takes.
const SAMPLE: Duration = Duration::from_millis(4);

/// How often each provider has its turn, so that all of them see the same machine, and the samples
/// of a turn. Of a turn the least disturbed sample counts, and of the turns the median.
const TURNS: usize = 5;
const SAMPLES: usize = 5;

pub(crate) fn measure() {
    for name in OPERATIONS {
        let mut providers: Vec<Provider> = kinds()
            .into_iter()
            .map(|kind| Provider::new(kind, operation(kind, name)))
            .collect();
        for _ in 0..TURNS {
            providers.iter_mut().for_each(Provider::turn);
        }
        for Provider {
            kind,
            allocations,
            turns,
            ..
        } in providers
        {
            println!("{kind} {name} {:.1} {allocations}", median(turns));
        }
    }
}

/// An operation of one provider.
struct Provider {
    kind: &'static str,
    round: Round,
    allocations: u64,
    /// Rounds that a sample has.
    rounds: u32,
    /// Nanoseconds of each turn.
    turns: Vec<f64>,
}

impl Provider {
    fn new(kind: &'static str, mut round: Round) -> Self {
        round(); // buffers have grown
        let before = allocations::so_far();
        round();
        let allocations = allocations::so_far() - before;
        let mut rounds = 1;
        while time(rounds, &mut round) < SAMPLE {
            rounds *= 2;
        }
        Self {
            kind,
            round,
            allocations,
            rounds,
            turns: Vec::new(),
        }
    }

    fn turn(&mut self) {
        let samples = (0..SAMPLES).map(|_| time(self.rounds, &mut self.round).as_secs_f64());
        let least = samples.fold(f64::INFINITY, f64::min);
        self.turns.push(least / f64::from(self.rounds) * 1e9);
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    *all.get(all.len() / 2).unwrap()
}

fn time(rounds: u32, round: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        round();
    }
    start.elapsed()
}
