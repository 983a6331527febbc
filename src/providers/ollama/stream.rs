//! Reads a streamed answer: lines that each have the next piece, the last one with `done`.
//!
//! ```text
//! AwaitingStart --first line--> Open --done--> Ended
//!       |                        |               ^
//!       '------ error, bad line, end of body ----'
//! ```
//!
//! Pieces have no numbers: a block goes on while pieces of its kind come, and a tool call comes
//! whole.

use super::calls::Calls;
use super::finish_reason::finish_reason;
use super::wire::read::{Answer, ToolCall};
use super::{error, logprobs, response};
use crate::chat::{BlockKind, Error, Event, Sink};
use crate::framing::Frame;
use crate::providers::Decoder;

/// The decoder: one tagged union.
#[derive(Default)]
pub(super) struct StreamDecoder(State);

#[derive(Default)]
enum State {
    /// Nothing has come.
    #[default]
    AwaitingStart,
    /// The answer has begun.
    Open(Progress),
    /// The end or an error has been reported.
    Ended,
}

/// How far the answer is.
struct Progress {
    calls: Calls,
    /// Number of the next block.
    next: u32,
    open: Option<Open>,
}

/// The open block.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Open {
    block: u32,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Reasoning,
}

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        if matches!(self.0, State::Ended) {
            return;
        }
        let outcome = serde_json::from_slice(frame.data)
            .map_err(|_| malformed())
            .and_then(|line| self.line(&line, sink));
        if let Err(error) = outcome {
            self.fail(error, sink);
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        let message = match self.0 {
            State::Ended => return,
            State::AwaitingStart => "Ollama's stream ended before the answer began",
            State::Open(_) => "Ollama's stream ended before the answer was complete",
        };
        self.fail(Error::upstream(message), sink);
    }
}

impl StreamDecoder {
    fn line(&mut self, line: &Answer<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        if let Some(failure) = line.error {
            return Err(error::from_line(failure));
        }
        if line.message.is_none() && line.done.is_none() {
            return Ok(()); // Nothing of an answer: a word of progress, or something new.
        }
        if matches!(self.0, State::AwaitingStart) {
            self.0 = State::Open(Progress::start(line, sink));
        }
        let State::Open(progress) = &mut self.0 else {
            return Ok(());
        };
        progress.report(line, sink)?;
        if line.done == Some(true) {
            progress.complete(line, sink);
            self.0 = State::Ended;
        }
        Ok(())
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.0 = State::Ended;
        sink.event(Event::Error(error));
    }
}

impl Progress {
    fn start(line: &Answer<'_>, sink: &mut dyn Sink) -> Self {
        sink.event(Event::Start {
            id: None,
            model: line.model.as_deref(),
        });
        Self {
            calls: Calls::of(line),
            next: 0,
            open: None,
        }
    }

    fn report(&mut self, line: &Answer<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        let Some(message) = &line.message else {
            return Ok(());
        };
        let thinking = message.thinking.as_deref().unwrap_or_default();
        self.say(Kind::Reasoning, thinking, sink)?;
        self.say(
            Kind::Text,
            message.content.as_deref().unwrap_or_default(),
            sink,
        )?;
        for call in message.tool_calls.iter().flatten() {
            self.call(call, sink)?;
        }
        let tokens = line.logprobs.map(logprobs::tokens).unwrap_or_default();
        if !tokens.is_empty() {
            sink.event(Event::Logprobs { choice: 0, tokens });
        }
        Ok(())
    }

    fn complete(&mut self, line: &Answer<'_>, sink: &mut dyn Sink) {
        self.close(sink);
        sink.event(Event::Usage(response::usage(line)));
        let reason = finish_reason(line.done_reason.as_deref(), self.calls.any());
        sink.event(Event::Finish { choice: 0, reason });
        sink.event(Event::End);
    }

    fn say(&mut self, kind: Kind, text: &str, sink: &mut dyn Sink) -> Result<(), Error> {
        if text.is_empty() {
            return Ok(());
        }
        let block = match self.open {
            Some(open) if open.kind == kind => open.block,
            _ => {
                let block_kind = match kind {
                    Kind::Text => BlockKind::Text,
                    Kind::Reasoning => BlockKind::Reasoning,
                };
                let block = self.start_block(block_kind, sink)?;
                self.open = Some(Open { block, kind });
                block
            }
        };
        sink.event(Event::BlockDelta { block, text });
        Ok(())
    }

    fn call(&mut self, call: &ToolCall<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        let call = self.calls.next(call)?;
        let kind = BlockKind::ToolCall {
            id: &call.id,
            name: call.name,
            signature: None,
        };
        let block = self.start_block(kind, sink)?;
        sink.event(Event::BlockDelta {
            block,
            text: &call.arguments,
        });
        sink.event(Event::BlockEnd { block });
        Ok(())
    }

    /// Opens a block after the one before.
    fn start_block(&mut self, kind: BlockKind<'_>, sink: &mut dyn Sink) -> Result<u32, Error> {
        self.close(sink);
        let block = self.next;
        self.next = block.checked_add(1).ok_or_else(malformed)?;
        sink.event(Event::BlockStart {
            block,
            choice: 0,
            kind,
        });
        Ok(block)
    }

    fn close(&mut self, sink: &mut dyn Sink) {
        if let Some(open) = self.open.take() {
            sink.event(Event::BlockEnd { block: open.block });
        }
    }
}

fn malformed() -> Error {
    Error::upstream("Ollama sent a line that cannot be understood")
}
