//! Where a request goes on, and what an attempt says of its target.

use std::time::Duration;

use super::attempt::ThisAttempt;
use crate::chat::Error;
use crate::clock::Clock;
use crate::config::routing::Cause;
use crate::headers::Headers;
use crate::role::{Effect, handoff};
use crate::routing::board::{Ending, Failure, Passage, Quota, Verdict};
use crate::routing::classify::{classify, failure, may_pass, verdict};
use crate::telemetry::exchange::Exchange;

impl ThisAttempt {
    /// Tells Envoy where the request goes on if this attempt has no answer: it is too late for that
    /// once it has none.
    pub(super) fn publish_next(&self) -> Option<Effect> {
        let cause = Cause::Timeout;
        self.go_on_to(self.next(cause, None)?, cause)
    }

    /// Where the request goes on after this failure, if anywhere, and for which cause.
    fn after(&self, error: &Error) -> Option<(usize, Cause)> {
        let cause = classify(error)?;
        Some((self.next(cause, Some(error.status))?, cause))
    }

    /// Whether another attempt may do better than one that failed like this.
    pub(super) fn may_fall_back(&self, error: &Error) -> bool {
        self.after(error).is_some()
    }

    /// Sends the request on after this failure; `None` where it ends here. Tells Envoy only what it has
    /// not been told.
    pub(super) fn fall_back(&self, error: &Error) -> Option<Option<Effect>> {
        let (next, cause) = self.after(error)?;
        let is_told = self.told.get() == Some(next);
        let effect = self.go_on_to(next, cause);
        Some(effect.filter(|_| !is_told))
    }

    /// The same target again, where that may help and the budget of retries allows it; else the next
    /// one that is for failures like this.
    fn next(&self, cause: Cause, status: Option<u16>) -> Option<usize> {
        let planned = self.plan.attempts.get(self.index)?;
        let may_retry = || {
            let passage = self.passage.as_ref();
            passage.is_some_and(|passage| passage.board().may_retry())
        };
        if may_pass(cause, status) && self.tries < planned.target.most_attempts() && may_retry() {
            return Some(self.index);
        }
        self.plan.next(self.index, cause)
    }

    fn go_on_to(&self, next: usize, cause: Cause) -> Option<Effect> {
        self.told.set(Some(next));
        if let Some(exchange) = self.exchange() {
            let tries = if next == self.index { self.tries } else { 0 };
            let mut exchange = exchange.borrow_mut();
            (exchange.next, exchange.tries) = (next, tries);
            let place = self.passage.as_ref().map(Passage::place);
            exchange.left = place.zip(Some(cause));
        }
        self.plan.attempts.get(next).map(handoff::next_target)
    }

    /// Notes when the first of a good answer was there: a stream's first event, or all of it.
    pub(super) fn first_came(&self, clock: &dyn Clock) {
        if self.first.get().is_none() {
            self.first.set(Some(clock.now().since(self.started)));
            if let Some(passage) = &self.passage {
                passage.first_token_came();
            }
        }
    }

    /// The target has answered.
    pub(super) fn is_answered(&self, stream: bool, clock: &dyn Clock) {
        self.first_came(clock);
        let output = self.exchange().and_then(|exchange| {
            let usage = self.entry_of(&mut exchange.borrow_mut())?.usage?;
            Some(usage.output.saturating_add(usage.reasoning))
        });
        let ending = Ending::Answered {
            stream,
            first: self.first.get().unwrap_or_default(),
            output,
        };
        self.conclude(ending, Verdict::Answered, clock);
    }

    /// The target has failed, or the request is at fault.
    pub(super) fn has_failed(&self, error: &Error, clock: &dyn Clock) {
        let verdict = verdict(error);
        let ending = failure(error, verdict).map_or(Ending::Nothing, Ending::Failed);
        self.conclude(ending, verdict, clock);
    }

    /// The attempt ends without an answer, or in the middle of one; whose doing it is can be told by
    /// whether the client is still there.
    pub(super) fn breaks_off(&self, cause: Cause, clock: &dyn Clock) {
        // A client that allows less time than the operator must not make a target look slow to all.
        let is_clients = |exchange: &Exchange| exchange.is_over || exchange.is_hurried;
        let is_clients_doing = self.exchange().is_none_or(|e| is_clients(&e.borrow()));
        let failure = Failure {
            cause,
            is_refusal: false,
            retry_after: None,
        };
        let (ending, verdict) = match is_clients_doing {
            true => (Ending::Nothing, Verdict::Unknown),
            false => (Ending::Failed(failure), Verdict::Failed(cause)),
        };
        self.conclude(ending, verdict, clock);
    }

    /// The first word stands.
    fn conclude(&self, ending: Ending, verdict: Verdict, clock: &dyn Clock) {
        let Some(passage) = &self.passage else { return };
        if !self.concluded.replace(true) {
            let (board, place) = (passage.board(), passage.place());
            board.ended(place, ending, board.now(clock.now()));
            board.concluded(place, verdict);
        }
    }

    /// Takes what the provider says is left of our quota with it.
    pub(super) fn learn_quota(&self, upstream: &Headers, clock: &dyn Clock) {
        let Some(passage) = &self.passage else { return };
        let (board, wall) = (passage.board(), clock.now());
        if let Some(quota) = Quota::read(upstream, wall, board.now(wall)) {
            board.quota(passage.place(), quota);
        }
    }
}

/// How long a whole answer, or a stream's first event, took.
pub(super) type First = std::cell::Cell<Option<Duration>>;
