//! Reads a streamed answer.
//!
//! ```text
//! AwaitingStart --any event of an answer--> Open --completed, incomplete--> Ended
//!       |                                    |                               ^
//!       '------- error, failed, bad frame, end of body ----------------------'
//! ```
//!
//! The finish reason is in the last event only; until then the stream can still fail. `[DONE]`,
//! which some servers add, says nothing: the API's end is `response.completed` or its like.
//!
//! Memory is bounded: deltas pass through, and what is kept for an item has a limit.

mod finish;
mod items;
mod slot;
mod thought;

use super::error;
use super::wire::event::Event as Wire;
use super::wire::read::{Answer, Malformed};
use crate::chat::{Error, Event, Sink};
use crate::framing::Frame;
use crate::providers::Decoder;

pub(super) use items::Items;

/// The decoder.
pub(super) struct StreamDecoder {
    state: State,
    items: Items,
}

/// How far the answer is.
#[derive(Debug, PartialEq, Eq)]
enum State {
    /// Nothing has come.
    AwaitingStart,
    /// The answer has begun.
    Open,
    /// The end or an error has been reported.
    Ended,
}

impl StreamDecoder {
    pub(super) fn new(service: &'static str) -> Self {
        Self {
            state: State::AwaitingStart,
            items: Items::new(service),
        }
    }
}

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        let says_nothing = matches!(frame.data.trim_ascii(), b"" | b"[DONE]");
        if self.state == State::Ended || says_nothing {
            return;
        }
        let event = Wire::parse(frame.event, frame.data);
        let outcome = event
            .map_err(|Malformed| malformed())
            .and_then(|event| self.event(event, sink));
        if let Err(error) = outcome {
            self.fail(error, sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let message = match self.state {
            State::Ended => return,
            State::AwaitingStart => "OpenAI's stream ended before the answer began",
            State::Open => "OpenAI's stream ended before the answer was complete",
        };
        self.fail(Error::upstream(message), sink);
    }
}

impl StreamDecoder {
    fn event(&mut self, event: Wire<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        match event {
            Wire::Other => return Ok(()),
            Wire::Alive => {
                sink.event(Event::Heartbeat);
                return Ok(());
            }
            Wire::Error(json) => return Err(error::from_json(Some(json))),
            Wire::Failed(json) => return Err(self.failed(json, sink)),
            Wire::Created(json) => {
                self.start(&answer(json)?, sink);
                return Ok(());
            }
            Wire::Over(json) => return self.over(&answer(json)?, sink),
            _ => {}
        }
        self.start(&Answer::default(), sink);
        self.items
            .event(event, sink)
            .map_err(|Malformed| malformed())
    }

    fn start(&mut self, answer: &Answer<'_>, sink: &mut dyn Sink) {
        if self.state == State::AwaitingStart {
            self.state = State::Open;
            sink.event(Event::Start {
                id: answer.id.as_deref(),
                model: answer.model.as_deref(),
            });
        }
    }

    fn over(&mut self, answer: &Answer<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        self.start(answer, sink);
        if let Some(tier) = &answer.service_tier {
            sink.event(Event::ServiceTier(tier));
        }
        let completed = self.items.complete(answer, sink);
        completed.map_err(|Malformed| malformed())?;
        self.state = State::Ended;
        Ok(())
    }

    /// What has been used up until then is counted.
    fn failed(&mut self, json: &serde_json::value::RawValue, sink: &mut dyn Sink) -> Error {
        let answer = answer(json).unwrap_or_default();
        if let (State::Open, Some(counts)) = (&self.state, &answer.usage) {
            sink.event(Event::Usage(counts.usage()));
        }
        error::from_json(answer.error)
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.state = State::Ended;
        sink.event(Event::Error(error));
    }
}

fn answer(json: &serde_json::value::RawValue) -> Result<Answer<'_>, Error> {
    Answer::read(json.get().as_bytes()).map_err(|_| malformed())
}

fn malformed() -> Error {
    Error::upstream("OpenAI sent a stream event that cannot be understood")
}
