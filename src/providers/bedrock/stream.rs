//! Reads a streamed answer.
//!
//! ```text
//! AwaitingStart --messageStart--> Open --messageStop and metadata--> Ended
//!       |                          |                                   ^
//!       '----------- exception, bad frame, end of body ----------------'
//! ```
//!
//! The stream has no marker of its end. It is complete when both `messageStop` and `metadata` (the
//! token counts) have come, in whatever order; until then it can still fail, so the finish reason is
//! held. The API promises both (botocore 1.44.5): a stream without one of them was cut off.
//!
//! Memory is bounded: deltas pass through, and what is kept for a block has a limit.

use crate::chat::{Error, Event, FinishReason, Sink};
use crate::framing::Frame;
use crate::providers::{Decoder, Recall};

use super::error;
use super::stop_reason::finish_reason;
use super::usage;
use super::wire::read::{
    BlockDelta, BlockStart, BlockStop, MessageStop, ServiceTier, StreamMetadata,
};
use blocks::Blocks;
use serde::Deserialize;

mod blocks;
mod form;

/// The decoder: one tagged union.
pub(super) struct StreamDecoder(State);

enum State {
    /// Nothing has come.
    AwaitingStart(Recall),
    /// The answer has begun.
    Open(Answer),
    /// The end or an error has been reported.
    Ended,
}

/// What is known of the answer so far.
struct Answer {
    blocks: Blocks,
    finish: Option<FinishReason>,
    counted: bool,
}

impl StreamDecoder {
    pub(super) fn new(recall: Recall) -> Self {
        Self(State::AwaitingStart(recall))
    }

    fn event(&mut self, name: &[u8], data: &[u8], sink: &mut dyn Sink) -> Result<(), Error> {
        if !EVENTS.contains(&name) {
            return Ok(());
        }
        let answer = self.open(sink);
        if let Some(answer) = answer {
            answer.event(name, data, sink)?;
            if answer.counted && answer.finish.is_some() {
                self.complete(sink);
            }
        }
        Ok(())
    }

    /// The answer, which begins with the first event of whatever kind.
    fn open(&mut self, sink: &mut dyn Sink) -> Option<&mut Answer> {
        if let State::AwaitingStart(recall) = &mut self.0 {
            let recall = std::mem::take(recall);
            sink.event(Event::Start {
                id: None,
                model: None,
            });
            self.0 = State::Open(Answer {
                blocks: Blocks::new(recall),
                finish: None,
                counted: false,
            });
        }
        match &mut self.0 {
            State::Open(answer) => Some(answer),
            State::AwaitingStart(_) | State::Ended => None,
        }
    }

    fn complete(&mut self, sink: &mut dyn Sink) {
        if let State::Open(answer) = std::mem::replace(&mut self.0, State::Ended) {
            let reason = answer.finish.unwrap_or(FinishReason::Stop);
            sink.event(Event::Finish { choice: 0, reason });
            sink.event(Event::End);
        }
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.0 = State::Ended;
        sink.event(Event::Error(error));
    }

    fn is_over(&self) -> bool {
        matches!(self.0, State::Ended)
    }
}

/// The events that are known; others are passed over.
const EVENTS: &[&[u8]] = &[
    b"messageStart",
    b"contentBlockStart",
    b"contentBlockDelta",
    b"contentBlockStop",
    b"messageStop",
    b"metadata",
];

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        let name = frame.event.unwrap_or_default();
        if self.is_over() {
            return;
        }
        if let Err(error) = self.event(name, frame.data, sink) {
            self.fail(error, sink);
        }
    }

    fn failure(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        if !self.is_over() {
            self.fail(error::from_exception(frame.event, frame.data), sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let message = match &self.0 {
            State::Ended => return,
            State::AwaitingStart(_) => "Bedrock's stream ended before the answer began",
            State::Open(_) => "Bedrock's stream ended before the answer was complete",
        };
        self.fail(Error::upstream(message), sink);
    }
}

impl Answer {
    fn event(&mut self, name: &[u8], data: &[u8], sink: &mut dyn Sink) -> Result<(), Error> {
        match name {
            b"contentBlockDelta" => {
                let BlockDelta {
                    content_block_index: index,
                    delta,
                } = parse(data)?;
                match delta {
                    Some(delta) if self.finish.is_none() => self.blocks.delta(index, &delta, sink),
                    _ => Ok(()),
                }
            }
            b"contentBlockStart" => {
                let BlockStart {
                    content_block_index: index,
                    start,
                } = parse(data)?;
                match self.finish {
                    Some(_) => Ok(()),
                    None => self.blocks.open(index, start.as_ref(), sink),
                }
            }
            b"contentBlockStop" => {
                let stop: BlockStop = parse(data)?;
                self.blocks.close(stop.content_block_index, sink);
                Ok(())
            }
            b"messageStop" => self.stop(&parse(data)?, sink),
            b"metadata" => {
                let metadata: StreamMetadata<'_> = parse(data)?;
                let tier = metadata.service_tier.as_ref();
                if let Some(tier) = tier.and_then(ServiceTier::in_openais_words) {
                    sink.event(Event::ServiceTier(tier));
                }
                if let Some(report) = &metadata.usage {
                    sink.event(Event::Usage(usage::buckets(report)));
                }
                self.counted = true;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn stop(&mut self, stop: &MessageStop<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        self.blocks.close_all(sink);
        let reason = stop.stop_reason.as_deref();
        self.finish = Some(finish_reason(reason, self.blocks.called_tools())?);
        Ok(())
    }
}

fn parse<'a, T: Deserialize<'a>>(data: &'a [u8]) -> Result<T, Error> {
    serde_json::from_slice(data).map_err(|_| malformed())
}

fn malformed() -> Error {
    Error::upstream("Bedrock sent a stream event that cannot be understood")
}
