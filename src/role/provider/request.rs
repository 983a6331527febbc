//! The way out: the client's request becomes the provider's.

use super::attempt::ThisAttempt;
use super::images::{Images, Waiting};
use super::{Provider, State, Turn, wire};
use crate::chat::{Error, Operation};
use crate::dialects::openai_chat as dialect;
use crate::role::{Effect, Fetched, Flow, Reply, handoff};
use crate::telemetry::exchange::Outcome;

impl Provider {
    /// Where the body is known already, the request is written at once, and nothing is held.
    pub(super) fn request_headers(&mut self, end: bool, turn: &mut Turn<'_>) -> Flow {
        self.attempt = ThisAttempt::begin(&self.settings, turn.host);
        let attempt = self.attempt.as_ref();
        turn.effects
            .extend(attempt.and_then(ThisAttempt::publish_next));
        // What may have to wait for pictures waits for its body first.
        let may_wait = self.settings.config.remote_images.is_some();
        let known = attempt
            .and_then(ThisAttempt::body)
            .filter(|_| !end && !may_wait);
        let flow = match &known {
            Some(body) => self.write(body, &Images::default(), turn),
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
            State::Receiving => self.received(body, turn),
            _ => Flow::Continue,
        };
        self.replace_body(turn);
        flow
    }

    fn received(&mut self, body: &[u8], turn: &mut Turn<'_>) -> Flow {
        match self.missing_images(body) {
            Ok(None) => self.write(body, &Images::default(), turn),
            Ok(Some((waiting, fetches))) => {
                turn.effects.extend(fetches);
                self.state = State::Fetching(waiting);
                Flow::Pause
            }
            Err(error) => self.refuse(&error, turn),
        }
    }

    /// Takes a picture; with the last of them the request goes on.
    pub(super) fn fetched(&mut self, fetched: &Fetched<'_>, turn: &mut Turn<'_>) -> Flow {
        let State::Fetching(mut waiting) = self.take_state() else {
            // Refused for another picture, or gone.
            return Flow::Pause;
        };
        match waiting.take(fetched, self.settings.max_image_bytes()) {
            Ok(true) => {
                let flow = self.write(&waiting.body, &waiting.images, turn);
                self.replace_body(turn);
                flow
            }
            Ok(false) => {
                self.state = State::Fetching(waiting);
                Flow::Pause
            }
            Err(error) => self.refuse(&error, turn),
        }
    }

    fn missing_images(&self, body: &[u8]) -> Result<Option<(Waiting, Vec<Effect>)>, Error> {
        let settings = &self.settings;
        let (Some(config), Some(attempt)) = (&settings.config.remote_images, &self.attempt) else {
            return Ok(None);
        };
        let is_chat = attempt.operation() == Operation::Chat;
        if is_chat && wire::takes_image_bytes_only(settings, attempt, body)? {
            return Waiting::begin(config, body);
        }
        Ok(None)
    }

    /// Writes the request. What becomes of its body is left in `edit`, until Envoy has all of it.
    fn write(&mut self, body: &[u8], images: &Images, turn: &mut Turn<'_>) -> Flow {
        self.state = State::Over;
        let Some(attempt) = &self.attempt else {
            return give_up(turn);
        };
        let settings = &self.settings;
        let (headers, edit, state) = match wire::prepare(settings, attempt, body, images) {
            Ok(request) => {
                let client = attempt.forwarded(turn.host);
                let headers = request.headers(&client, settings, body, &attempt.request_id);
                self.dropped_params = request.dropped_params();
                (headers, request.edit, State::Sent(request.expected))
            }
            // Envoy retries what a provider answers, and never what an upstream filter says in its
            // place. So a request that says nothing goes to the provider, and whatever comes back
            // is taken for this error (docs/adr/0004).
            Err(error) if attempt.may_fall_back(&error) => {
                let client = attempt.forwarded(turn.host);
                let headers = wire::empty_request(&client, settings, &attempt.request_id);
                (
                    headers,
                    Some((usize::MAX, Vec::new())),
                    State::Unable(error),
                )
            }
            Err(error) => return self.refuse(&error, turn),
        };
        turn.effects.push(Effect::RequestHeaders(headers));
        self.edit = edit;
        self.state = state;
        Flow::Continue
    }

    fn replace_body(&mut self, turn: &mut Turn<'_>) {
        if let Some((replaced, bytes)) = self.edit.take() {
            turn.effects.push(Effect::RequestBody { replaced, bytes });
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

/// Envoy makes another attempt after a reset, also where the plan has none for that. This is what it
/// would have said of the reset; the gateway role knows more, and says it in the client's dialect.
fn give_up(turn: &mut Turn<'_>) -> Flow {
    turn.effects.push(Effect::Respond(Reply {
        status: 503,
        headers: Vec::new(),
        body: b"the provider did not answer".to_vec(),
    }));
    Flow::Pause
}
