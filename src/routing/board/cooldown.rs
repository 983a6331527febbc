//! When a target is left alone.
//!
//! ```text
//!            some failures in a row, half of the last ones, or one "not now", "not you"
//!   closed ───────────────────────────────────────────────────────────▶ cooling
//!     ▲                                                                  │ its time is over
//!     └── success ── half open: one request probes ◀─────────────────────┘
//!                        └── failure ──▶ cooling, twice as long
//! ```
//!
//! A cooldown never shortens: not by a success of a request that was under way, not by a later
//! failure that would ask for less.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::config::routing::{Cause, Cooldowns};

/// How long a probe that has been planned may take to begin.
const PROBE_BEGINS: Duration = Duration::from_secs(1);
/// So many outcomes are needed to judge by their share of failures.
const JUDGED_BY: f64 = 10.0;
/// A target that fails so often is left alone, even if never often in a row.
const TOO_MANY: f64 = 0.5;
/// The share is one of about so many outcomes.
const OUTCOMES: f64 = 20.0;

/// How an attempt failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failure {
    /// Why the request goes on to another target.
    pub cause: Cause,
    /// The provider will say the same to the next request: "not now", "not you".
    pub is_refusal: bool,
    /// When the provider wants to be asked again.
    pub retry_after: Option<Duration>,
}

/// One target's health, as one worker knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Cooldown {
    until: Timestamp,
    /// What of that this worker has found itself.
    found_until: Timestamp,
    /// The provider itself has said until when, up to this time.
    told_until: Timestamp,
    in_a_row: u32,
    /// Cooldowns since the last success.
    trips: u32,
    failed_at: Timestamp,
    cause: Option<Cause>,
    probe: Option<Timestamp>,
    share: f64,
    outcomes: f64,
}

/// Whether a target may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// It may.
    Good,
    /// One request may try it.
    HalfOpen,
    /// It is left alone.
    Cooling {
        /// Until then.
        until: Timestamp,
        /// The provider has asked for it.
        told: bool,
        /// For this.
        cause: Cause,
        /// When it last failed.
        failed_at: Timestamp,
    },
}

impl Cooldown {
    /// Whether it may be tried; `in_flight` requests are under way.
    pub fn health(&self, in_flight: u32, now: Timestamp) -> Health {
        let cause = self.cause.unwrap_or(Cause::Error);
        let cooling = |until, told| Health::Cooling {
            until,
            told,
            cause,
            failed_at: self.failed_at,
        };
        if now < self.until {
            return cooling(self.until, now < self.told_until);
        }
        if self.trips == 0 {
            return Health::Good;
        }
        let probes = |begun: Timestamp| in_flight > 0 || now.since(begun) < PROBE_BEGINS;
        if self.probe.is_some_and(probes) {
            return cooling(now.after(PROBE_BEGINS), false);
        }
        Health::HalfOpen
    }

    /// A request is planned that probes it.
    pub fn probe(&mut self, now: Timestamp) {
        self.probe = Some(now);
    }

    /// An attempt has succeeded.
    pub fn succeeded(&mut self, now: Timestamp) {
        self.count(0.0);
        self.in_a_row = 0;
        if now >= self.until {
            (self.trips, self.probe) = (0, None);
        }
    }

    /// An attempt says nothing of the target: the client left, or its request is at fault.
    pub fn said_nothing(&mut self) {
        self.probe = None;
    }

    /// An attempt has failed. `jitter` is a number from 0 to 1: gateways that have seen the same
    /// failure do not come back together. Returns whether a cooldown has begun or grown.
    pub fn failed(
        &mut self,
        failure: Failure,
        rules: &Cooldowns,
        jitter: f64,
        now: Timestamp,
    ) -> bool {
        if rules.failures == 0 {
            return false;
        }
        self.count(1.0);
        self.in_a_row = self.in_a_row.saturating_add(1);
        (self.failed_at, self.cause, self.probe) = (now, Some(failure.cause), None);
        let was_until = self.until;
        if let Some(wait) = failure.retry_after {
            self.told_until = self.told_until.max(now.after(wait));
            self.until = self.until.max(self.told_until);
        }
        let is_half_open = self.trips > 0 && now >= was_until;
        let fails_often = self.outcomes >= JUDGED_BY && self.share >= TOO_MANY;
        let trips = failure.is_refusal || self.in_a_row >= rules.failures || fails_often;
        // Requests that were under way when it tripped say nothing new.
        if is_half_open || (trips && now >= was_until) {
            self.trips = self.trips.saturating_add(1);
            self.until = self.until.max(now.after(self.length(rules, jitter)));
            (self.share, self.outcomes) = (0.0, 0.0);
        }
        if self.until > was_until {
            self.found_until = self.until;
        }
        self.until > was_until
    }

    /// For how long it is still to be left alone, by what this worker has found itself. What it has
    /// heard is for others to tell: hearsay that is told again would never end.
    pub fn found(&self, now: Timestamp) -> Option<(Duration, bool, Cause)> {
        let told = now < self.told_until;
        let cause = self.cause.unwrap_or(Cause::Error);
        (now < self.found_until).then(|| (self.found_until.since(now), told, cause))
    }

    /// Another worker or gateway has found it failing, and leaves it alone for so long from now on.
    pub fn heard(&mut self, cooling: Duration, told: bool, cause: Cause, now: Timestamp) {
        let until = now.after(cooling);
        if cooling.is_zero() || until <= self.until {
            return;
        }
        self.until = until;
        self.trips = self.trips.max(1);
        self.cause = Some(cause);
        self.failed_at = self.failed_at.max(now);
        if told {
            self.told_until = self.told_until.max(until);
        }
    }

    fn count(&mut self, failed: f64) {
        self.share = (self.share * self.outcomes + failed) / (self.outcomes + 1.0);
        self.outcomes = (self.outcomes + 1.0).min(OUTCOMES);
    }

    /// The next cooldown: up to a tenth longer than it has to be.
    fn length(&self, rules: &Cooldowns, jitter: f64) -> Duration {
        let doublings = self.trips.saturating_sub(1).min(20);
        let length = rules.first_ms.saturating_mul(1 << doublings);
        let length = Duration::from_millis(length.min(rules.longest_ms));
        length.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    fn error() -> Failure {
        Failure {
            cause: Cause::Error,
            is_refusal: false,
            retry_after: None,
        }
    }

    fn at(ms: u64) -> Timestamp {
        Timestamp(ms * MS)
    }

    fn rules() -> Cooldowns {
        Cooldowns::default()
    }

    fn is_cooling(cooldown: &Cooldown, ms: u64) -> bool {
        matches!(cooldown.health(0, at(ms)), Health::Cooling { .. })
    }

    #[test]
    fn some_failures_in_a_row_trip_it_and_a_success_between_does_not() {
        let mut state = Cooldown::default();
        for _ in 0..5 {
            state.failed(error(), &rules(), 0.0, at(0));
            state.failed(error(), &rules(), 0.0, at(0));
            for _ in 0..4 {
                state.succeeded(at(0));
            }
        }
        assert_eq!(state.health(0, at(0)), Health::Good);
        for _ in 0..3 {
            state.failed(error(), &rules(), 0.0, at(0));
        }
        assert!(is_cooling(&state, 4_999) && !is_cooling(&state, 5_000));
    }

    #[test]
    fn one_that_fails_every_other_time_is_left_alone() {
        let mut state = Cooldown::default();
        let mut trips = 0;
        for i in 0..10 {
            if i % 2 == 0 {
                state.succeeded(at(i));
            } else {
                trips += u32::from(state.failed(error(), &rules(), 0.0, at(i)));
            }
        }
        assert_eq!(trips, 1);
    }

    #[test]
    fn one_probe_at_a_time_and_twice_the_time_where_it_fails() {
        let mut state = Cooldown::default();
        let refused = Failure {
            is_refusal: true,
            ..error()
        };
        state.failed(refused, &rules(), 0.0, at(0));
        assert_eq!(state.health(0, at(5_000)), Health::HalfOpen);
        state.probe(at(5_000));
        assert!(is_cooling(&state, 5_001));
        assert!(matches!(state.health(1, at(9_000)), Health::Cooling { .. }));
        assert_eq!(
            state.health(0, at(6_000)),
            Health::HalfOpen,
            "it never began"
        );
        state.failed(error(), &rules(), 0.0, at(6_000));
        assert!(is_cooling(&state, 15_999) && !is_cooling(&state, 16_000));
        state.succeeded(at(16_000));
        assert_eq!(state.health(0, at(16_000)), Health::Good);
        state.failed(refused, &rules(), 0.0, at(20_000));
        assert!(!is_cooling(&state, 25_000), "it begins anew");
    }

    #[test]
    fn it_never_shortens() {
        let mut state = Cooldown::default();
        let told = |seconds| Failure {
            cause: Cause::RateLimit,
            is_refusal: true,
            retry_after: Some(Duration::from_secs(seconds)),
        };
        state.failed(told(90), &rules(), 0.0, at(0));
        state.failed(told(1), &rules(), 0.0, at(10));
        state.succeeded(at(20));
        state.heard(Duration::from_secs(1), false, Cause::Error, at(30));
        let Health::Cooling { until, told, .. } = state.health(0, at(89_999)) else {
            panic!("it is not cooling");
        };
        assert_eq!((until, told), (at(90_000), true));
        assert_eq!(state.health(0, at(90_000)), Health::HalfOpen);
    }

    #[test]
    fn where_there_are_no_cooldowns_there_are_none() {
        let mut state = Cooldown::default();
        let refused = Failure {
            is_refusal: true,
            retry_after: Some(Duration::from_secs(9)),
            ..error()
        };
        assert!(!state.failed(refused, &Cooldowns::off(), 0.0, at(0)));
        assert_eq!(state.health(0, at(0)), Health::Good);
    }

    #[test]
    fn what_others_found_counts_here_too_and_is_not_told_again() {
        let mut state = Cooldown::default();
        state.heard(Duration::from_secs(3), false, Cause::Timeout, at(0));
        assert_eq!(state.found(at(0)), None);
        assert!(is_cooling(&state, 2_999));
        assert_eq!(state.health(0, at(3_000)), Health::HalfOpen);
    }

    #[test]
    fn failures_of_requests_that_were_under_way_do_not_double_it() {
        let mut state = Cooldown::default();
        for _ in 0..50 {
            state.failed(error(), &rules(), 0.0, at(0));
        }
        assert!(!is_cooling(&state, 5_000));
    }
}
