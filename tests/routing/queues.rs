//! `least_busy`, and targets that take only so many requests at a time.

use tidegate::clock::Timestamp;
use tidegate::config::routing::Strategy;
use tidegate::config::runtime::Target;
use tidegate::policies::auth::Key;
use tidegate::routing::facts::Facts;
use tidegate::routing::profile::{Profile, Wishes};
use tidegate::routing::router::Unplanned;

use super::{board, model, plan, router};

#[test]
fn the_least_busy_target_is_the_one_with_the_fewest_requests_for_its_weight() {
    let targets = [("a", 1), ("b", 3)].map(|(name, weight)| Target {
        weight,
        ..Target::new(name, "m")
    });
    let model = model(Strategy::LeastBusy, None, targets.to_vec());
    let board = board(1);
    let router = router(&model, &board);
    let passages: Vec<_> = (0..40)
        .map(|_| {
            let planned = plan(&router, &model, &Facts::default(), Timestamp(0));
            board.begin(planned.attempts[0].place.unwrap(), 0, Timestamp(0))
        })
        .collect();
    let b = board.register("b/m");
    let of_b = passages
        .iter()
        .filter(|passage| passage.place() == b)
        .count();
    assert_eq!((passages.len(), of_b), (40, 30));
}

#[test]
fn a_full_target_is_not_tried_and_where_all_are_full_there_is_no_plan() {
    let targets = [("a", 2), ("b", 1)].map(|(name, most)| Target {
        max_parallel_requests: Some(most),
        ..Target::new(name, "m")
    });
    let model = model(Strategy::Priority, None, targets.to_vec());
    let board = board(1);
    let router = router(&model, &board);
    let mut passages = Vec::new();
    for expected in ["a", "a", "b"] {
        let planned = plan(&router, &model, &Facts::default(), Timestamp(0));
        let first = &planned.attempts[0];
        assert_eq!(first.target.provider, expected);
        passages.push(board.begin(first.place.unwrap(), 0, Timestamp(0)));
    }
    let profile = Profile::of(&model, &Facts::default(), Wishes::default());
    let again = || router.plan(0, &Key::default(), &profile, Timestamp(0));
    assert_eq!(again().unwrap_err(), Unplanned::Full);
    passages.remove(0);
    assert_eq!(again().unwrap().attempts[0].target.provider, "a");
}
