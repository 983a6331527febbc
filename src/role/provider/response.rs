//! The way back: whole answers and failures.

use super::answer::{self, Answer};
use super::wire::{self, Expected, WholeAnswer};
use super::{Held, Provider, State, Turn};
use crate::chat::{Error, Operation};
use crate::dialects::openai_chat as dialect;
use crate::headers::Headers;
use crate::role::{Effect, Flow};
use crate::telemetry::exchange::Outcome;

/// Bytes of a whole answer that come to a token of output: text, with its JSON around it.
const BYTES_PER_TOKEN: usize = 5;

impl Provider {
    pub(super) fn response_headers(
        &mut self,
        upstream: Headers,
        end: bool,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let expected = match self.take_state() {
            State::Sent(expected) => expected,
            State::Unable(error) => {
                self.has_no_body = end;
                return self.fail(&upstream, error.into(), turn);
            }
            _ => return Flow::Continue,
        };
        let status = upstream
            .text(":status")
            .and_then(|status| status.parse().ok());
        let status = status.unwrap_or(502);
        if let Some(attempt) = &self.attempt {
            attempt.learn_quota(&upstream, turn.host);
        }
        let is_stream = is_of_type(&upstream, expected.framing().media_type());
        if is_success(status) {
            self.came(0);
        }
        self.state = if is_success(status) && is_stream {
            self.begin(upstream, status, expected)
        } else {
            State::Whole {
                upstream,
                status,
                expected,
            }
        };
        if end {
            self.has_no_body = true;
            return self.response_body(&[], true, turn);
        }
        Flow::Pause
    }

    /// Begins to read a stream, for a client that wants one or for one that does not.
    fn begin(&self, upstream: Headers, status: u16, expected: Expected) -> State {
        let begun = if expected.stream {
            wire::stream(expected)
        } else {
            Err(Box::new(expected))
        };
        let expected = match begun {
            Ok(stream) => {
                return State::Peeking {
                    upstream,
                    stream,
                    held: Held::until(self.beginning()),
                };
            }
            Err(expected) => *expected,
        };
        match wire::fold(&expected, self.settings.max_body_bytes) {
            Some(fold) => State::Folding {
                upstream,
                fold: Box::new(fold),
                size: 0,
            },
            None => State::Whole {
                upstream,
                status,
                expected,
            },
        }
    }

    pub(super) fn response_body(&mut self, bytes: &[u8], end: bool, turn: &mut Turn<'_>) -> Flow {
        match self.take_state() {
            State::Whole {
                upstream,
                status,
                expected,
            } => self.whole(&upstream, status, &expected, bytes, turn),
            State::Peeking {
                upstream,
                mut stream,
                mut held,
            } => {
                held.push(stream.as_mut(), bytes, end);
                self.peeked(upstream, stream, held, end, turn)
            }
            State::Folding {
                upstream,
                fold,
                size,
            } => self.fold(
                upstream,
                fold,
                size.saturating_add(bytes.len()),
                bytes,
                end,
                turn,
            ),
            State::Flowing(stream) => self.flow(stream, bytes, end, turn),
            State::Discarding => {
                turn.effects.push(Effect::ResponseBody(Vec::new()));
                self.state = State::Discarding;
                Flow::Continue
            }
            other => {
                self.state = other;
                Flow::Continue
            }
        }
    }

    /// So many bytes of a whole answer are there.
    pub(super) fn held(&self, size: usize) -> Flow {
        if let (State::Whole { status, .. }, Some(attempt)) = (&self.state, &self.attempt)
            && is_success(*status)
            && attempt.operation() == Operation::Chat
        {
            let tokens = u64::try_from(size / BYTES_PER_TOKEN).unwrap_or(u64::MAX);
            // A picture or a sound has more bytes than its tokens let expect.
            attempt.came(tokens.min(attempt.most_output()));
        }
        Flow::Pause
    }

    pub(super) fn too_large(&mut self, turn: &mut Turn<'_>) -> Flow {
        let State::Whole {
            upstream, status, ..
        } = self.take_state()
        else {
            return Flow::Continue;
        };
        let status = if is_success(status) { 502 } else { status };
        let error = Error::upstream("The provider's answer is too large.").with_status(status);
        self.fail(&upstream, error.into(), turn)
    }

    fn whole(
        &mut self,
        upstream: &Headers,
        status: u16,
        expected: &Expected,
        bytes: &[u8],
        turn: &mut Turn<'_>,
    ) -> Flow {
        let result = if is_success(status) {
            wire::whole(expected, upstream, bytes)
        } else {
            Err(wire::failure(expected, status, upstream, bytes))
        };
        match result {
            Ok(answer) => self.give_or_leave(upstream, answer, bytes, bytes.len(), turn),
            Err(failure) => self.fail(upstream, failure, turn),
        }
    }

    /// Gives the client a whole answer; `held` is the length of the provider's own.
    pub(super) fn give(
        &self,
        upstream: &Headers,
        answer: WholeAnswer,
        held: usize,
        turn: &mut Turn<'_>,
    ) -> Flow {
        self.note(
            answer.usage,
            answer.model.as_deref(),
            answer.service_tier.as_deref(),
        );
        let length = answer.body.as_ref().map_or(held, Vec::len);
        self.announce(upstream, answer.content_type, Some(length), turn);
        turn.effects.extend(answer.body.map(Effect::ResponseBody));
        if let Some(attempt) = &self.attempt {
            attempt.is_answered(false, turn.host);
        }
        self.end(Outcome::Status(200), turn);
        Flow::Continue
    }

    /// Lets the headers of a good answer go.
    pub(super) fn announce(
        &self,
        upstream: &Headers,
        content_type: &str,
        content_length: Option<usize>,
        turn: &mut Turn<'_>,
    ) {
        let Some(attempt) = &self.attempt else { return };
        attempt.answered(turn.host);
        let answer = Answer {
            status: 200,
            content_type,
            content_length,
            provider: &self.settings.name,
            dropped_params: &self.dropped_params,
            cost: content_length.and_then(|_| attempt.cost_so_far()),
            failure: None,
        };
        let headers = answer::headers(upstream, &answer, attempt);
        turn.effects.push(Effect::ResponseHeaders(headers));
    }

    /// Turns a failure, found before anything has gone to the client, into a status and, where
    /// another target may do better, into a wish to be retried.
    pub(super) fn fail(
        &mut self,
        upstream: &Headers,
        failure: wire::Failure,
        turn: &mut Turn<'_>,
    ) -> Flow {
        self.state = State::Discarding;
        let Some(attempt) = &self.attempt else {
            return Flow::Continue;
        };
        let error = failure.error;
        let next = attempt.fall_back(&error);
        let retry = next.is_some();
        turn.effects.extend(next.flatten());
        attempt.has_failed(&error, turn.host);
        if self.has_no_body && !retry {
            // Envoy has no body that could be replaced, and would leave the client waiting for one.
            return self.refuse(&error, turn);
        }
        let dialect::ErrorAnswer {
            headers: hints,
            body,
            ..
        } = dialect::error_answer(&error);
        let body = match failure.body {
            _ if self.has_no_body => Vec::new(),
            Some(own) => own,
            None => body,
        };
        if !retry {
            attempt.answered(turn.host);
        }
        attempt.end(Outcome::Status(error.status), turn.host);
        let answer = Answer {
            status: error.status,
            content_type: "application/json",
            content_length: Some(body.len()),
            provider: &self.settings.name,
            dropped_params: &self.dropped_params,
            cost: None,
            failure: Some(answer::Failure {
                hints: &hints,
                retry,
            }),
        };
        let headers = answer::headers(upstream, &answer, attempt);
        turn.effects.push(Effect::ResponseHeaders(headers));
        if !self.has_no_body {
            turn.effects.push(Effect::ResponseBody(body));
        }
        Flow::Continue
    }
}

fn is_success(status: u16) -> bool {
    (200..300).contains(&status)
}

/// Whether the body has this media type; parameters do not count.
fn is_of_type(headers: &Headers, media_type: &str) -> bool {
    let content_type = headers.first("content-type").unwrap_or_default();
    let essence = content_type.get(..media_type.len()).unwrap_or_default();
    essence.eq_ignore_ascii_case(media_type.as_bytes())
}
