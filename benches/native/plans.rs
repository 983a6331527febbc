//! Planning: a model with ten targets of which something is known.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use divan::Bencher;
use tidegate::clock::{SteadyClock, Tick, Timestamp};
use tidegate::config::routing::{Cooldowns, STRATEGIES, Sticky, Strategy};
use tidegate::config::runtime::{Model, RETRY_BUDGET, Stage, Target};
use tidegate::dialects::openai_chat as dialect;
use tidegate::headers::Headers;
use tidegate::policies::auth::Key;
use tidegate::pricing::{Price, Tier};
use tidegate::routing::board::{Board, Ending};
use tidegate::routing::facts::Facts;
use tidegate::routing::profile::{Profile, Wishes};
use tidegate::routing::router::Router;

use crate::texts;

const STRATEGY_NAMES: [&str; 7] = [
    "priority",
    "weighted",
    "weighted, sticky",
    "cheapest",
    "fastest",
    "least_busy",
    "affinity",
];

fn model(name: &str) -> Model {
    let (name, sticky) = match name {
        "weighted, sticky" => ("weighted", Some(Sticky::Key)),
        name => (name, None),
    };
    let found = STRATEGIES.iter().find(|(known, _)| *known == name);
    let targets = (1..=10).map(|number| Target {
        weight: number,
        price: Some(Arc::new(Price {
            tiers: vec![Tier {
                input: 100_000 * u64::from(number),
                output: 400_000,
                ..Tier::default()
            }],
            ..Price::default()
        })),
        ..Target::new(format!("provider-{number}"), "model")
    });
    Model {
        name: "smart".into(),
        stages: vec![Stage {
            strategy: found.map_or(Strategy::Priority, |(_, strategy)| *strategy),
            sticky,
            targets: targets.collect(),
            ..Stage::default()
        }],
        ..Model::default()
    }
}

/// Facts of the request, its profile, and its plan, with the time of the clock.
#[divan::bench(args = STRATEGY_NAMES)]
fn plan(bencher: Bencher<'_, '_>, name: &str) {
    let model = model(name);
    let board = Board::new(&Rc::new(SteadyClock::new(Tick::default())), 1);
    let models = std::slice::from_ref(&model);
    let router = Router::compile(models, &Cooldowns::default(), RETRY_BUDGET, &board);
    for (index, target) in model.targets().enumerate() {
        let place = board.register(&target.id());
        let ending = Ending::Answered {
            stream: true,
            first: Duration::from_millis(100 + 10 * index as u64),
            output: Some(200),
        };
        board.ended(place, ending, Timestamp(0));
    }
    let body = texts::request();
    let scan = dialect::scan(&body).unwrap();
    let (key, headers) = (Key::default(), Headers::default());
    let mut now = 0;
    bencher.bench_local(|| {
        now += 1_000_000;
        let facts = Facts::of(&model, &key, &headers, &body, &scan, 300);
        let profile = Profile::of(&model, &facts, Wishes::default());
        router.plan(0, &key, &profile, Timestamp(now)).unwrap()
    });
}
