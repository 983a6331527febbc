use super::*;
use crate::config::limits::Counter;
use crate::limiter::protocol::{Grant, SyncReply};
use crate::limiter::{Admission, Slot};

const NOW: Timestamp = Timestamp(1_000_000_000);

fn goal(need: u64, want: u64) -> Goal {
    Goal { need, want }
}

/// A limiter with a budget of 1,000 of which it holds `granted`, and a request that has reserved
/// 100 of it.
fn reserved(granted: u64, on_unavailable: &str) -> (Limiter, Reservation) {
    let counter: Counter = serde_json::from_value(serde_json::json!({
        "id": "c", "scope": {"kind": "key", "name": "k"}, "measure": "cost", "limit": 1_000,
        "window": {"sliding": 60_000}, "on_unavailable": on_unavailable}))
    .unwrap();
    let mut limiter = Limiter::new("holder".into());
    let slot = limiter.register(&Rc::new(counter));
    let demand = [Demand { slot, units: 100 }];
    assert!(matches!(
        limiter.admit(&demand, false, NOW),
        Admission::Wait(_)
    ));
    answer(&mut limiter, granted, 0);
    let Admission::Granted(reservation) = limiter.admit(&demand, true, NOW) else {
        panic!("it was granted")
    };
    (limiter, reservation)
}

/// The sidecar's answer to the sync that is due.
fn answer(limiter: &mut Limiter, granted: u64, retry_after_ms: u64) {
    let (_, sync) = limiter.sync(NOW).expect("a sync is due");
    assert_eq!(sync.counters.len(), 1);
    let grant = Grant {
        id: "c".into(),
        lease: 3,
        granted,
        remaining: 0,
        retry_after_ms,
        reset_ms: 1_000,
        scarce: false,
    };
    let reply = SyncReply {
        valid_ms: 10_000,
        grants: vec![grant],
        unavailable: vec![],
    };
    limiter.answered(&reply, NOW).unwrap();
}

fn extend(
    limiter: &mut Limiter,
    reservation: &mut Reservation,
    goal: Goal,
    asked: Option<u64>,
) -> Extension {
    limiter.extend(reservation, Measure::Cost, goal, asked, NOW)
}

fn units(reservation: &Reservation) -> u64 {
    reservation.parts[0].units
}

fn free(limiter: &Limiter, now: Timestamp) -> u64 {
    limiter.leases[Slot(0).0].free(now)
}

#[test]
fn what_the_lease_has_is_taken_without_asking() {
    let (mut limiter, mut reservation) = reserved(150, "deny");
    let covered = extend(&mut limiter, &mut reservation, goal(90, 120), None);
    assert_eq!(covered, Extension::Covered);
    assert_eq!((units(&reservation), free(&limiter, NOW)), (120, 30));
    limiter.settle(&reservation, |_| 110);
    assert_eq!(free(&limiter, NOW), 40);
}

#[test]
fn what_is_missing_is_asked_for_once_and_then_taken() {
    let (mut limiter, mut reservation) = reserved(110, "deny");
    let asked = extend(&mut limiter, &mut reservation, goal(90, 130), None);
    let Extension::Asked(number) = asked else {
        panic!("{asked:?}")
    };
    assert_eq!(units(&reservation), 110);
    // Also beyond what is set aside, as long as nobody knows.
    let again = extend(&mut limiter, &mut reservation, goal(125, 130), Some(number));
    assert_eq!(again, asked);
    let (_, sync) = limiter.sync(NOW).unwrap();
    assert_eq!((sync.counters[0].need, sync.counters[0].least), (20, 20));
    limiter.failed(NOW);
}

#[test]
fn what_the_sidecar_grants_covers_and_what_it_refuses_ends_the_request() {
    for (granted, retry_after_ms, expected) in [
        (140, 0, Extension::Covered),
        (110, 5_000, Extension::UsedUp),
    ] {
        let (mut limiter, mut reservation) = reserved(110, "deny");
        let asked = extend(&mut limiter, &mut reservation, goal(90, 130), None);
        let Extension::Asked(number) = asked else {
            panic!("{asked:?}")
        };
        answer(&mut limiter, granted, retry_after_ms);
        let need = goal(111, 130);
        let after = extend(&mut limiter, &mut reservation, need, Some(number));
        assert_eq!(after, expected);
    }
}

#[test]
fn a_refusal_counts_only_when_what_is_set_aside_is_used() {
    let (mut limiter, mut reservation) = reserved(110, "deny");
    let Extension::Asked(number) = extend(&mut limiter, &mut reservation, goal(90, 130), None)
    else {
        panic!("it is asked for")
    };
    answer(&mut limiter, 110, 5_000);
    let within = extend(&mut limiter, &mut reservation, goal(110, 130), Some(number));
    assert_eq!(within, Extension::Short);
    let beyond = extend(&mut limiter, &mut reservation, goal(111, 130), Some(number));
    assert_eq!(beyond, Extension::UsedUp);
}

#[test]
fn a_refusal_may_be_lifted_before_more_is_needed() {
    let (mut limiter, mut reservation) = reserved(110, "deny");
    let Extension::Asked(number) = extend(&mut limiter, &mut reservation, goal(90, 130), None)
    else {
        panic!("it is asked for")
    };
    answer(&mut limiter, 110, 5_000);
    let later = NOW.after(std::time::Duration::from_secs(1));
    let reserve = &mut reservation;
    let again = limiter.extend(reserve, Measure::Cost, goal(105, 130), Some(number), later);
    assert_eq!(again, Extension::Asked(number + 1));
    answer(&mut limiter, 140, 0);
    let after = extend(
        &mut limiter,
        &mut reservation,
        goal(111, 130),
        Some(number + 1),
    );
    assert_eq!(after, Extension::Covered);
}

#[test]
fn a_lease_that_has_run_out_gives_nothing_more() {
    for (on_unavailable, expected) in [("deny", Extension::UsedUp), ("allow", Extension::Covered)] {
        let (mut limiter, mut reservation) = reserved(200, on_unavailable);
        limiter.tick(NOW.after(std::time::Duration::from_secs(11)));
        let within = extend(&mut limiter, &mut reservation, goal(100, 120), None);
        assert_ne!(within, Extension::UsedUp);
        let beyond = extend(&mut limiter, &mut reservation, goal(101, 120), None);
        assert_eq!(beyond, expected, "{on_unavailable}");
        assert_eq!(units(&reservation), 100);
    }
}

#[test]
fn other_measures_are_not_extended() {
    let (mut limiter, mut reservation) = reserved(200, "deny");
    let tokens = limiter.extend(&mut reservation, Measure::Tokens, goal(500, 500), None, NOW);
    assert_eq!((tokens, units(&reservation)), (Extension::Covered, 100));
}
