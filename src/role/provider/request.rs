//! The way out: the client's request becomes the provider's.

use super::attempt::ThisAttempt;
use super::images::{Images, Waiting};
use super::{Provider, State, Turn, wire};
use crate::chat::{Error, Operation};
use crate::dialects::openai_chat as dialect;
use crate::headers::Headers;
use crate::role::{Effect, Fetched, Flow, Reply, handoff};
use crate::telemetry::exchange::Outcome;

impl Provider {
    pub(super) fn request_headers(
        &mut self,
        headers: Headers,
        end: bool,
        turn: &mut Turn<'_>,
    ) -> Flow {
        self.attempt = ThisAttempt::begin(&headers, &self.settings.name, turn.host);
        let next = self.attempt.iter().flat_map(ThisAttempt::publish_next);
        turn.effects.extend(next);
        self.state = State::Receiving(headers);
        if end {
            return self.request_body(&[], turn);
        }
        Flow::Pause
    }

    pub(super) fn request_body(&mut self, body: &[u8], turn: &mut Turn<'_>) -> Flow {
        let State::Receiving(client) = self.take_state() else {
            return Flow::Continue;
        };
        match self.missing_images(&client, body) {
            Ok(None) => self.send(&client, body, &Images::default(), turn),
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
        let limit = self.settings.max_image_bytes();
        match waiting.take(fetched, limit) {
            Ok(true) => {
                let images = std::mem::take(&mut waiting.images);
                self.send(&waiting.client, &waiting.body, &images, turn)
            }
            Ok(false) => {
                self.state = State::Fetching(waiting);
                Flow::Pause
            }
            Err(error) => self.refuse(&error, turn),
        }
    }

    fn missing_images(
        &self,
        client: &Headers,
        body: &[u8],
    ) -> Result<Option<(Waiting, Vec<Effect>)>, Error> {
        let settings = &self.settings;
        let (Some(config), Some(attempt)) = (&settings.config.remote_images, &self.attempt) else {
            return Ok(None);
        };
        let is_chat = attempt.operation() == Operation::Chat;
        if is_chat && wire::takes_image_bytes_only(settings, attempt, body)? {
            return Waiting::begin(config, client, body);
        }
        Ok(None)
    }

    fn send(
        &mut self,
        client: &Headers,
        body: &[u8],
        images: &Images,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let Some(attempt) = &self.attempt else {
            let error = Error::upstream("The request reached a provider without a plan.");
            return self.refuse(&error.with_status(500), turn);
        };
        match wire::prepare(&self.settings, attempt, body, images) {
            Ok(request) => {
                let headers = request.headers(client, &self.settings, body, &attempt.request_id);
                turn.effects.push(Effect::RequestHeaders(headers));
                self.dropped_params = request.dropped_params();
                if let Some((replaced, bytes)) = request.edit {
                    turn.effects.push(Effect::RequestBody { replaced, bytes });
                }
                self.state = State::Sent(request.expected);
                Flow::Continue
            }
            Err(error) if attempt.may_fall_back(&error) => {
                let headers = wire::empty_request(client, &self.settings, &attempt.request_id);
                self.go_past(error, headers, turn)
            }
            Err(error) => self.refuse(&error, turn),
        }
    }

    /// Goes on to the next target, which may be able to say what this one cannot.
    ///
    /// Envoy retries what a provider answers, and never what an upstream filter says in its place.
    /// So a request that says nothing goes to the provider, and whatever comes back is taken for
    /// this error (docs/adr/0004).
    fn go_past(&mut self, error: Error, headers: Headers, turn: &mut Turn<'_>) -> Flow {
        turn.effects.push(Effect::RequestHeaders(headers));
        turn.effects.push(Effect::RequestBody {
            replaced: usize::MAX,
            bytes: Vec::new(),
        });
        self.state = State::Unable(error);
        Flow::Continue
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
