//! What the API answers: whole answers here, the events of a stream in [`event`].

use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::providers::json::{Str, lenient};
pub(in super::super) use event::StreamEvent;

mod event;

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
    #[serde(default, deserialize_with = "lenient")]
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
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(in super::super) citations: Option<Several<Citation<'a>>>,
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

/// JSON that is not what the API's documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Malformed;

/// A list, or its only item, or nothing.
#[derive(Debug)]
pub(in super::super) struct Several<T>(pub(in super::super) Vec<T>);

impl<T> Default for Several<T> {
    fn default() -> Self {
        Self(Vec::new())
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
