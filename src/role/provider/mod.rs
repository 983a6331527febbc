//! The provider role: one attempt at one target.
//!
//! ```text
//! New ──headers──▶ Receiving ──body──▶ Sent ──headers──┬─ an answer, an error ─▶ Whole ──▶ Over
//!                      └─ cannot be said to it ─▶ Over  └─ a stream ─▶ Peeking ─▶ Flowing ─▶ Over
//! ```
//!
//! Every attempt starts from the client's original body, so that a fallback to another format is
//! an ordinary retry of Envoy's. The answer's headers are held until it is known what the answer
//! is: the whole of an unstreamed one, the first event of a stream. A failure found until then,
//! also inside a 200, becomes a status that Envoy can retry; one found later becomes an error
//! event, and the stream ends without a success marker.

mod answer;
mod attempt;
mod settings;
mod wire;

use std::rc::Rc;

pub use settings::Settings;

use super::{Appetite, Effect, Flow, Host, Input, Reply, Role, handoff};
use crate::chat::{Error, Usage};
use crate::dialects::openai_chat as dialect;
use crate::headers::Headers;
use crate::providers::{Observed, Passed, Phase, ResponseStream};
use crate::routing::classify::{Verdict, classify};
use crate::telemetry::exchange::Outcome;
use answer::Answer;
use attempt::ThisAttempt;
use wire::Expected;

/// How much of an answer is held while waiting for its first event.
const PEEK_LIMIT: usize = 256 * 1024;

/// An error's body is cut off here.
const ERROR_LIMIT: usize = 1024 * 1024;

/// The machine of one attempt.
pub struct Provider {
    settings: Rc<Settings>,
    state: State,
    attempt: Option<ThisAttempt>,
    dropped_params: String,
}

enum State {
    New,
    /// The request's headers are held until its body is there.
    Receiving(Headers),
    /// The request is on its way.
    Sent(Expected),
    /// An answer is held until it is complete.
    Whole {
        upstream: Headers,
        status: u16,
        expected: Expected,
    },
    /// A stream is held until its first event.
    Peeking {
        upstream: Headers,
        stream: Box<dyn ResponseStream>,
        held: Held,
    },
    /// A stream is passing.
    Flowing(Box<dyn ResponseStream>),
    /// What follows is not for the client.
    Discarding,
    Over,
}

impl Provider {
    /// The machine for a new attempt.
    pub fn new(settings: Rc<Settings>) -> Self {
        Self {
            settings,
            state: State::New,
            attempt: None,
            dropped_params: String::new(),
        }
    }

    fn request_headers(
        &mut self,
        headers: Headers,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        self.attempt = ThisAttempt::begin(&headers, &self.settings.name, host);
        effects.extend(self.attempt.iter().flat_map(ThisAttempt::publish_next));
        self.state = State::Receiving(headers);
        Flow::Pause
    }

    fn request_body(&mut self, body: &[u8], host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let State::Receiving(headers) = std::mem::replace(&mut self.state, State::Over) else {
            return Flow::Continue;
        };
        match self.prepare(body) {
            Ok(request) => {
                self.dropped_params = request.dropped_params();
                let id = self
                    .attempt
                    .as_ref()
                    .map_or("", |attempt| &attempt.request_id);
                let headers = request.headers(&headers, &self.settings, body, id);
                effects.push(Effect::RequestHeaders(headers));
                if let Some((replaced, bytes)) = request.edit {
                    effects.push(Effect::RequestBody { replaced, bytes });
                }
                self.state = State::Sent(request.expected);
                Flow::Continue
            }
            Err(error) => self.refuse(&error, host, effects),
        }
    }

    fn prepare(&self, body: &[u8]) -> Result<wire::Prepared, Error> {
        let Some(attempt) = &self.attempt else {
            return Err(
                Error::upstream("The request reached a provider without a plan.").with_status(500),
            );
        };
        wire::prepare(&self.settings, attempt, body)
    }

    /// Answers in the provider's place: what the client asks for cannot be said to it.
    fn refuse(&mut self, error: &Error, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let dialect::ErrorAnswer {
            status,
            mut headers,
            body,
        } = dialect::error_answer(error);
        headers.push((handoff::PROVIDER, self.settings.name.to_string()));
        if let Some(attempt) = &self.attempt {
            headers.push((handoff::REQUEST_ID, attempt.request_id.clone()));
            headers.push((handoff::MODEL, attempt.model().to_owned()));
            headers.push((handoff::ATTEMPTS, attempt.number.to_string()));
            attempt.answered(host);
            attempt.end(Outcome::Status(error.status), host);
        }
        effects.push(Effect::Respond(Reply {
            status,
            headers,
            body,
        }));
        Flow::Pause
    }

    fn response_headers(
        &mut self,
        upstream: Headers,
        end: bool,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let State::Sent(expected) = std::mem::replace(&mut self.state, State::Over) else {
            return Flow::Continue;
        };
        let status = upstream
            .text(":status")
            .and_then(|s| s.parse().ok())
            .unwrap_or(502);
        let is_success = (200..300).contains(&status);
        if is_success && expected.stream && is_event_stream(&upstream) {
            let stream = wire::stream(expected);
            self.state = State::Peeking {
                upstream,
                stream,
                held: Held::default(),
            };
        } else {
            self.state = State::Whole {
                upstream,
                status,
                expected,
            };
        }
        if end {
            self.response_body(&[], true, host, effects)
        } else {
            Flow::Pause
        }
    }

    fn response_body(
        &mut self,
        bytes: &[u8],
        end: bool,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Whole {
                upstream,
                status,
                expected,
            } => self.whole(&upstream, status, &expected, bytes, host, effects),
            State::Peeking {
                upstream,
                mut stream,
                mut held,
            } => {
                held.push(stream.as_mut(), bytes, end);
                self.state = State::Peeking {
                    upstream,
                    stream,
                    held,
                };
                self.peeked(end, host, effects)
            }
            State::Flowing(stream) => self.flow(stream, bytes, end, host, effects),
            State::Discarding => {
                effects.push(Effect::ResponseBody(Vec::new()));
                self.state = State::Discarding;
                Flow::Continue
            }
            other => {
                self.state = other;
                Flow::Continue
            }
        }
    }

    fn whole(
        &mut self,
        upstream: &Headers,
        status: u16,
        expected: &Expected,
        bytes: &[u8],
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let result = match status {
            200..300 => wire::whole(expected, upstream, bytes),
            _ => Err(wire::failure(&self.settings, status, upstream, bytes)),
        };
        match result {
            Ok(answer) => {
                self.note(answer.usage, answer.model);
                let length = answer.body.as_ref().map_or(bytes.len(), Vec::len);
                self.announce(upstream, answer.content_type, Some(length), host, effects);
                effects.extend(answer.body.map(Effect::ResponseBody));
                self.end(Outcome::Status(status), host);
                Flow::Continue
            }
            Err(failure) => self.fail(upstream, failure, host, effects),
        }
    }

    /// Lets the headers of a good answer go.
    fn announce(
        &self,
        upstream: &Headers,
        content_type: &str,
        content_length: Option<usize>,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) {
        let Some(attempt) = &self.attempt else { return };
        attempt.answered(host);
        let answer = Answer {
            status: 200,
            content_type,
            content_length,
            provider: &self.settings.name,
            dropped_params: &self.dropped_params,
            retry: false,
        };
        effects.push(Effect::ResponseHeaders(answer::headers(
            upstream, &answer, attempt,
        )));
    }

    /// Turns a failure, found before anything has gone to the client, into a status and, where
    /// another target may do better, into a wish to be retried.
    fn fail(
        &mut self,
        upstream: &Headers,
        failure: wire::Failure,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let error = failure.error;
        let body = failure
            .body
            .unwrap_or_else(|| dialect::error_answer(&error).body);
        self.state = State::Discarding;
        let Some(attempt) = &self.attempt else {
            return Flow::Continue;
        };
        let retry = !attempt.is_last() && classify(&error) == Verdict::FallBack;
        if !retry {
            attempt.answered(host);
        }
        attempt.end(Outcome::Status(error.status), host);
        let answer = Answer {
            status: error.status,
            content_type: "application/json",
            content_length: Some(body.len()),
            provider: &self.settings.name,
            dropped_params: &self.dropped_params,
            retry,
        };
        effects.push(Effect::ResponseHeaders(answer::headers(
            upstream, &answer, attempt,
        )));
        effects.push(Effect::ResponseBody(body));
        Flow::Continue
    }

    /// Decides on a stream's beginning: hold on, let it go, or fail.
    fn peeked(&mut self, end: bool, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let State::Peeking {
            upstream,
            stream,
            held,
        } = std::mem::replace(&mut self.state, State::Over)
        else {
            return Flow::Continue;
        };
        match &stream.observed().phase {
            Phase::Failed(error) => {
                let failure = wire::Failure {
                    error: error.clone(),
                    body: None,
                };
                return self.fail(&upstream, failure, host, effects);
            }
            Phase::Waiting if !end && held.size < PEEK_LIMIT => {
                self.state = State::Peeking {
                    upstream,
                    stream,
                    held,
                };
                return Flow::Pause;
            }
            Phase::Waiting | Phase::Open | Phase::Complete => {}
        }
        self.announce(
            &upstream,
            "text/event-stream; charset=utf-8",
            None,
            host,
            effects,
        );
        effects.extend(held.rewritten().map(Effect::ResponseBody));
        self.follow(stream, end, host);
        Flow::Continue
    }

    fn flow(
        &mut self,
        mut stream: Box<dyn ResponseStream>,
        bytes: &[u8],
        end: bool,
        host: &dyn Host,
        effects: &mut Vec<Effect>,
    ) -> Flow {
        let mut out = Vec::new();
        let passed = stream.push(bytes, &mut out);
        if end {
            stream.finish(&mut out);
        }
        if passed == Passed::Replaced || !out.is_empty() {
            if passed == Passed::Unchanged {
                out.splice(0..0, bytes.iter().copied());
            }
            effects.push(Effect::ResponseBody(out));
        }
        self.follow(stream, end, host);
        Flow::Continue
    }

    /// Notes what a stream has shown, and waits for more of it.
    fn follow(&mut self, stream: Box<dyn ResponseStream>, end: bool, host: &dyn Host) {
        let Observed { phase, usage, .. } = stream.observed();
        let over = match phase {
            Phase::Complete => Some(Outcome::Status(200)),
            Phase::Failed(_) => Some(Outcome::Truncated),
            Phase::Waiting | Phase::Open => end.then_some(Outcome::Truncated),
        };
        if usage.is_some() || over.is_some() {
            self.note(*usage, stream.observed().model.clone());
        }
        if let Some(outcome) = over {
            self.end(outcome, host);
        }
        self.state = State::Flowing(stream);
    }

    fn too_large(&mut self, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        let State::Whole {
            upstream, status, ..
        } = std::mem::replace(&mut self.state, State::Over)
        else {
            return Flow::Continue;
        };
        let status = if status < 400 { 502 } else { status };
        let error = Error::upstream("The provider's answer is too large.").with_status(status);
        self.fail(
            &upstream,
            wire::Failure { error, body: None },
            host,
            effects,
        )
    }

    fn note(&self, usage: Option<Usage>, model: Option<String>) {
        let Some(exchange) = self.attempt.as_ref().and_then(ThisAttempt::exchange) else {
            return;
        };
        let mut exchange = exchange.borrow_mut();
        exchange.usage = usage.or(exchange.usage);
        if model.is_some() {
            exchange.served_model = model;
        }
    }

    fn end(&self, outcome: Outcome, host: &dyn Host) {
        if let Some(attempt) = &self.attempt {
            attempt.end(outcome, host);
        }
    }

    fn done(&mut self, host: &dyn Host) -> Flow {
        match std::mem::replace(&mut self.state, State::Over) {
            State::Sent(_) | State::Whole { .. } | State::Peeking { .. } => {
                self.end(Outcome::Reset, host);
            }
            State::Flowing(stream) if stream.observed().phase == Phase::Open => {
                self.end(Outcome::Truncated, host);
            }
            _ => {}
        }
        Flow::Continue
    }
}

/// The beginning of a stream: what the client would get for what the host holds.
#[derive(Default)]
struct Held {
    out: Vec<u8>,
    changed: bool,
    size: usize,
}

impl Held {
    fn push(&mut self, stream: &mut dyn ResponseStream, bytes: &[u8], end: bool) {
        self.size += bytes.len();
        match stream.push(bytes, &mut self.out) {
            Passed::Unchanged => self.out.extend_from_slice(bytes),
            Passed::Replaced => self.changed = true,
        }
        if end {
            let before = self.out.len();
            stream.finish(&mut self.out);
            self.changed |= self.out.len() != before;
        }
    }

    fn rewritten(self) -> Option<Vec<u8>> {
        self.changed.then_some(self.out)
    }
}

fn is_event_stream(headers: &Headers) -> bool {
    let content_type = headers.first("content-type").unwrap_or_default();
    let prefix = content_type.get(..17).unwrap_or_default();
    prefix.eq_ignore_ascii_case(b"text/event-stream")
}

impl Role for Provider {
    fn handle(&mut self, input: Input<'_>, host: &dyn Host, effects: &mut Vec<Effect>) -> Flow {
        match input {
            Input::RequestHeaders {
                headers,
                end: false,
            } => self.request_headers(headers, host, effects),
            Input::RequestHeaders { headers, end: true } => {
                self.request_headers(headers, host, effects);
                self.request_body(&[], host, effects)
            }
            Input::RequestBody(body) => self.request_body(body, host, effects),
            Input::RequestTooLarge => {
                let error = Error::invalid("The request's body is too large.").with_status(413);
                self.refuse(&error, host, effects)
            }
            Input::ResponseHeaders { headers, end } => {
                self.response_headers(headers, end, host, effects)
            }
            Input::ResponseBody { bytes, end } => self.response_body(bytes, end, host, effects),
            Input::ResponseTooLarge => self.too_large(host, effects),
            Input::Done => self.done(host),
        }
    }

    fn wants_response_headers(&self) -> bool {
        matches!(self.state, State::Sent(_))
    }

    fn request_appetite(&self) -> Appetite {
        match self.state {
            State::Receiving(_) => Appetite::Whole(usize::MAX),
            _ => Appetite::Ignore,
        }
    }

    fn response_appetite(&self) -> Appetite {
        match self.state {
            State::Whole { status: 400.., .. } => Appetite::Whole(ERROR_LIMIT),
            State::Whole { .. } => Appetite::Whole(self.settings.max_body_bytes),
            State::Peeking { .. } | State::Flowing(_) | State::Discarding => Appetite::Chunks,
            State::New | State::Receiving(_) | State::Sent(_) | State::Over => Appetite::Ignore,
        }
    }
}
