//! What the API answers: whole messages, stream events, errors.
//!
//! The unions of the API are read as flat structs with optional fields, because serde's tagged
//! enums would copy every frame into an intermediate tree first. A block or event of an unknown
//! type may use a known field's name for something else; then the flat struct does not fit, and
//! [`StreamEvent::parse`] and [`Block::parse`] look at the type alone before they call it an error.

use serde::Deserialize;
use serde_json::value::RawValue;

pub(in super::super) use crate::providers::json::Str;
use flat::{FlatBlock, FlatDelta, FlatEvent, SkimmedEvent, Tag};

pub(in super::super) use usage::{Iteration, Usage};

mod flat;
mod usage;

/// A whole answer, or the beginning of one in `message_start`.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Message<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) model: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) content: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    pub(in super::super) stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_sequence: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_details: Option<&'a RawValue>,
    #[serde(borrow)]
    container: Option<&'a RawValue>,
    #[serde(borrow)]
    context_management: Option<&'a RawValue>,
    #[serde(borrow)]
    input_transformations: Option<&'a RawValue>,
    #[serde(borrow)]
    diagnostics: Option<&'a RawValue>,
}

impl<'a> Message<'a> {
    /// What is told of the answer besides its content and cost.
    pub(in super::super) fn asides(&self) -> Asides<'a> {
        Asides {
            stop_sequence: self.stop_sequence,
            stop_details: self.stop_details,
            container: self.container,
            context_management: self.context_management,
            input_transformations: self.input_transformations,
            diagnostics: self.diagnostics,
        }
    }
}

/// What is told of an answer besides its content and cost, as it is.
#[derive(Debug, Default)]
pub(in super::super) struct Asides<'a> {
    /// The text of the client's that has ended the answer.
    pub(in super::super) stop_sequence: Option<&'a RawValue>,
    /// Why the model has refused.
    pub(in super::super) stop_details: Option<&'a RawValue>,
    /// Where code has run.
    pub(in super::super) container: Option<&'a RawValue>,
    /// What has been removed from the conversation.
    pub(in super::super) context_management: Option<&'a RawValue>,
    /// What the model has not been shown of it.
    pub(in super::super) input_transformations: Option<&'a RawValue>,
    /// Why the prompt cache was missed.
    pub(in super::super) diagnostics: Option<&'a RawValue>,
}

impl Asides<'_> {
    /// The sentence that goes with a refusal.
    pub(in super::super) fn explanation(&self) -> Option<String> {
        let details = self.stop_details?.get();
        let details: Option<StopDetails<'_>> = serde_json::from_str(details).ok()?;
        Some(details?.explanation?.into_cow().into_owned())
    }
}

/// Why the model refused.
#[derive(Debug, Deserialize)]
struct StopDetails<'a> {
    #[serde(borrow)]
    explanation: Option<Str<'a>>,
}

/// A block of content.
#[derive(Debug)]
pub(in super::super) enum Block<'a> {
    Text {
        text: Str<'a>,
        citations: Vec<&'a RawValue>,
    },
    Thinking {
        thinking: Str<'a>,
        signature: Option<Str<'a>>,
    },
    RedactedThinking {
        data: Str<'a>,
    },
    ToolUse {
        id: Str<'a>,
        name: Str<'a>,
        input: Option<&'a RawValue>,
        /// Who calls, where it is not the model itself.
        caller: Option<&'a RawValue>,
        /// The set that the tool belongs to.
        toolset_name: Option<&'a RawValue>,
    },
    /// A block that OpenAI has no word for: calls and results of server tools, fallback notes,
    /// compaction, and what is still to be invented.
    Vendor(&'a RawValue),
}

/// An event of a stream.
#[derive(Debug)]
pub(in super::super) enum StreamEvent<'a> {
    MessageStart(Message<'a>),
    BlockStart {
        index: u64,
        block: Block<'a>,
    },
    BlockDelta {
        index: u64,
        delta: Delta<'a>,
    },
    BlockStop {
        index: u64,
    },
    MessageDelta {
        stop_reason: Option<Str<'a>>,
        usage: Option<Usage<'a>>,
        asides: Asides<'a>,
    },
    MessageStop,
    Ping,
    Error(Failure<'a>),
    /// To be skipped.
    Other,
}

/// More of an open block.
#[derive(Debug)]
pub(in super::super) enum Delta<'a> {
    Text(Str<'a>),
    Thinking(Str<'a>),
    Signature(Str<'a>),
    InputJson(Str<'a>),
    Citation(&'a RawValue),
    /// More of a block that OpenAI has no word for; `None` where it is not known what.
    Vendor(Option<&'a RawValue>),
}

/// What an error says of itself.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Failure<'a> {
    #[serde(borrow, rename = "type")]
    pub(in super::super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) message: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) details: Option<FailureDetails<'a>>,
}

/// The stable part of an error (SDK 2.11.0, `types/shared/error_details.py`, checked 2026-11-21).
#[derive(Debug, Deserialize)]
pub(in super::super) struct FailureDetails<'a> {
    #[serde(borrow)]
    pub(in super::super) error_code: Option<Str<'a>>,
}

impl<'a> StreamEvent<'a> {
    /// Reads a frame; `name` is the value of its `event:` field.
    ///
    /// # Errors
    /// Where the frame is no JSON object, or an event of a known type lacks what makes it one.
    pub(in super::super) fn parse(name: Option<&[u8]>, data: &'a [u8]) -> Result<Self, Malformed> {
        match serde_json::from_slice::<FlatEvent<'a>>(data) {
            Ok(flat) => match flat.tagged(name)? {
                Self::BlockDelta {
                    index,
                    delta: Delta::Vendor(None),
                } => Ok(Self::vendor_delta(index, data)),
                event => Ok(event),
            },
            Err(_) => Self::parse_unfit(name, data),
        }
    }

    /// Deltas are many, and only those of an unknown type are wanted as they are.
    #[cold]
    fn vendor_delta(index: u64, data: &'a [u8]) -> Self {
        let skim = serde_json::from_slice::<SkimmedEvent<'a>>(data);
        let delta = Delta::Vendor(skim.ok().and_then(|skim| skim.delta));
        Self::BlockDelta { index, delta }
    }

    /// The type decides whether a frame that does not fit is to be skipped or an error.
    #[cold]
    fn parse_unfit(name: Option<&[u8]>, data: &'a [u8]) -> Result<Self, Malformed> {
        let skim: SkimmedEvent<'a> = serde_json::from_slice(data).map_err(|_| Malformed)?;
        match skim.kind.as_deref().map(str::as_bytes).or(name) {
            Some(b"content_block_delta") if is_unknown(skim.delta, &FlatDelta::KNOWN) => {
                let index = skim.index.map(RawValue::get).unwrap_or_default();
                Ok(Self::BlockDelta {
                    index: serde_json::from_str(index).map_err(|_| Malformed)?,
                    delta: Delta::Vendor(skim.delta),
                })
            }
            Some(b"error") => Ok(Self::Error(Failure::default())),
            Some(kind) if !FlatEvent::KNOWN.contains(&kind) => Ok(Self::Other),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Block<'a> {
    /// Reads a block.
    ///
    /// # Errors
    /// Where a block of a known type lacks what makes it one.
    pub(in super::super) fn parse(json: &'a RawValue) -> Result<Self, Malformed> {
        if let Ok(flat) = serde_json::from_str::<FlatBlock<'a>>(json.get()) {
            return flat.tagged(json);
        }
        if is_unknown(Some(json), &FlatBlock::KNOWN) {
            return Ok(Self::Vendor(json));
        }
        Err(Malformed)
    }
}

/// Whether an object has a type, and one that is not among those known.
fn is_unknown(json: Option<&RawValue>, known: &[&str]) -> bool {
    json.and_then(|json| serde_json::from_str::<Tag<'_>>(json.get()).ok())
        .and_then(|tag| tag.kind)
        .is_some_and(|kind| !known.contains(&&*kind))
}

/// JSON that is not what the API's documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Malformed;
