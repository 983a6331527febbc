//! What an attempt is for.

use std::rc::Rc;

use crate::chat::Error;
use crate::chat::Operation;
use crate::clock::{Clock, Timestamp};
use crate::decimal;
use crate::headers::Headers;
use crate::pricing::Bill;
use crate::role::handoff::{self, Shared};
use crate::role::{Effect, Host};
use crate::routing::classify::{Verdict, classify};
use crate::routing::plan::{Plan, PlannedAttempt};
use crate::telemetry::exchange::{Attempt, Exchange, Outcome};

/// One attempt at one target.
pub(super) struct ThisAttempt {
    /// Id of the request, the same for all of its attempts.
    pub(super) request_id: String,
    /// Its number, from 1.
    pub(super) number: usize,
    /// When it began.
    pub(super) started: Timestamp,
    plan: Rc<Plan>,
    exchange: Option<Shared>,
    index: usize,
}

impl ThisAttempt {
    /// Takes the next attempt of the plan; `None` where there is no plan, or none left.
    pub(super) fn begin(provider: &Rc<str>, host: &dyn Host) -> Option<Self> {
        let request_id = handoff::request_id(host.request_header(handoff::REQUEST_ID)?)?;
        let exchange = handoff::find(&request_id);
        let started = host.now();
        let (plan, index) = match &exchange {
            Some(exchange) => begin_in(exchange, provider, started),
            None => begin_from(host)?,
        };
        plan.attempts.get(index)?;
        Some(Self {
            request_id,
            number: index + 1,
            started,
            plan,
            exchange,
            index,
        })
    }

    /// The provider's name of the model.
    pub(super) fn model(&self) -> &str {
        self.plan
            .attempts
            .get(self.index)
            .map_or("", |attempt| &attempt.model)
    }

    /// What is asked for.
    pub(super) fn operation(&self) -> Operation {
        self.plan.operation
    }

    /// The query of the client's URL.
    pub(super) fn query(&self) -> Option<&str> {
        self.plan.query.as_deref()
    }

    /// Whether Envoy would make no other attempt after this one.
    fn is_last(&self) -> bool {
        self.next().is_none()
    }

    /// What the client says in headers that are one provider's own.
    pub(super) fn client_headers(&self) -> &[(String, String)] {
        &self.plan.headers
    }

    /// Whether there is a next attempt, and it may do better than one that failed like this.
    pub(super) fn may_fall_back(&self, error: &Error) -> bool {
        !self.is_last() && classify(error) == Verdict::FallBack
    }

    /// Tells Envoy where the next attempt would go.
    pub(super) fn publish_next(&self) -> Option<Effect> {
        Some(Effect::FilterState {
            name: handoff::TARGET_STATE,
            value: self.next()?.provider.as_bytes().to_vec(),
        })
    }

    /// The client's body, where the gateway role has left it in memory.
    pub(super) fn body(&self) -> Option<Rc<[u8]>> {
        self.exchange.as_ref()?.borrow().body.clone()
    }

    /// The client's headers that the provider may see.
    pub(super) fn forwarded(&self, host: &dyn Host) -> Headers {
        if let Some(exchange) = &self.exchange {
            return exchange.borrow().forwarded.clone();
        }
        let mut headers = Headers::default();
        for name in handoff::FORWARDED {
            if let Some(value) = host.request_header(name) {
                headers.push(name, value);
            }
        }
        headers
    }

    /// What the gateway role knows, where this VM has it.
    pub(super) fn exchange(&self) -> Option<&Shared> {
        self.exchange.as_ref()
    }

    /// Its entry in the exchange.
    pub(super) fn of<'e>(&self, exchange: &'e mut Exchange) -> Option<&'e mut Attempt> {
        exchange.attempts.get_mut(self.index)
    }

    /// What the request has cost until now, in US dollars; `None` where nobody knows.
    pub(super) fn cost_so_far(&self) -> Option<String> {
        let exchange = self.exchange.as_ref()?.borrow();
        let is_priced = |attempt: &Attempt| attempt.price.is_some();
        let cost = exchange
            .attempts
            .iter()
            .any(is_priced)
            .then(|| exchange.cost());
        let mut text = String::new();
        decimal::dollars(&mut text, cost??);
        Some(text)
    }

    /// The most output tokens that are expected.
    pub(super) fn most_output(&self) -> u64 {
        let exchange = self.exchange.as_ref();
        exchange.map_or(0, |exchange| exchange.borrow().most_output)
    }

    /// What the request costs with this attempt; `None` where nobody knows.
    pub(super) fn bill(&self) -> Option<Bill> {
        let exchange = self.exchange.as_ref()?.borrow();
        let mut earlier = exchange.attempts.iter().take(self.index);
        let before = earlier.try_fold(0u64, |sum, attempt| {
            Some(sum.saturating_add(attempt.cost()?))
        });
        Some(Bill {
            before: before?,
            price: exchange.attempts.get(self.index)?.price.clone()?,
        })
    }

    /// Whether its stream may have to end before its provider ends it.
    pub(super) fn may_be_stopped(&self) -> bool {
        let exchange = self.exchange.as_ref();
        exchange.is_some_and(|exchange| exchange.borrow().allowance.is_some())
    }

    /// Whether its end has been noted.
    pub(super) fn has_ended(&self) -> bool {
        let ended = |exchange: &Shared| {
            let exchange = exchange.borrow();
            let attempt = exchange.attempts.get(self.index);
            attempt.is_some_and(|attempt| attempt.duration.is_some())
        };
        self.exchange.as_ref().is_none_or(ended)
    }

    /// Notes how the attempt ended.
    pub(super) fn end(&self, outcome: Outcome, clock: &dyn Clock) {
        let Some(exchange) = &self.exchange else {
            return;
        };
        let duration = clock.now().since(self.started);
        let mut exchange = exchange.borrow_mut();
        let Some(attempt) = exchange.attempts.get_mut(self.index) else {
            return;
        };
        attempt.outcome = outcome;
        attempt.duration = Some(duration);
    }

    /// Notes that a good answer has begun, and that it has brought so many output tokens.
    pub(super) fn came(&self, output_tokens: u64) {
        let Some(exchange) = &self.exchange else {
            return;
        };
        let mut exchange = exchange.borrow_mut();
        if let Some(attempt) = self.of(&mut exchange) {
            attempt.has_begun = true;
            attempt.output_tokens = output_tokens;
        }
    }

    /// Notes that an answer is on its way to the client.
    pub(super) fn answered(&self, clock: &dyn Clock) {
        let Some(exchange) = &self.exchange else {
            return;
        };
        let now = clock.now();
        let mut exchange = exchange.borrow_mut();
        exchange.answered = true;
        exchange.body = None;
        exchange.first_token.get_or_insert(now);
    }

    fn next(&self) -> Option<&PlannedAttempt> {
        self.plan.attempts.get(self.index + 1)
    }
}

/// Adds the attempt to the exchange.
fn begin_in(exchange: &Shared, provider: &Rc<str>, started: Timestamp) -> (Rc<Plan>, usize) {
    let mut exchange = exchange.borrow_mut();
    let plan = Rc::clone(&exchange.plan);
    let index = exchange.attempts.len();
    let (model, price) = plan
        .attempts
        .get(index)
        .map(|planned| (planned.model.clone(), planned.price.clone()))
        .unwrap_or_default();
    exchange.attempts.push(Attempt {
        provider: Rc::clone(provider),
        model,
        started,
        duration: None,
        outcome: Outcome::Running,
        has_begun: false,
        usage: None,
        output_tokens: 0,
        price,
        service_tier: None,
    });
    (plan, index)
}

/// Takes the attempt from what Envoy knows of the request.
fn begin_from(host: &dyn Host) -> Option<(Rc<Plan>, usize)> {
    let plan = Plan::from_state(&host.filter_state(handoff::PLAN_STATE)?)?;
    let index = host.attempt()?.checked_sub(1)?;
    Some((Rc::new(plan), index))
}
