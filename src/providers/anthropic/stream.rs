//! Reads a streamed answer.
//!
//! ```text
//! AwaitingStart --message_start--> Open --message_stop--> Ended
//!       |                           |                       ^
//!       '------ error, bad frame, end of body --------------'
//! ```
//!
//! The finish reason and the refusal's text arrive in `message_delta`, but are reported at
//! `message_stop` only: until then the stream can still fail. A second `message_start` (proxies
//! repeat it) is taken for a new beginning while no block has been reported; after that it is
//! skipped if it has the first one's id, else an error, because the client cannot take back what
//! it has got.
//!
//! Memory is bounded: deltas pass through, and what is kept for a block has a limit.

use crate::chat::{BlockKind, Error, Event, Sink};
use crate::framing::Frame;
use crate::providers::Decoder;

use super::error;
use super::finish_reason::finish_reason;
use super::notes::Notes;
use super::usage::Tally;
use super::wire::read::{Asides, Block, Delta, Malformed, Message, StreamEvent, Usage};
use crate::chat::VendorPart;
use blocks::Blocks;
use report::report_part;

mod blocks;
mod kept;
mod report;

/// The decoder: one tagged union.
#[derive(Default)]
pub(super) struct StreamDecoder(State);

#[derive(Default)]
enum State {
    /// Nothing but heartbeats has come.
    #[default]
    AwaitingStart,
    /// The answer has begun.
    Open(Box<Answer>),
    /// The end or an error has been reported.
    Ended,
}

/// What is known of the answer so far.
#[derive(Default)]
struct Answer {
    id: Option<String>,
    blocks: Blocks,
    tally: Tally,
    stop_reason: Option<String>,
    explanation: Option<String>,
    notes: Notes,
}

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        if matches!(self.0, State::Ended) || frame.data.is_empty() {
            return;
        }
        let outcome = StreamEvent::parse(frame.event, frame.data)
            .map_err(|Malformed| malformed())
            .and_then(|event| self.event(event, sink));
        if let Err(error) = outcome {
            self.fail(error, sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let message = match self.0 {
            State::Ended => return,
            State::AwaitingStart => "Anthropic's stream ended before the answer began",
            State::Open(_) => "Anthropic's stream ended before the answer was complete",
        };
        self.fail(Error::upstream(message), sink);
    }
}

impl StreamDecoder {
    fn event(&mut self, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        match (&mut self.0, event) {
            (_, StreamEvent::Error(failure)) => return Err(error::from_event(&failure)),
            (_, StreamEvent::Other) => {}
            (_, StreamEvent::Ping) => sink.event(Event::Heartbeat),
            (State::AwaitingStart, StreamEvent::MessageStart(message)) => {
                self.0 = State::Open(Box::new(Answer::start(&message, sink)));
            }
            (State::Open(_), StreamEvent::MessageStop) => self.complete(sink),
            (State::Open(answer), event) => return answer.event(event, sink),
            (State::AwaitingStart, _) => {
                return Err(Error::upstream(
                    "Anthropic's stream does not begin with `message_start`",
                ));
            }
            (State::Ended, _) => {}
        }
        Ok(())
    }

    fn complete(&mut self, sink: &mut dyn Sink) {
        if let State::Open(mut answer) = std::mem::replace(&mut self.0, State::Ended) {
            answer.complete(sink);
        }
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.0 = State::Ended;
        sink.event(Event::Error(error));
    }
}

impl Answer {
    fn start(message: &Message<'_>, sink: &mut dyn Sink) -> Self {
        sink.event(Event::Start {
            id: message.id.as_deref(),
            model: message.model.as_deref(),
        });
        let mut answer = Self {
            id: message.id.as_deref().map(str::to_owned),
            ..Self::default()
        };
        answer.tell_of(message, sink);
        answer
    }

    fn tell_of(&mut self, message: &Message<'_>, sink: &mut dyn Sink) {
        if let Some(tier) = message.usage.as_ref().and_then(Usage::tier) {
            sink.event(Event::ServiceTier(tier));
        }
        self.note(&message.asides());
        self.count(message.usage.as_ref(), sink);
    }

    fn note(&mut self, asides: &Asides<'_>) {
        keep_latest(&mut self.explanation, asides.explanation().as_deref());
        self.notes.asides(asides);
    }

    fn event(&mut self, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        match event {
            StreamEvent::BlockDelta { index, delta } => self.blocks.delta(index, &delta, sink),
            StreamEvent::BlockStart { index, block } => self.blocks.open(index, &block, sink),
            StreamEvent::BlockStop { index } => {
                self.blocks.close(index, sink);
                Ok(())
            }
            StreamEvent::MessageStart(message) => self.start_again(&message, sink),
            StreamEvent::MessageDelta {
                stop_reason,
                usage,
                asides,
            } => {
                keep_latest(&mut self.stop_reason, stop_reason.as_deref());
                self.note(&asides);
                self.count(usage.as_ref(), sink);
                Ok(())
            }
            StreamEvent::MessageStop
            | StreamEvent::Ping
            | StreamEvent::Error(_)
            | StreamEvent::Other => Ok(()),
        }
    }

    fn start_again(&mut self, message: &Message<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        let repeated = self.id.is_some() && self.id.as_deref() == message.id.as_deref();
        if self.blocks.any_reported() {
            return if repeated {
                Ok(())
            } else {
                Err(second_answer())
            };
        }
        *self = Self {
            id: message.id.as_deref().map(str::to_owned),
            ..Self::default()
        };
        self.tell_of(message, sink);
        Ok(())
    }

    fn count(&mut self, report: Option<&Usage<'_>>, sink: &mut dyn Sink) {
        if let Some(report) = report {
            self.tally.overlay(report);
            self.notes.usage(report);
            sink.event(Event::Usage(self.tally.usage()));
        }
    }

    fn complete(&mut self, sink: &mut dyn Sink) {
        self.blocks.close_all(sink);
        let stop_reason = self.stop_reason.as_deref();
        if stop_reason == Some("refusal")
            && let Some(explanation) = self.explanation.as_deref().filter(|text| !text.is_empty())
        {
            self.blocks.refuse(explanation, sink);
        }
        let lost = self.blocks.lost().map(|json| VendorPart::Note {
            name: "lost_blocks",
            json: json.into(),
        });
        for part in self.notes.parts(stop_reason).into_iter().chain(lost) {
            report_part(part, sink);
        }
        let reason = finish_reason(stop_reason, self.blocks.called_tools());
        sink.event(Event::Finish { choice: 0, reason });
        sink.event(Event::End);
    }
}

fn keep_latest(kept: &mut Option<String>, new: Option<&str>) {
    if let Some(new) = new {
        *kept = Some(new.to_owned());
    }
}

fn second_answer() -> Error {
    Error::upstream("Anthropic's stream began a second answer inside the first")
}

fn malformed() -> Error {
    Error::upstream("Anthropic sent a stream event that cannot be understood")
}
