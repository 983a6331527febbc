//! What a counter does, one rule a test.

use super::*;
use crate::limits::{ASK_AGAIN_MS, PeriodNow};

const MINUTE: u64 = 60_000;
const START: u64 = 1_800_000_000_000;

fn sliding(limit: u64) -> Terms {
    let span = Span::Sliding(MINUTE);
    Terms { limit, span }
}

fn held(limit: u64) -> Terms {
    let span = Span::Held;
    Terms { limit, span }
}

fn ask(lease: u64, need: u64) -> Report {
    Report {
        lease,
        least: need.min(1),
        need,
        want: need,
        ..Report::default()
    }
}

fn spent(lease: u64, settled: u64) -> Report {
    Report {
        lease,
        settled,
        ..Report::default()
    }
}

#[test]
fn what_is_needed_is_granted_and_a_wish_at_most_half_a_share() {
    let mut state = State::default();
    let report = Report {
        want: 900,
        ..ask(0, 1)
    };
    let first = state.apply(&sliding(1000), "a", &report, START);
    assert_eq!((first.granted, first.remaining), (500, 500));
    let second = state.apply(&sliding(1000), "b", &report, START);
    assert_eq!((second.granted, second.remaining), (125, 375));
    assert_eq!((second.retry_after_ms, second.scarce), (0, false));
}

#[test]
fn near_the_limit_what_is_left_is_granted_if_it_serves_one_request() {
    let mut state = State::default();
    let need = Report {
        least: 30,
        ..ask(0, 200)
    };
    let grant = state.apply(&sliding(100), "a", &need, START);
    assert_eq!((grant.granted, grant.remaining), (100, 0));
    assert!(grant.scarce);
    assert_eq!(grant.retry_after_ms, ASK_AGAIN_MS);
    let mut state = State::default();
    let grant = state.apply(&sliding(20), "a", &need, START);
    assert_eq!((grant.granted, grant.remaining), (0, 20));
}

#[test]
fn retry_after_is_when_enough_has_left_the_window() {
    let mut state = State::default();
    let terms = sliding(10);
    let grant = state.apply(&terms, "a", &ask(0, 10), START);
    state.apply(&terms, "a", &spent(grant.lease, 4), START + 100);
    state.apply(&terms, "a", &spent(grant.lease, 10), START + 5_100);
    let few = state.apply(&terms, "b", &ask(0, 4), START + 6_000);
    assert_eq!(few.retry_after_ms, 500 + MINUTE - 6_000);
    let more = Report {
        least: 5,
        ..ask(few.lease, 5)
    };
    let many = state.apply(&terms, "b", &more, START + 6_000);
    assert_eq!(many.retry_after_ms, 5_500 + MINUTE - 6_000);
    assert_eq!(many.reset_ms, 5_500 + MINUTE - 6_000);
    let at = START + 6_000 + few.retry_after_ms;
    let refused = state.apply(&terms, "b", &ask(few.lease, 4), at - 1);
    assert_eq!(refused.granted, 0);
    let granted = state.apply(&terms, "b", &ask(few.lease, 4), at);
    assert_eq!((granted.granted, granted.retry_after_ms), (4, 0));
}

#[test]
fn a_silent_holders_outstanding_is_used_and_its_lease_is_gone() {
    let mut state = State::default();
    let terms = sliding(10);
    let old = state.apply(&terms, "a", &ask(0, 6), START);
    let gone = START + VALID_MS + MARGIN_MS;
    state.apply(&terms, "b", &ask(0, 0), gone);
    assert_eq!((state.used(), state.outstanding()), (0, 6));
    state.apply(&terms, "b", &ask(0, 0), gone + 1);
    assert_eq!((state.used(), state.outstanding()), (6, 0));
    let new = state.apply(&terms, "a", &spent(old.lease, 6), gone + 2);
    assert!(new.lease > old.lease);
    assert_eq!((state.used(), new.granted), (6, 0));
}

#[test]
fn a_slot_of_a_silent_holder_is_free() {
    let mut state = State::default();
    state.apply(&held(2), "a", &ask(0, 2), START);
    let refused = state.apply(&held(2), "b", &ask(0, 1), START + 1);
    assert_eq!((refused.granted, refused.retry_after_ms), (0, ASK_AGAIN_MS));
    let later = START + VALID_MS + MARGIN_MS + 1;
    let granted = state.apply(&held(2), "b", &ask(refused.lease, 1), later);
    assert_eq!((granted.granted, granted.remaining), (1, 1));
}

#[test]
fn a_slot_that_is_given_back_is_free() {
    let mut state = State::default();
    let grant = state.apply(&held(1), "a", &ask(0, 1), START);
    let back = Report {
        returned: 1,
        ..spent(grant.lease, 0)
    };
    let grant = state.apply(&held(1), "a", &back, START + 1);
    assert_eq!((grant.granted, grant.remaining), (1, 1));
    assert_eq!((grant.reset_ms, state.used()), (0, 0));
}

#[test]
fn a_report_that_comes_twice_changes_nothing() {
    let mut state = State::default();
    let terms = sliding(100);
    let grant = state.apply(&terms, "a", &ask(0, 10), START);
    let report = Report {
        returned: 3,
        ..spent(grant.lease, 5)
    };
    let once = state.apply(&terms, "a", &report, START + 1);
    assert_eq!(state.apply(&terms, "a", &report, START + 1), once);
    assert_eq!((state.used(), state.outstanding()), (5, 2));
}

#[test]
fn a_report_that_is_overtaken_changes_nothing() {
    let mut state = State::default();
    let terms = sliding(100);
    let grant = state.apply(&terms, "a", &ask(0, 10), START);
    state.apply(&terms, "a", &spent(grant.lease, 5), START + 1);
    let late = state.apply(&terms, "a", &ask(grant.lease, 7), START + 2);
    assert_eq!((late.lease, late.granted), (grant.lease, 10));
    assert_eq!((state.used(), state.outstanding()), (5, 5));
}

#[test]
fn a_holder_that_missed_the_answer_is_told_again_and_nothing_is_lost() {
    let mut state = State::default();
    let terms = sliding(100);
    let old = state.apply(&terms, "a", &ask(0, 0), START);
    let later = START + VALID_MS + MARGIN_MS + 1;
    let missed = state.apply(&terms, "a", &ask(old.lease, 10), later);
    assert!(missed.lease > old.lease);
    let heard = state.apply(&terms, "a", &ask(old.lease, 10), later + 1_000);
    assert_eq!((heard.lease, heard.granted), (missed.lease, 10));
    assert_eq!((heard.retry_after_ms, state.used()), (0, 0));
    let more = state.apply(&terms, "a", &ask(old.lease, 12), later + 2_000);
    assert_eq!((more.lease, more.granted), (missed.lease, 12));
    state.apply(&terms, "a", &spent(more.lease, 3), later + 3_000);
    let late = state.apply(&terms, "a", &ask(old.lease, 50), later + 4_000);
    assert_eq!((late.lease, late.granted), (missed.lease, 12));
}

#[test]
fn a_holder_that_has_none_voids_what_it_had() {
    let mut state = State::default();
    let terms = sliding(100);
    let old = state.apply(&terms, "a", &ask(0, 10), START);
    let new = state.apply(&terms, "a", &ask(0, 10), START);
    assert!(new.lease > old.lease);
    assert_eq!((new.granted, state.outstanding()), (10, 20));
    let later = START + VALID_MS + MARGIN_MS;
    state.apply(&terms, "a", &ask(new.lease, 0), later);
    assert_eq!((state.used(), state.outstanding()), (0, 20));
    state.apply(&terms, "a", &ask(new.lease, 0), later + 1);
    assert_eq!((state.used(), state.outstanding()), (10, 10));
}

#[test]
fn a_lease_of_another_life_voids_what_is_there() {
    let mut state = State::default();
    let terms = sliding(100);
    let here = state.apply(&terms, "a", &ask(0, 10), START);
    let named = here.lease + 50;
    let grant = state.apply(&terms, "a", &ask(named, 1), START + 1);
    assert!(grant.lease > named);
    assert_eq!((grant.granted, state.outstanding()), (1, 11));
}

#[test]
fn what_was_spent_beyond_the_grant_is_used_and_the_next_grants_wait_for_it() {
    let mut state = State::default();
    let terms = sliding(10);
    let grant = state.apply(&terms, "a", &ask(0, 8), START);
    let over = state.apply(&terms, "a", &spent(grant.lease, 13), START + 1);
    assert_eq!((over.granted, over.remaining), (13, 0));
    assert_eq!((state.used(), state.outstanding()), (13, 0));
    let refused = state.apply(&terms, "b", &ask(0, 1), START + 2);
    assert_eq!(refused.granted, 0);
}

#[test]
fn a_clock_that_steps_back_frees_nothing_early_and_nothing_late() {
    let mut state = State::default();
    let terms = sliding(10);
    let grant = state.apply(&terms, "a", &ask(0, 10), START);
    state.apply(&terms, "a", &spent(grant.lease, 6), START);
    let back = START - 3_600_000;
    let refused = state.apply(&terms, "b", &ask(0, 1), back);
    assert_eq!(refused.granted, 0);
    assert!(refused.retry_after_ms <= MINUTE + 500);
    state.apply(&terms, "b", &ask(refused.lease, 0), back + 12_001);
    assert_eq!((state.used(), state.outstanding()), (10, 0));
    state.apply(
        &terms,
        "b",
        &ask(refused.lease, 0),
        back + 12_001 + MINUTE + 500,
    );
    assert_eq!(state.used(), 0);
}

#[test]
fn a_new_period_begins_with_nothing_used_and_an_old_one_does_not_come_back() {
    let period = |start, ends_in_ms| Terms {
        limit: 10,
        span: Span::Calendar(PeriodNow { start, ends_in_ms }),
    };
    let two = |lease| Report {
        least: 2,
        ..ask(lease, 2)
    };
    let mut state = State::default();
    let grant = state.apply(&period(1_000, 500), "a", &ask(0, 9), START);
    state.apply(&period(1_000, 500), "a", &spent(grant.lease, 7), START);
    let refused = state.apply(&period(1_000, 400), "b", &two(0), START + 100);
    assert_eq!((refused.granted, refused.reset_ms), (0, 400));
    assert_eq!(refused.retry_after_ms, 400);
    let next = state.apply(&period(2_000, 1_000), "b", &two(refused.lease), START + 500);
    assert_eq!((next.granted, state.used(), state.outstanding()), (2, 0, 4));
    let late = state.apply(&period(1_000, 1), "b", &ask(next.lease, 0), START + 501);
    assert_eq!((state.used(), late.reset_ms), (0, 999));
}

#[test]
fn seeds_leave_the_window_by_their_age() {
    let seed = |age_ms, amount| Seed { age_ms, amount };
    let seeds = [seed(59_000, 4), seed(61_000, 8), seed(0, 1)];
    let mut state = State::seeded(&sliding(10), &seeds, START);
    assert_eq!(state.used(), 5);
    state.apply(&sliding(10), "a", &ask(0, 0), START + 1_500);
    assert_eq!(state.used(), 1);
}
