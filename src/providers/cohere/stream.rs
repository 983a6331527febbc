//! Reads a streamed answer.
//!
//! ```text
//! AwaitingStart --message-start--> Open --message-end--> Ended
//!       |                           |                      ^
//!       '------ error, bad frame, end of body -------------'
//! ```
//!
//! `message-end` is the terminal marker; it says whether the answer failed, too. `[DONE]` may
//! follow it, and means nothing by itself.
//!
//! Memory is bounded: deltas pass through, and what is kept for a block has a limit.

use super::error;
use super::finish_reason::finish_reason;
use super::logprobs::token;
use super::usage::usage;
use super::wire::read::{Malformed, StreamEvent, Usage};
use crate::chat::{BlockKind, Error, Event, Sink};
use crate::framing::Frame;
use crate::providers::Decoder;
use blocks::Blocks;

mod blocks;

/// The decoder: one tagged union.
#[derive(Default)]
pub(super) struct StreamDecoder(State);

#[derive(Default)]
enum State {
    /// Nothing of the answer has come.
    #[default]
    AwaitingStart,
    /// The answer has begun.
    Open(Blocks),
    /// The end or an error has been reported.
    Ended,
}

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        if matches!(self.0, State::Ended) || matches!(frame.data, b"" | b"[DONE]") {
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
            State::AwaitingStart => "Cohere's stream ended before the answer began",
            State::Open(_) => "Cohere's stream ended before the answer was complete",
        };
        self.fail(Error::upstream(message), sink);
    }
}

impl StreamDecoder {
    fn event(&mut self, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        match (&mut self.0, event) {
            (_, StreamEvent::Error(words)) => {
                return Err(error::build(502, words.into_cow().into_owned()));
            }
            (_, StreamEvent::Other) | (State::Ended, _) => {}
            (State::AwaitingStart, StreamEvent::MessageStart { id }) => {
                self.0 = State::Open(Blocks::default());
                sink.event(Event::Start {
                    id: id.as_deref(),
                    model: None,
                });
            }
            (State::AwaitingStart, event) => {
                failure_at_once(&event)?;
                let message = "Cohere's stream does not begin with `message-start`";
                return Err(Error::upstream(message));
            }
            (
                State::Open(_),
                StreamEvent::MessageEnd {
                    finish_reason,
                    error,
                    usage,
                },
            ) => {
                return self.complete(finish_reason.as_deref(), error.as_deref(), usage, sink);
            }
            (State::Open(blocks), event) => return report(blocks, event, sink),
        }
        Ok(())
    }

    fn complete(
        &mut self,
        reason: Option<&str>,
        error: Option<&str>,
        counts: Option<Usage>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let State::Open(blocks) = &mut self.0 else {
            return Ok(());
        };
        if let Some(counts) = &counts {
            sink.event(Event::Usage(usage(counts)));
        }
        let reason = finish_reason(reason, blocks.called_tools(), error)?;
        blocks.close_all(sink);
        sink.event(Event::Finish { choice: 0, reason });
        sink.event(Event::End);
        self.0 = State::Ended;
        Ok(())
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.0 = State::Ended;
        sink.event(Event::Error(error));
    }
}

/// An answer that fails before it has begun says why.
fn failure_at_once(event: &StreamEvent<'_>) -> Result<(), Error> {
    if let StreamEvent::MessageEnd {
        finish_reason: reason,
        error,
        ..
    } = event
    {
        finish_reason(reason.as_deref(), false, error.as_deref())?;
    }
    Ok(())
}

/// What an event says of the answer's blocks.
fn report(blocks: &mut Blocks, event: StreamEvent<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
    match event {
        StreamEvent::ContentDelta {
            index,
            item,
            logprobs,
        } => {
            blocks.content(index, &item, sink)?;
            if let Some(token) = logprobs.as_ref().and_then(token) {
                sink.event(Event::Logprobs {
                    choice: 0,
                    tokens: vec![token],
                });
            }
        }
        StreamEvent::ToolCallDelta { index, call } => blocks.arguments(index, &call, sink)?,
        StreamEvent::ToolPlan(text) => blocks.plan(&text, sink)?,
        StreamEvent::ContentStart { index, item } => blocks.open_content(index, &item, sink)?,
        StreamEvent::ToolCallStart { index, call } => blocks.open_call(index, &call, sink)?,
        StreamEvent::ContentEnd { index } => blocks.close_content(index, sink),
        StreamEvent::ToolCallEnd { index } => blocks.close_call(index, sink),
        StreamEvent::Citations(citations) => {
            for citation in &citations {
                blocks.cite(citation, sink);
            }
        }
        // A second start says nothing new; the others have been seen to.
        StreamEvent::MessageStart { .. }
        | StreamEvent::MessageEnd { .. }
        | StreamEvent::Error(_)
        | StreamEvent::Other => {}
    }
    Ok(())
}

fn malformed() -> Error {
    Error::upstream("Cohere sent a stream event that cannot be understood")
}
