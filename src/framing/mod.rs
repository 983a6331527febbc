//! From bytes to frames, whatever the chunks.
//!
//! A framer consumes what is complete, keeps the rest, never blocks, and bounds what it keeps.
//! It knows nothing of JSON or of providers. [`Frames`] hides which framing an upstream uses from
//! those that only want its frames; [`sse::Framer`] also tells which bytes each one took.

pub mod aws_event_stream;
mod frames;
pub mod json_lines;
pub mod sse;

use std::fmt;

pub use frames::Frames;

/// Size that a frame may have where nobody says otherwise. Inline images and reasoning signatures
/// make single lines of hundreds of kilobytes.
pub const DEFAULT_LIMIT: usize = 16 * 1024 * 1024;

/// How a stream is cut into frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Server-sent events: `text/event-stream`.
    ServerSentEvents,
    /// One JSON text a line: `application/x-ndjson`.
    JsonLines,
    /// Amazon's binary messages: `application/vnd.amazon.eventstream`.
    AwsEventStream,
}

impl Framing {
    /// The media type, without parameters, that announces such a stream.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::ServerSentEvents => "text/event-stream",
            Self::JsonLines => "application/x-ndjson",
            Self::AwsEventStream => "application/vnd.amazon.eventstream",
        }
    }
}

/// One message of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// What it is, where the framing says so: the `event:` field, or the type in a header; `None`
    /// where that is absent or empty.
    pub event: Option<&'a [u8]>,
    /// What it holds: all `data:` lines, joined with line feeds; the line; the payload.
    pub data: &'a [u8],
}

/// What a stream of bytes says next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said<'a> {
    /// A message.
    Frame(Frame<'a>),
    /// A message of which the framing itself says that it tells of a failure: its type or code,
    /// and the upstream's words.
    Failure(Frame<'a>),
    /// A comment: nothing but a sign of life.
    Comment,
    /// Bytes that the framing has no use for, line ends included. Some upstreams put an error
    /// there.
    Stray(&'a [u8]),
}

/// The stream cannot be read any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreadable {
    /// A frame exceeds this limit, in bytes.
    TooLarge(usize),
    /// A frame is not what its checksum says, or has no possible form.
    Corrupt,
    /// The stream ended inside of a frame.
    CutOff,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(limit) => write!(f, "an event of the stream exceeds {limit} bytes"),
            Self::Corrupt => f.write_str("the stream was damaged on its way"),
            Self::CutOff => f.write_str("the stream ended inside of an event"),
        }
    }
}

impl std::error::Error for Unreadable {}
