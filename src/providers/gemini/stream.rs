//! Reads a streamed answer.
//!
//! ```text
//! Open --end of body, every candidate finished--> Ended
//!   |                                               ^
//!   '---- error, bad frame, end of body before -----'
//! ```
//!
//! The stream has no terminal marker: it is complete where the body ends and every candidate has
//! told why it ended. Until then it can still fail, with a `data:` frame that holds an error, or
//! with the bare JSON of one, line by line and without `data:` (Google's own client reads both).
//! Nothing but the error's lines is kept, and of them no more than [`MAX_STRAY`] bytes.

use serde_json::value::RawValue;

use super::answer::Answer;
use super::endpoint::Host;
use super::error;
use super::wire::read::Chunk;
use crate::chat::{Error, Event, Sink};
use crate::framing::Frame;
use crate::providers::{Decoder, Recall};

/// Most bytes of an error that comes outside of frames.
const MAX_STRAY: usize = 64 * 1024;

/// The decoder.
pub(super) struct StreamDecoder {
    state: State,
    /// What has come outside of frames.
    stray: Vec<u8>,
}

enum State {
    Open(Answer),
    /// The end or an error has been reported.
    Ended,
}

impl StreamDecoder {
    pub(super) fn new(host: Host, recall: Recall) -> Self {
        Self {
            state: State::Open(Answer::new(host, recall.tool_names)),
            stray: Vec::new(),
        }
    }

    fn fail(&mut self, error: Error, sink: &mut dyn Sink) {
        self.state = State::Ended;
        sink.event(Event::Error(error));
    }
}

impl Decoder for StreamDecoder {
    fn frame(&mut self, frame: Frame<'_>, sink: &mut dyn Sink) {
        let State::Open(answer) = &mut self.state else {
            return;
        };
        if frame.data.is_empty() || frame.data == b"[DONE]" {
            return;
        }
        let read = read(frame.data).and_then(|chunk| answer.chunk(&chunk, sink));
        if let Err(error) = read {
            self.fail(error, sink);
        }
    }

    fn stray(&mut self, bytes: &[u8], sink: &mut dyn Sink) {
        let is_over = matches!(self.state, State::Ended);
        let begins = self.stray.is_empty();
        if is_over || (begins && bytes.trim_ascii().is_empty()) {
            return;
        }
        let room = MAX_STRAY.saturating_sub(self.stray.len());
        self.stray.extend(bytes.iter().take(room));
        if serde_json::from_slice::<&RawValue>(self.stray.trim_ascii()).is_ok() {
            let stray = std::mem::take(&mut self.stray);
            if let Some(error) = error::in_stream(&stray) {
                self.fail(error, sink);
            }
        }
    }

    fn end(&mut self, sink: &mut dyn Sink) {
        if let State::Open(mut answer) = std::mem::replace(&mut self.state, State::Ended) {
            let ended = if self.stray.is_empty() {
                answer.end(sink)
            } else {
                Err(Error::upstream("Gemini's stream broke off with an error"))
            };
            if let Err(error) = ended {
                self.fail(error, sink);
            }
        }
    }
}

/// Reads a whole answer or a chunk.
///
/// # Errors
/// Where it is none, or an error.
pub(super) fn read(json: &[u8]) -> Result<Chunk<'_>, Error> {
    match Chunk::read(json) {
        Ok(chunk) if !chunk.is_error => Ok(chunk),
        _ => Err(error::in_stream(json)
            .unwrap_or_else(|| Error::upstream("Gemini's answer cannot be understood"))),
    }
}
