//! Shares of the traffic, and arms that stay.

use std::collections::HashMap;
use std::time::Duration;

use tidegate::clock::Timestamp;
use tidegate::config::routing::{Cause, Sticky, Strategy};
use tidegate::config::runtime::Target;
use tidegate::routing::board::{Ending, Failure};
use tidegate::routing::facts::Facts;

use super::{board, model, plan, router};

fn weighted(weights: &[u32]) -> Vec<Target> {
    let named = weights.iter().enumerate();
    let target = |(index, weight): (usize, &u32)| Target {
        weight: *weight,
        ..Target::new(format!("p{index}"), "m")
    };
    named.map(target).collect()
}

#[test]
fn shares_are_exact_to_the_request() {
    for weights in [
        &[70, 30][..],
        &[1, 2, 7],
        &[5, 1, 0],
        &[1, 1, 1, 1, 1, 1, 1],
    ] {
        let model = model(Strategy::Weighted, None, weighted(weights));
        let board = board(1);
        let router = router(&model, &board);
        let mut counts: HashMap<String, u32> = HashMap::new();
        for _ in 0..10_000 {
            let planned = plan(&router, &model, &Facts::default(), Timestamp(0));
            *counts
                .entry(planned.attempts[0].target.provider.clone())
                .or_default() += 1;
        }
        let total: u32 = weights.iter().sum();
        for (index, weight) in weights.iter().enumerate() {
            let count = counts
                .get(&format!("p{index}"))
                .copied()
                .unwrap_or_default();
            let due = 10_000.0 * f64::from(*weight) / f64::from(total);
            assert!(
                (f64::from(count) - due).abs() <= 1.0,
                "{weights:?} {counts:?}"
            );
        }
    }
}

/// The arm of each of a thousand keys.
fn arms(targets: &[Target], fail: Option<usize>) -> Vec<(String, String)> {
    let model = model(Strategy::Weighted, Some(Sticky::Key), targets.to_vec());
    let board = board(1);
    let router = router(&model, &board);
    if let Some(index) = fail {
        let failure = Failure {
            cause: Cause::RateLimit,
            is_refusal: true,
            retry_after: Some(Duration::from_secs(60)),
        };
        let place = board.register(&targets[index].id());
        board.ended(place, Ending::Failed(failure), Timestamp(0));
    }
    let arm = |key: u32| {
        let key = format!("key-{key}");
        let facts = Facts {
            key_id: &key,
            ..Facts::default()
        };
        let planned = plan(&router, &model, &facts, Timestamp(0));
        let arm = planned.reason.arm.unwrap().provider.clone();
        (arm, planned.attempts[0].target.provider.clone())
    };
    (0..1_000).map(arm).collect()
}

#[test]
fn a_sticky_arm_never_changes() {
    let two = weighted(&[70, 30]);
    let before = arms(&two, None);
    assert!(before.iter().all(|(arm, served)| arm == served));
    assert_eq!(before, arms(&two, None), "after a restart");
    let reordered: Vec<_> = two.iter().rev().cloned().collect();
    assert_eq!(
        before,
        arms(&reordered, None),
        "in another order of the file"
    );
    // While its target is away, a key is served elsewhere and keeps its arm.
    let during = arms(&two, Some(0));
    assert!(during.iter().all(|(_, served)| served == "p1"));
    let names = |all: &[(String, String)]| -> Vec<String> {
        all.iter().map(|(arm, _)| arm.clone()).collect()
    };
    assert_eq!(names(&before), names(&during));
    let share = before.iter().filter(|(arm, _)| arm == "p0").count();
    assert!((650..750).contains(&share), "{share}");
}

#[test]
fn a_target_that_comes_takes_its_share_and_moves_no_other() {
    let two = arms(&weighted(&[50, 50]), None);
    let three = arms(&weighted(&[50, 50, 50]), None);
    let moved = two
        .iter()
        .zip(&three)
        .filter(|(before, after)| before != after);
    let (mut count, mut elsewhere) = (0, 0);
    for (_, (after, _)) in moved {
        count += 1;
        elsewhere += u32::from(after != "p2");
    }
    assert_eq!(elsewhere, 0);
    assert!((270..400).contains(&count), "{count}");
}
