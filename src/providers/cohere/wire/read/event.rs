//! The events of a stream.
//!
//! The `type` of an event decides what its `delta` is: the same name holds an object in one event
//! and a list in the next. So a delta is read only after its type, and that of an unknown event
//! not at all.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Citation, Item, Logprob, Malformed, Several, ToolCall, Usage};
use crate::providers::json::{Str, lenient, lenient_count};

/// An event of a stream.
pub(in super::super::super) enum StreamEvent<'a> {
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

impl<'a> StreamEvent<'a> {
    /// Reads a frame; `name` is the value of its `event:` field.
    ///
    /// # Errors
    /// Where the frame is no JSON object, or an event of a known type lacks what makes it one.
    pub(in super::super::super) fn parse(
        name: Option<&[u8]>,
        data: &'a [u8],
    ) -> Result<Self, Malformed> {
        let frame: Envelope<'a> = serde_json::from_slice(data).map_err(|_| Malformed)?;
        let index = frame.index.unwrap_or(0);
        Ok(match frame.kind.as_deref().map(str::as_bytes).or(name) {
            Some(b"content-delta") => Self::ContentDelta {
                index,
                item: frame.message::<Content<'a>>()?.content.0,
                logprobs: frame.logprobs(),
            },
            Some(b"tool-call-delta") => Self::ToolCallDelta {
                index,
                call: frame.message::<Calls<'a>>()?.tool_calls.0,
            },
            Some(b"tool-plan-delta") => {
                Self::ToolPlan(frame.message::<Plan<'a>>()?.tool_plan.unwrap_or_default())
            }
            Some(b"message-start") => Self::MessageStart { id: frame.id },
            Some(b"content-start") => Self::ContentStart {
                index,
                item: frame.message::<Content<'a>>()?.content.0,
            },
            Some(b"content-end") => Self::ContentEnd { index },
            Some(b"tool-call-start") => Self::ToolCallStart {
                index,
                call: frame.message::<Calls<'a>>()?.tool_calls.0,
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
    #[serde(borrow, default, deserialize_with = "lenient")]
    id: Option<Str<'a>>,
    #[serde(default, deserialize_with = "lenient_count")]
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
    content: First<Item<'a>>,
}

/// The first object of a list, or the only one, or nothing.
#[derive(Default)]
struct First<T>(T);

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for First<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Objects<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Default> Visitor<'de> for Objects<T> {
            type Value = First<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object, or a list of objects")
            }

            fn visit_unit<E>(self) -> Result<First<T>, E> {
                Ok(First::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<First<T>, A::Error> {
                let first = list.next_element()?.unwrap_or_default();
                while list.next_element::<T>()?.is_some() {}
                Ok(First(first))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<First<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(First)
            }
        }

        deserializer.deserialize_any(Objects(PhantomData))
    }
}

#[derive(Default, Deserialize)]
struct Plan<'a> {
    #[serde(borrow)]
    tool_plan: Option<Str<'a>>,
}

#[derive(Default, Deserialize)]
struct Calls<'a> {
    #[serde(borrow, default)]
    tool_calls: First<ToolCall<'a>>,
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
    #[serde(default, deserialize_with = "lenient")]
    usage: Option<Usage>,
}
