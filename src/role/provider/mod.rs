//! The provider role: one attempt at one target.
//!
//! ```text
//!  ┌────── the body is in memory ─────────┐
//! New ──headers──▶ Receiving ──body──▶ (Fetching ──pictures──▶) Sent ──headers──┬─ an answer, an error ─▶ Whole ──▶ Over
//!                      │                                ├─ a stream ─▶ Peeking ─▶ Flowing ─▶ Over
//!                      │                                └─ one that nobody asked for ─▶ Folding ─▶ Over
//!                      └─ cannot be said to it ─▶ Unable, or Over where there is no other target
//! ```
//!
//! Every attempt starts from the client's original body, so that a fallback to another format is
//! an ordinary retry of Envoy's. The answer's headers are held until it is known what the answer
//! is: the whole of an unstreamed one, the first event of a stream, or its first content where empty
//! answers and refusals are left for another target. A failure found until then, also inside a 200,
//! becomes a status that Envoy can retry; one found later becomes an error event, and the stream ends
//! without a success marker.

mod answer;
mod attempt;
mod course;
mod flawed;
mod fold;
mod images;
mod meter;
mod request;
mod response;
mod settings;
mod stream;
mod wire;

use std::rc::Rc;

pub use settings::Settings;

use super::{Appetite, Effect, Flow, Host, Input, Role};
use crate::chat::{Error, Usage};
use crate::clock::Timestamp;
use crate::config::routing::Cause;
use crate::headers::Headers;
use crate::providers::openai_compatible::Fold;
use crate::providers::{Observed, ResponseStream};
use crate::telemetry::exchange::Outcome;
use crate::telemetry::shadow;
use attempt::ThisAttempt;
use stream::Held;
use wire::Expected;

/// An error's body is cut off here.
const ERROR_LIMIT: usize = 1024 * 1024;

/// The machine of one attempt.
pub struct Provider {
    settings: Rc<Settings>,
    state: State,
    attempt: Option<ThisAttempt>,
    /// How many bytes of the request's body give way to which, once Envoy has all of it.
    edit: Option<(usize, Vec<u8>)>,
    dropped_params: String,
    /// Output tokens from which on a stream has to ask whether it may go on.
    question_at: u64,
    /// The answer ended with its headers.
    has_no_body: bool,
}

enum State {
    New,
    /// The request's headers are held until its body is there.
    Receiving,
    /// The request is held until its pictures are there.
    Fetching(images::Waiting),
    /// The request is on its way.
    Sent(Expected),
    /// A request that says nothing is on its way: this provider cannot be told what the client
    /// wants, and another one is to be asked.
    Unable(Error),
    /// An answer is held until it is complete.
    Whole {
        upstream: Headers,
        status: u16,
        expected: Expected,
    },
    /// A stream is held until its first event, or until it is known to be of use.
    Peeking {
        upstream: Headers,
        stream: Box<dyn ResponseStream>,
        held: Held,
    },
    /// A stream is held and folded into the whole answer that the client wants.
    Folding {
        upstream: Headers,
        fold: Box<Fold>,
        /// How much of it is held.
        size: usize,
    },
    /// A stream is passing.
    Flowing(Box<dyn ResponseStream>),
    /// What follows is not for the client.
    Discarding,
    Over,
}

/// One input's surroundings.
struct Turn<'a> {
    host: &'a dyn Host,
    effects: &'a mut Vec<Effect>,
}

impl Provider {
    /// The machine for a new attempt.
    pub fn new(settings: Rc<Settings>) -> Self {
        Self {
            settings,
            state: State::New,
            attempt: None,
            edit: None,
            dropped_params: String::new(),
            question_at: u64::MAX,
            has_no_body: false,
        }
    }

    fn take_state(&mut self) -> State {
        std::mem::replace(&mut self.state, State::Over)
    }

    /// Leaves what the answer has shown for the access log.
    fn note(&self, usage: Option<Usage>, model: Option<&str>, service_tier: Option<&str>) {
        let Some(exchange) = self.attempt.as_ref().and_then(ThisAttempt::exchange) else {
            return;
        };
        let mut exchange = exchange.borrow_mut();
        if let Some(attempt) = self
            .attempt
            .as_ref()
            .and_then(|own| own.entry_of(&mut exchange))
        {
            attempt.usage = usage.or(attempt.usage);
            keep(&mut attempt.service_tier, service_tier);
        }
        keep(&mut exchange.served_model, model);
    }

    /// Counts the tokens of a stream that ends before the provider has: what has come so far is
    /// produced and will be billed.
    fn count(&self, observed: &Observed) {
        self.note(
            Some(self.counted(observed)),
            observed.model.as_deref(),
            observed.service_tier.as_deref(),
        );
    }

    /// The tokens of a stream so far: what its provider has said, and what has come beyond that.
    fn counted(&self, observed: &Observed) -> Usage {
        let exchange = self.attempt.as_ref().and_then(ThisAttempt::exchange);
        let input = exchange.map_or(0, |exchange| exchange.borrow().input_tokens);
        Usage::so_far(observed.usage, input, observed.output_tokens)
    }

    /// The answer goes on; where its client leaves, the gateway role hears of it first.
    fn came(&self, output_tokens: u64) {
        if let Some(attempt) = &self.attempt {
            attempt.came(output_tokens);
        }
    }

    fn end(&self, outcome: Outcome, turn: &Turn<'_>) {
        if let Some(attempt) = &self.attempt {
            attempt.end(outcome, turn.host);
        }
    }

    fn break_off(&self, cause: Cause, turn: &Turn<'_>) {
        if let Some(attempt) = &self.attempt {
            attempt.breaks_off(cause, turn.host);
        }
    }

    /// The attempt is over by whatever cause. One that had no answer was reset; what is still
    /// streaming then has lost its client, which the gateway role knows.
    fn done(&mut self, turn: &Turn<'_>) -> Flow {
        match self.take_state() {
            State::Sent(_)
            | State::Unable(_)
            | State::Whole { .. }
            | State::Peeking { .. }
            | State::Folding { .. } => {
                self.break_off(Cause::Timeout, turn);
                self.end(Outcome::Reset, turn);
            }
            State::Flowing(stream) if !stream.observed().phase.is_over() => {
                self.count(stream.observed());
                self.break_off(Cause::Error, turn);
                self.end(Outcome::Truncated, turn);
            }
            _ => {}
        }
        self.record_shadow(turn.host.now());
        Flow::Continue
    }

    /// What a copy of a request came to is said where it ends: no client waits for it.
    fn record_shadow(&self, now: Timestamp) {
        let exchange = self.attempt.as_ref().and_then(ThisAttempt::exchange);
        if let Some(exchange) = exchange.filter(|_| self.settings.config.shadow) {
            shadow::record(&exchange.borrow(), now);
        }
    }
}

/// The later word stands, where there is one.
fn keep(kept: &mut Option<String>, said: Option<&str>) {
    if said.is_some() && kept.as_deref() != said {
        *kept = said.map(str::to_owned);
    }
}

impl Role for Provider {
    fn handle(&mut self, input: Input<'_>, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let turn = &mut Turn { host, effects };
        match input {
            Input::RequestHeaders { end, .. } => self.request_headers(end, turn),
            Input::RequestBody(body) => self.request_body(body, turn),
            Input::RequestTooLarge => {
                let error = Error::invalid("The request's body is too large.").with_status(413);
                self.refuse(&error, turn)
            }
            Input::ResponseHeaders { headers, end } => self.response_headers(headers, end, turn),
            Input::ResponseBody { bytes, end } => self.response_body(bytes, end, turn),
            Input::ResponseHeld(size) => self.held(size),
            Input::ResponseTooLarge => self.too_large(turn),
            Input::Silence | Input::Synced | Input::Turn => Flow::Continue,
            Input::Fetched(fetched) => self.fetched(&fetched, turn),
            Input::Done => self.done(turn),
        }
    }

    fn wants_request_headers(&self) -> bool {
        false
    }

    fn wants_response_headers(&self) -> bool {
        matches!(self.state, State::Sent(_) | State::Unable(_))
    }

    fn request_appetite(&self) -> Appetite {
        match self.state {
            State::Receiving => Appetite::Whole(usize::MAX),
            _ if self.edit.is_some() => Appetite::Unseen,
            _ => Appetite::Ignore,
        }
    }

    fn response_appetite(&self) -> Appetite {
        match self.state {
            State::Whole { status: 400.., .. } => Appetite::Whole(ERROR_LIMIT),
            State::Whole { .. } => Appetite::Whole(self.settings.max_body_bytes),
            State::Peeking { .. }
            | State::Folding { .. }
            | State::Flowing(_)
            | State::Discarding => Appetite::Chunks,
            State::New
            | State::Receiving
            | State::Fetching(_)
            | State::Sent(_)
            | State::Unable(_)
            | State::Over => Appetite::Ignore,
        }
    }
}
