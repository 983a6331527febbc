//! `fastest`, in an hour of changing latencies.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tidegate::clock::Timestamp;
use tidegate::config::routing::Strategy;
use tidegate::config::runtime::Target;
use tidegate::routing::board::report::merged;
use tidegate::routing::board::{Board, Ending, Passage};
use tidegate::routing::facts::Facts;

use super::{Random, board, model, plan, router};

const SECOND: u64 = 1_000_000_000;
const HOUR: u64 = 3_600 * SECOND;

/// Median milliseconds to the first token of three targets: each has its level for some minutes, drifts
/// on it, and now and then becomes many times slower at once.
fn truth(target: usize, at: u64) -> f64 {
    let minutes = at as f64 / 60e9;
    let level = |levels: &[f64], each: f64| {
        let step = (minutes / each) as usize;
        levels[step % levels.len()]
    };
    match target {
        0 => level(&[300.0, 900.0, 250.0, 1500.0, 400.0], 7.0),
        1 => level(&[500.0, 450.0, 700.0], 11.0) * (1.0 + 0.2 * (minutes / 5.0).sin()),
        _ => level(&[800.0, 350.0, 6000.0, 600.0], 5.0),
    }
}

/// What an hour came to.
#[derive(Debug)]
struct Came {
    /// Mean milliseconds that requests took.
    chosen: f64,
    /// What they would have taken with the target that was fastest when they came.
    oracle: f64,
    /// Slowest minute of each quarter, relative to the oracle's: how long a change goes unnoticed.
    requests: u32,
}

/// Plays an hour in which so many requests a second meet so many workers, which tell each other what
/// they know each tenth of a second.
fn play(strategy: Strategy, per_second: f64, workers: usize, seed: u64) -> Came {
    let targets = ["a", "b", "c"].map(|name| Target::new(name, "m"));
    let model = model(strategy, None, targets.to_vec());
    let boards: Vec<_> = (0..workers).map(|n| board(seed + n as u64)).collect();
    let routers: Vec<_> = boards.iter().map(|board| router(&model, board)).collect();
    let mut random = Random::new(seed);
    let mut under_way: BinaryHeap<Reverse<(u64, u64, usize)>> = BinaryHeap::new();
    let mut passages: Vec<Option<Passage>> = Vec::new();
    let (mut now, mut told, mut came) = (0, 0, (0.0, 0.0));
    let facts = Facts {
        stream: true,
        ..Facts::default()
    };
    while now < HOUR {
        now += (random.exponential() / per_second * 1e9) as u64;
        while let Some(Reverse((at, latency, index))) = under_way.peek().copied() {
            if at > now {
                break;
            }
            under_way.pop();
            end(&mut passages[index], latency, Timestamp(at));
        }
        if now - told > SECOND / 10 {
            tell(&boards, Timestamp(now));
            told = now;
        }
        let worker = (random.next() * workers as f64) as usize;
        let planned = plan(&routers[worker], &model, &facts, Timestamp(now));
        let first = &planned.attempts[0];
        let index = "abc".find(first.target.provider.as_str()).unwrap();
        // The same luck for whomever is asked.
        let luck = random.spread(0.3);
        let latency = truth(index, now) * luck;
        let best = (0..3)
            .map(|target| truth(target, now))
            .fold(f64::MAX, f64::min);
        came = (came.0 + latency, came.1 + best * luck);
        let latency = (latency * 1e6) as u64;
        under_way.push(Reverse((now + latency, latency, passages.len())));
        passages.push(Some(boards[worker].begin(
            first.place.unwrap(),
            0,
            Timestamp(now),
        )));
    }
    let requests = u32::try_from(passages.len()).unwrap();
    Came {
        chosen: came.0 / f64::from(requests),
        oracle: came.1 / f64::from(requests),
        requests,
    }
}

fn end(passage: &mut Option<Passage>, latency: u64, now: Timestamp) {
    let passage = passage.take().unwrap();
    let ending = Ending::Answered {
        stream: true,
        first: Duration::from_nanos(latency),
        output: None,
    };
    passage.board().ended(passage.place(), ending, now);
}

fn tell(boards: &[std::rc::Rc<Board>], now: Timestamp) {
    let reports: Vec<_> = boards.iter().map(|board| board.report("x", now)).collect();
    for (own, board) in boards.iter().enumerate() {
        let others = reports
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != own);
        board.learn(&merged(others.map(|(_, report)| report)), now);
    }
}

#[test]
fn fastest_is_within_five_percent_of_one_who_knows() {
    for (per_second, workers) in [(20.0, 1), (20.0, 2), (100.0, 4), (5.0, 1)] {
        for seed in 1..=3 {
            let came = play(Strategy::Fastest, per_second, workers, seed);
            let ratio = came.chosen / came.oracle;
            println!(
                "fastest: {per_second}/s, {workers} workers, {} requests: {:.1} ms, oracle {:.1} ms, \
                 ratio {ratio:.4}",
                came.requests, came.chosen, came.oracle
            );
            assert!(ratio <= 1.05, "{per_second}/s, {workers} workers: {ratio}");
        }
    }
}

#[test]
fn an_order_that_does_not_look_is_far_from_it() {
    for strategy in [Strategy::Priority, Strategy::Weighted, Strategy::LeastBusy] {
        let came = play(strategy, 20.0, 1, 1);
        let ratio = came.chosen / came.oracle;
        assert!(ratio > 1.3, "{strategy:?} {ratio}: the hour is too easy");
    }
}
