//! What an attempt is for.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::Settings;
use super::course::First;
use crate::chat::Operation;
use crate::clock::{Clock, Timestamp};
use crate::decimal;
use crate::headers::Headers;
use crate::pricing::Bill;
use crate::role::Host;
use crate::role::handoff::{self, Shared};
use crate::routing::board::Passage;
use crate::routing::plan::Plan;
use crate::telemetry::exchange::{Attempt, Exchange, Outcome};

/// One attempt at one target.
pub(super) struct ThisAttempt {
    /// Id of the request, the same for all of its attempts.
    pub(super) request_id: String,
    /// Its number, from 1.
    pub(super) number: usize,
    /// When it began.
    pub(super) started: Timestamp,
    pub(super) plan: Rc<Plan>,
    exchange: Option<Shared>,
    /// Place of its target in the plan.
    pub(super) index: usize,
    /// Place of its entry in the exchange.
    entry: usize,
    /// How often its target has been tried, this attempt included.
    pub(super) tries: usize,
    /// Counts it on the board.
    pub(super) passage: Option<Passage>,
    /// The target that Envoy has been told to go on to.
    pub(super) told: Cell<Option<usize>>,
    /// How long the first of its answer took.
    pub(super) first: First,
    /// What it says of its target is known.
    pub(super) concluded: Cell<bool>,
}

impl ThisAttempt {
    /// Takes the next attempt of the plan, or of a plan of its own where it is for a copy of the
    /// request; `None` where there is no plan, or none left.
    pub(super) fn begin(settings: &Settings, host: &dyn Host) -> Option<Self> {
        let provider = &settings.name;
        let request_id = handoff::request_id(host.request_header(handoff::REQUEST_ID)?)?;
        let mut exchange = handoff::find(&request_id);
        let started = host.now();
        if settings.config.shadow {
            let copy = exchange?.borrow().copy(provider)?;
            exchange = Some(Rc::new(RefCell::new(copy)));
        }
        let position = match &exchange {
            Some(exchange) => begin_in(exchange, provider, started)?,
            None => begin_from(provider, host)?,
        };
        Some(Self {
            request_id,
            number: position.entry + 1,
            started,
            plan: position.plan,
            exchange,
            index: position.index,
            entry: position.entry,
            tries: position.tries,
            passage: position.passage,
            told: Cell::default(),
            first: First::default(),
            concluded: Cell::default(),
        })
    }

    /// The provider's name of the model.
    pub(super) fn model(&self) -> &str {
        self.plan
            .attempts
            .get(self.index)
            .map_or("", |attempt| &attempt.target.model)
    }

    /// What is asked for.
    pub(super) fn operation(&self) -> Operation {
        self.plan.operation
    }

    /// The query of the client's URL.
    pub(super) fn query(&self) -> Option<&str> {
        self.plan.query.as_deref()
    }

    /// What the client says in headers that are one provider's own.
    pub(super) fn client_headers(&self) -> &[(String, String)] {
        &self.plan.headers
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
    pub(super) fn entry_of<'e>(&self, exchange: &'e mut Exchange) -> Option<&'e mut Attempt> {
        exchange.attempts.get_mut(self.entry)
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
        let mut earlier = exchange.attempts.iter().take(self.entry);
        let before = earlier.try_fold(0u64, |sum, attempt| {
            Some(sum.saturating_add(attempt.cost()?))
        });
        Some(Bill {
            before: before?,
            price: exchange.attempts.get(self.entry)?.price.clone()?,
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
            let attempt = exchange.attempts.get(self.entry);
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
        let Some(attempt) = exchange.attempts.get_mut(self.entry) else {
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
        if let Some(attempt) = self.entry_of(&mut exchange) {
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
}

/// Where an attempt stands in its plan.
struct Position {
    plan: Rc<Plan>,
    /// Of its target, in the plan.
    index: usize,
    /// Of its entry, in the exchange.
    entry: usize,
    /// How often the target has been tried, this attempt included.
    tries: usize,
    passage: Option<Passage>,
}

/// Adds the attempt to the exchange.
fn begin_in(exchange: &Shared, provider: &Rc<str>, started: Timestamp) -> Option<Position> {
    let mut exchange = exchange.borrow_mut();
    let plan = Rc::clone(&exchange.plan);
    let (index, entry) = (exchange.next, exchange.attempts.len());
    let planned = plan.attempts.get(index)?;
    let tries = exchange.tries.saturating_add(1);
    // Without an answer the request goes nowhere, unless it is told where.
    (exchange.next, exchange.tries) = (usize::MAX, tries);
    let (left, kept) = (exchange.left.take(), exchange.kept.take());
    let passage = exchange.board.as_ref().zip(planned.place);
    let passage = passage.map(|(board, place)| {
        if tries > 1 {
            board.retried();
        }
        match left {
            Some((from, cause)) => board.left(from, cause, tries > 1),
            None => board.asked_first(place),
        }
        let kept = kept.filter(|kept| kept.place() == place);
        kept.unwrap_or_else(|| board.begin(place, exchange.input_tokens, board.now(started)))
    });
    exchange.attempts.push(Attempt {
        provider: Rc::clone(provider),
        model: planned.target.model.clone(),
        started,
        duration: None,
        outcome: Outcome::Running,
        has_begun: false,
        flaw: None,
        usage: None,
        output_tokens: 0,
        price: planned.target.price.clone(),
        service_tier: None,
    });
    Some(Position {
        index,
        entry,
        tries,
        passage,
        plan,
    })
}

/// Takes the attempt from what Envoy knows of the request: which one it is, where none was left out;
/// else the first at this provider after that.
fn begin_from(provider: &str, host: &dyn Host) -> Option<Position> {
    let plan = Plan::from_state(&host.filter_state(handoff::PLAN_STATE)?)?;
    let at_least = host.attempt()?.checked_sub(1)?;
    let attempts = plan.attempts.iter().enumerate().skip(at_least);
    let mut own = attempts.filter(|(_, attempt)| attempt.target.provider == provider);
    let (index, _) = own.next()?;
    Some(Position {
        index,
        entry: at_least,
        tries: 1,
        passage: None,
        plan: Rc::new(plan),
    })
}
