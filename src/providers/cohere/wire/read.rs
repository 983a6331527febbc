//! What the API answers: whole answers and the events of a stream.
//!
//! The `type` of an event decides what its `delta` is: the same name holds an object in one event
//! and a list in the next. So a delta is read only after its type, and that of an unknown event
//! not at all.

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::providers::json::Str;

/// A whole answer.
#[derive(Deserialize)]
pub(in super::super) struct Answer<'a> {
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) finish_reason: Option<Str<'a>>,
    /// An object; a text where the body is an error.
    #[serde(borrow)]
    pub(in super::super) message: Option<&'a RawValue>,
    pub(in super::super) usage: Option<Usage>,
    /// A list of [`Logprob`].
    #[serde(borrow)]
    pub(in super::super) logprobs: Option<&'a RawValue>,
}

/// How likely a piece of text was.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Logprob<'a> {
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    /// One number for each token of the piece.
    pub(in super::super) logprobs: Option<Vec<f64>>,
}

/// What the model said.
#[derive(Default, Deserialize)]
pub(in super::super) struct Message<'a> {
    #[serde(borrow, default)]
    pub(in super::super) content: Several<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) tool_plan: Option<Str<'a>>,
    #[serde(borrow, default)]
    pub(in super::super) tool_calls: Several<ToolCall<'a>>,
    #[serde(borrow, default)]
    pub(in super::super) citations: Several<Citation<'a>>,
}

/// An item of content, or a piece of one.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Item<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) text: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) thinking: Option<Str<'a>>,
}

/// A call of a tool, or a piece of one.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct ToolCall<'a> {
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) function: Option<Function<'a>>,
}

/// What is called.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Function<'a> {
    #[serde(borrow)]
    pub(in super::super) name: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) arguments: Option<Str<'a>>,
}

/// A part of the answer that rests on sources.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Citation<'a> {
    pub(in super::super) start: Option<u32>,
    pub(in super::super) end: Option<u32>,
    #[serde(borrow, default)]
    pub(in super::super) sources: Several<Source<'a>>,
    pub(in super::super) content_index: Option<u64>,
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
}

/// A document, or what a tool has returned.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Source<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) document: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) tool_output: Option<&'a RawValue>,
}

/// Token counts, which are floating-point numbers in the API's schema.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(in super::super) struct Usage {
    pub(in super::super) tokens: Option<Tokens>,
    pub(in super::super) billed_units: Option<Tokens>,
    pub(in super::super) cached_tokens: Option<f64>,
}

/// One way to count.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(in super::super) struct Tokens {
    pub(in super::super) input_tokens: Option<f64>,
    pub(in super::super) output_tokens: Option<f64>,
}

/// An event of a stream.
pub(in super::super) enum StreamEvent<'a> {
    MessageStart {
        id: Option<Str<'a>>,
    },
    ContentStart {
        index: u64,
        item: Item<'a>,
    },
    ContentDelta {
        index: u64,
        item: Item<'a>,
        logprobs: Option<Logprob<'a>>,
    },
    ContentEnd {
        index: u64,
    },
    ToolPlan(Str<'a>),
    ToolCallStart {
        index: u64,
        call: ToolCall<'a>,
    },
    ToolCallDelta {
        index: u64,
        call: ToolCall<'a>,
    },
    ToolCallEnd {
        index: u64,
    },
    Citations(Vec<Citation<'a>>),
    MessageEnd {
        finish_reason: Option<Str<'a>>,
        error: Option<Str<'a>>,
        usage: Option<Usage>,
    },
    /// The words of a failure.
    Error(Str<'a>),
    /// To be skipped.
    Other,
}

/// JSON that is not what the API's documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Malformed;

impl<'a> StreamEvent<'a> {
    /// Reads a frame; `name` is the value of its `event:` field.
    ///
    /// # Errors
    /// Where the frame is no JSON object, or an event of a known type lacks what makes it one.
    pub(in super::super) fn parse(name: Option<&[u8]>, data: &'a [u8]) -> Result<Self, Malformed> {
        let frame: Envelope<'a> = serde_json::from_slice(data).map_err(|_| Malformed)?;
        let index = frame.index.unwrap_or(0);
        Ok(match frame.kind.as_deref().map(str::as_bytes).or(name) {
            Some(b"content-delta") => Self::ContentDelta {
                index,
                item: frame.message::<Content<'a>>()?.content.first(),
                logprobs: frame.logprobs(),
            },
            Some(b"tool-call-delta") => Self::ToolCallDelta {
                index,
                call: frame.message::<Calls<'a>>()?.tool_calls.first(),
            },
            Some(b"tool-plan-delta") => {
                Self::ToolPlan(frame.message::<Plan<'a>>()?.tool_plan.unwrap_or_default())
            }
            Some(b"message-start") => Self::MessageStart { id: frame.id },
            Some(b"content-start") => Self::ContentStart {
                index,
                item: frame.message::<Content<'a>>()?.content.first(),
            },
            Some(b"content-end") => Self::ContentEnd { index },
            Some(b"tool-call-start") => Self::ToolCallStart {
                index,
                call: frame.message::<Calls<'a>>()?.tool_calls.first(),
            },
            Some(b"tool-call-end") => Self::ToolCallEnd { index },
            Some(b"citation-start") => {
                let cited = frame.message::<Cited<'a>>().unwrap_or_default();
                Self::Citations(cited.citations.0)
            }
            Some(b"message-end") => {
                let end: End<'a> = frame.delta()?;
                Self::MessageEnd {
                    finish_reason: end.finish_reason,
                    error: end.error,
                    usage: end.usage,
                }
            }
            Some(b"error") | None => Self::Error(frame.failure().ok_or(Malformed)?),
            Some(_) => Self::Other,
        })
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
    index: Option<u64>,
    #[serde(borrow)]
    delta: Option<&'a RawValue>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    /// A text, where the frame is an error.
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    fn delta<T: Deserialize<'a> + Default>(&self) -> Result<T, Malformed> {
        self.delta.map_or_else(
            || Ok(T::default()),
            |json| serde_json::from_str(json.get()).map_err(|_| Malformed),
        )
    }

    fn message<T: Deserialize<'a> + Default>(&self) -> Result<T, Malformed> {
        let delta: Delta<T> = self.delta()?;
        Ok(delta.message.unwrap_or_default())
    }

    fn logprobs(&self) -> Option<Logprob<'a>> {
        serde_json::from_str(self.logprobs?.get()).ok()
    }

    fn failure(&self) -> Option<Str<'a>> {
        serde_json::from_str(self.message?.get()).ok()
    }
}

#[derive(Deserialize)]
struct Delta<T> {
    message: Option<T>,
}

impl<T> Default for Delta<T> {
    fn default() -> Self {
        Self { message: None }
    }
}

#[derive(Default, Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    content: Several<Item<'a>>,
}

#[derive(Default, Deserialize)]
struct Plan<'a> {
    #[serde(borrow)]
    tool_plan: Option<Str<'a>>,
}

#[derive(Default, Deserialize)]
struct Calls<'a> {
    #[serde(borrow, default)]
    tool_calls: Several<ToolCall<'a>>,
}

#[derive(Default, Deserialize)]
struct Cited<'a> {
    #[serde(borrow, default)]
    citations: Several<Citation<'a>>,
}

#[derive(Default, Deserialize)]
struct End<'a> {
    #[serde(borrow)]
    finish_reason: Option<Str<'a>>,
    #[serde(borrow)]
    error: Option<Str<'a>>,
    usage: Option<Usage>,
}

/// A list, or its only item, or nothing.
#[derive(Debug)]
pub(in super::super) struct Several<T>(pub(in super::super) Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Default> Several<T> {
    fn first(self) -> T {
        self.0.into_iter().next().unwrap_or_default()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Several<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = <&RawValue>::deserialize(deserializer)?.get();
        let read = match json.as_bytes().first() {
            Some(b'[') => serde_json::from_str(json),
            Some(b'n') => Ok(Vec::new()),
            _ => serde_json::from_str(json).map(|one| vec![one]),
        };
        read.map(Self).map_err(D::Error::custom)
    }
}
