use std::rc::Rc;

use super::*;
use crate::clock::{SteadyClock, Tick};
use crate::routing::board::{Ending, Failure, Health};

const SECOND: u64 = 1_000_000_000;

fn board() -> Rc<Board> {
    let board = Board::new(&Rc::new(SteadyClock::new(Tick::default())), 7);
    board.register("a/x");
    board
}

#[test]
fn a_cooldown_travels_and_does_not_come_back() {
    let (one, other) = (board(), board());
    let place = one.register("a/x");
    let failure = Failure {
        cause: Cause::RateLimit,
        is_refusal: true,
        retry_after: Some(Duration::from_secs(7)),
    };
    one.ended(place, Ending::Failed(failure), Timestamp(0));
    let report = one.report("one", Timestamp(SECOND));
    // The other one's clock is another.
    other.learn(&merged([&report].into_iter()), Timestamp(100 * SECOND));
    let health = |at: u64| {
        let view = other.view(other.register("a/x"), 0, Timestamp(at * SECOND));
        view.unwrap().health
    };
    assert!(matches!(
        health(105),
        Health::Cooling {
            told: true,
            cause: Cause::RateLimit,
            ..
        }
    ));
    assert_eq!(health(106), Health::HalfOpen);
    let back = other.report("other", Timestamp(103 * SECOND));
    assert_eq!(back.targets, []);
}

#[test]
fn what_others_have_under_way_counts_until_they_say_otherwise() {
    let (one, other) = (board(), board());
    let place = one.register("a/x");
    let passage = one.begin(place, 0, Timestamp(0));
    let report = |now| one.report("one", Timestamp(now));
    let seen = || other.view(other.register("a/x"), 0, Timestamp(0)).unwrap();
    other.learn(&merged([&report(0), &report(0)].into_iter()), Timestamp(0));
    assert_eq!(seen().in_flight, 2);
    drop(passage);
    other.learn(&merged([&report(0)].into_iter()), Timestamp(0));
    assert_eq!(seen().in_flight, 0);
}

#[test]
fn latencies_are_joined() {
    let (one, other) = (board(), board());
    let answered = |ms| Ending::Answered {
        stream: true,
        first: Duration::from_millis(ms),
        output: Some(10),
    };
    let place = one.register("a/x");
    one.ended(place, answered(100), Timestamp(0));
    other.ended(place, answered(300), Timestamp(0));
    let report = one.report("one", Timestamp(0));
    other.learn(&merged([&report].into_iter()), Timestamp(0));
    let means = other.means(place, Timestamp(0)).unwrap();
    assert_eq!(means.first_token.mean(), Some(200_000.0));
    assert_eq!(means.output.mean(), Some(10.0));
}

#[test]
fn a_report_is_small_json_and_nonsense_in_it_does_no_harm() {
    let quiet = board().report("one", Timestamp(0));
    let text = serde_json::to_string(&quiet).unwrap();
    assert_eq!(text, r#"{"teller":"one","targets":[]}"#);
    let board = board();
    let nonsense = Target {
        id: "a/x".into(),
        first_token: Mean(7, 0),
        cooling_ms: u64::MAX,
        cause: "boredom".into(),
        ..Target::default()
    };
    board.learn(&[nonsense], Timestamp(0));
    let means = board.means(board.register("a/x"), Timestamp(0)).unwrap();
    assert_eq!(means.first_token.mean(), None);
}
