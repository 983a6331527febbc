//! The way out: the client's request becomes the provider's.

use super::attempt::ThisAttempt;
use super::{Provider, State, Turn, wire};
use crate::chat::Error;
use crate::dialects::openai_chat as dialect;
use crate::role::{Effect, Flow, Reply, handoff};
use crate::telemetry::exchange::Outcome;

impl Provider {
    /// Where the body is known already, the request is written at once, and nothing is held.
    pub(super) fn request_headers(&mut self, end: bool, turn: &mut Turn<'_>) -> Flow {
        self.attempt = ThisAttempt::begin(&self.settings.name, turn.host);
        let attempt = self.attempt.as_ref();
        turn.effects
            .extend(attempt.and_then(ThisAttempt::publish_next));
        let known = attempt.and_then(ThisAttempt::body).filter(|_| !end);
        let flow = match &known {
            Some(body) => self.write(body, turn),
            None => {
                self.state = State::Receiving;
                Flow::Pause
            }
        };
        if end {
            return self.request_body(&[], turn);
        }
        flow
    }

    pub(super) fn request_body(&mut self, body: &[u8], turn: &mut Turn<'_>) -> Flow {
        let flow = match self.state {
            State::Receiving => self.write(body, turn),
            _ => Flow::Continue,
        };
        if let Some((replaced, bytes)) = self.edit.take() {
            turn.effects.push(Effect::RequestBody { replaced, bytes });
        }
        flow
    }

    /// Writes the request. What becomes of its body is left in `edit`, until Envoy has all of it.
    fn write(&mut self, body: &[u8], turn: &mut Turn<'_>) -> Flow {
        self.state = State::Over;
        let Some(attempt) = &self.attempt else {
            let error = Error::upstream("The request reached a provider without a plan.");
            return self.refuse(&error.with_status(500), turn);
        };
        match wire::prepare(&self.settings, attempt, body) {
            Ok(request) => {
                let client = attempt.forwarded(turn.host);
                let headers = request.headers(&client, &self.settings, body, &attempt.request_id);
                turn.effects.push(Effect::RequestHeaders(headers));
                self.dropped_params = request.dropped_params();
                self.edit = request.edit;
                self.state = State::Sent(request.expected);
                Flow::Continue
            }
            Err(error) => self.refuse(&error, turn),
        }
    }

    /// Answers in the provider's place: what the client asks for cannot be said to it, or it has
    /// failed without a word.
    pub(super) fn refuse(&mut self, error: &Error, turn: &mut Turn<'_>) -> Flow {
        let mut answer = dialect::error_answer(error);
        let headers = &mut answer.headers;
        headers.push((handoff::PROVIDER, self.settings.name.to_string()));
        if let Some(attempt) = &self.attempt {
            headers.push((handoff::REQUEST_ID, attempt.request_id.clone()));
            headers.push((handoff::MODEL, attempt.model().to_owned()));
            headers.push((handoff::ATTEMPTS, attempt.number.to_string()));
            attempt.answered(turn.host);
            attempt.end(Outcome::Status(error.status), turn.host);
        }
        turn.effects.push(Effect::Respond(Reply {
            status: answer.status,
            headers: answer.headers,
            body: answer.body,
        }));
        Flow::Pause
    }
}
