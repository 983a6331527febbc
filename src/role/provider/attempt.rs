//! What an attempt is for: the facts in the request's headers.

use std::rc::Rc;

use crate::clock::{Clock, Timestamp};
use crate::headers::Headers;
use crate::role::handoff::{self, Shared};
use crate::telemetry::exchange::{Attempt, Outcome};

/// One attempt at one target.
pub(super) struct ThisAttempt {
    /// Id of the request, the same for all of its attempts.
    pub(super) request_id: String,
    /// The provider's name of the model.
    pub(super) model: String,
    /// Its number, from 1.
    pub(super) number: usize,
    /// Whether Envoy would make another one.
    pub(super) last: bool,
    /// When it began.
    pub(super) started: Timestamp,
    exchange: Option<Shared>,
    index: usize,
}

impl ThisAttempt {
    /// Reads the plan; `None` where the gateway role has not written one.
    pub(super) fn begin(headers: &Headers, provider: &Rc<str>, clock: &dyn Clock) -> Option<Self> {
        let count = headers.text(handoff::ENVOY_ATTEMPT_COUNT).and_then(|n| n.parse().ok());
        let number = count.unwrap_or(1);
        let (model, planned) = handoff::decode_plan(headers.text(handoff::PLAN)?, number)?;
        let request_id = headers.text(handoff::REQUEST_ID)?.to_owned();
        let exchange = handoff::find(&request_id);
        let started = clock.now();
        let index = exchange.as_ref().map_or(0, |exchange| {
            let mut exchange = exchange.borrow_mut();
            exchange.attempts.push(Attempt {
                provider: Rc::clone(provider),
                model: model.clone(),
                started,
                duration: None,
                outcome: Outcome::Running,
            });
            exchange.attempts.len() - 1
        });
        let last = number >= planned;
        Some(Self { request_id, model, number, last, started, exchange, index })
    }

    /// What the gateway role knows, where this VM has it.
    pub(super) fn exchange(&self) -> Option<&Shared> {
        self.exchange.as_ref()
    }

    /// Notes how the attempt ended; the first word stands, but that an answer broke off is news.
    pub(super) fn end(&self, outcome: Outcome, clock: &dyn Clock) {
        let Some(exchange) = &self.exchange else { return };
        let mut exchange = exchange.borrow_mut();
        let Some(attempt) = exchange.attempts.get_mut(self.index) else { return };
        attempt.outcome = outcome;
        attempt.duration = Some(clock.now().since(self.started));
    }

    /// Notes that an answer is on its way to the client.
    pub(super) fn answered(&self, clock: &dyn Clock) {
        if let Some(exchange) = &self.exchange {
            let mut exchange = exchange.borrow_mut();
            exchange.answered = true;
            exchange.first_token.get_or_insert_with(|| clock.now());
        }
    }
}
