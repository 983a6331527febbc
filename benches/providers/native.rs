//! Measures natively.
#![expect(clippy::print_stdout, reason = "a benchmark tells what it has found")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark looks at the real clock"
)]

use std::time::{Duration, Instant};

use crate::allocations;
use crate::work::{OPERATIONS, kinds, operation};

/// How long one sample takes, and how many there are; the least disturbed one counts.
const SAMPLE: Duration = Duration::from_millis(4);
const SAMPLES: usize = 40;

pub(crate) fn measure() {
    for kind in kinds() {
        for name in OPERATIONS {
            let mut round = operation(kind, name);
            round(); // buffers have grown
            let before = allocations::so_far();
            round();
            let allocations = allocations::so_far() - before;
            println!("{kind} {name} {:.1} {allocations}", nanoseconds(&mut round));
        }
    }
}

fn nanoseconds(round: &mut dyn FnMut()) -> f64 {
    let mut rounds: u32 = 1;
    while time(rounds, round) < SAMPLE {
        rounds *= 2;
    }
    let samples = (0..SAMPLES).map(|_| time(rounds, round).as_secs_f64());
    samples.fold(f64::INFINITY, f64::min) / f64::from(rounds) * 1e9
}

fn time(rounds: u32, round: &mut dyn FnMut()) -> Duration {
    let start = Instant::now();
    for _ in 0..rounds {
        round();
    }
    start.elapsed()
}
