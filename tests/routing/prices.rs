//! `cheapest`, in an hour of changing prices.

use std::sync::Arc;
use std::time::Duration;

use tidegate::chat::Usage;
use tidegate::clock::Timestamp;
use tidegate::config::routing::Strategy;
use tidegate::config::runtime::{Model, Target};
use tidegate::pricing::{Price, Tier};
use tidegate::routing::board::Ending;
use tidegate::routing::facts::Facts;

use super::{Random, board, model, plan, router};

const SECOND: u64 = 1_000_000_000;

/// Prices of three targets in one of the hour's twelve parts, in pico-dollars for a token: cheap input
/// and dear output, the other way round, and one whose long prompts cost twice as much.
fn prices(part: usize) -> [Price; 3] {
    let change = [100, 80, 130, 60, 110, 90][part % 6];
    let price = |input: u64, output: u64, long: Option<u64>| Price {
        tiers: [Some(0), long]
            .into_iter()
            .flatten()
            .map(|above| {
                let factor = if above > 0 { 2 } else { 1 };
                Tier {
                    above,
                    input: input * factor,
                    output: output * factor,
                    ..Tier::default()
                }
            })
            .collect(),
        ..Price::default()
    };
    [
        price(150_000 * change / 100, 2_400_000, None),
        price(900_000, 1_000_000 * change / 80, None),
        price(300_000, 1_500_000 * 100 / change, Some(8_000)),
    ]
}

fn at(part: usize) -> Model {
    let names = ["a", "b", "c"].into_iter().zip(prices(part));
    let targets = names.map(|(name, price)| Target {
        price: Some(Arc::new(price)),
        ..Target::new(name, "m")
    });
    model(Strategy::Cheapest, None, targets.collect())
}

/// Requests of an hour whose answers no client limits: how long they become is for experience to know.
fn ratio(limited: bool, seed: u64) -> f64 {
    let board = board(seed);
    let mut random = Random::new(seed);
    let (mut chosen, mut oracle) = (0.0, 0.0);
    for part in 0..12 {
        // A configuration with new prices: what is known of the targets stays.
        let model = at(part);
        let router = router(&model, &board);
        for second in 0..300u64 {
            for _ in 0..5 {
                let now = Timestamp((part as u64 * 300 + second) * SECOND);
                let input = (1_500.0 * random.spread(1.0)) as u64;
                let output = (400.0 * random.spread(0.4)) as u64 + 1;
                let facts = Facts {
                    input_tokens: input,
                    max_output: limited.then_some(output),
                    ..Facts::default()
                };
                let planned = plan(&router, &model, &facts, now);
                let usage = Usage {
                    input,
                    output,
                    ..Usage::default()
                };
                let cost = |target: &Target| target.price.as_ref().unwrap().cost(&usage, None);
                let first = &planned.attempts[0];
                chosen += cost(&first.target) as f64;
                oracle += model.targets().map(cost).min().unwrap() as f64;
                let passage = board.begin(first.place.unwrap(), 0, now);
                let ending = Ending::Answered {
                    stream: false,
                    first: Duration::from_millis(300),
                    output: Some(output),
                };
                board.ended(passage.place(), ending, now);
            }
        }
    }
    chosen / oracle
}

#[test]
fn cheapest_is_within_five_percent_of_one_who_knows() {
    for limited in [false, true] {
        for seed in 1..=3 {
            let ratio = ratio(limited, seed);
            println!("cheapest: answers limited by the client: {limited}, ratio {ratio:.4}");
            assert!(ratio <= 1.05, "{limited} {ratio}");
        }
    }
}
