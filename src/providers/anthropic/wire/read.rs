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

mod flat;

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
    pub(in super::super) stop_details: Option<StopDetails<'a>>,
    #[serde(borrow)]
    pub(in super::super) usage: Option<Usage<'a>>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
}

/// Why the model refused.
#[derive(Debug, Deserialize)]
pub(in super::super) struct StopDetails<'a> {
    #[serde(borrow)]
    pub(in super::super) explanation: Option<Str<'a>>,
}

/// Token counts.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Usage<'a> {
    pub(in super::super) input_tokens: Option<u64>,
    pub(in super::super) cache_read_input_tokens: Option<u64>,
    pub(in super::super) cache_creation_input_tokens: Option<u64>,
    pub(in super::super) cache_creation: Option<CacheCreation>,
    pub(in super::super) output_tokens: Option<u64>,
    pub(in super::super) output_tokens_details: Option<OutputTokensDetails>,
    #[serde(borrow)]
    pub(in super::super) service_tier: Option<Str<'a>>,
}

/// Cache writes by lifetime.
#[derive(Debug, Deserialize)]
pub(in super::super) struct CacheCreation {
    pub(in super::super) ephemeral_5m_input_tokens: Option<u64>,
    pub(in super::super) ephemeral_1h_input_tokens: Option<u64>,
}

/// What the output was spent on.
#[derive(Debug, Deserialize)]
pub(in super::super) struct OutputTokensDetails {
    pub(in super::super) thinking_tokens: Option<u64>,
}

/// A block of content.
#[derive(Debug)]
pub(in super::super) enum Block<'a> {
    Text {
        text: Str<'a>,
        citations: Vec<Citation<'a>>,
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
    },
    /// A block that is not for the client: calls and results of server tools, fallback notes,
    /// compaction, and what is still to be invented.
    Other,
}

/// A citation; only those with an address can be told in OpenAI's words.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Citation<'a> {
    #[serde(borrow)]
    pub(in super::super) url: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) title: Option<Str<'a>>,
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
        explanation: Option<Str<'a>>,
        usage: Option<Usage<'a>>,
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
    Citation(Citation<'a>),
    /// To be skipped.
    Other,
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
            Ok(flat) => flat.tagged(name),
            Err(_) => Self::parse_unfit(name, data),
        }
    }

    /// The type decides whether a frame that does not fit is to be skipped or an error.
    #[cold]
    fn parse_unfit(name: Option<&[u8]>, data: &'a [u8]) -> Result<Self, Malformed> {
        let skim: SkimmedEvent<'a> = serde_json::from_slice(data).map_err(|_| Malformed)?;
        match skim.kind.as_deref().map(str::as_bytes).or(name) {
            Some(b"content_block_start") if is_unknown(skim.content_block, &FlatBlock::KNOWN) => {
                let index = skim.index.map(RawValue::get).unwrap_or_default();
                Ok(Self::BlockStart {
                    index: serde_json::from_str(index).map_err(|_| Malformed)?,
                    block: Block::Other,
                })
            }
            Some(b"content_block_delta") if is_unknown(skim.delta, &FlatDelta::KNOWN) => {
                Ok(Self::Other)
            }
            Some(b"error") => Ok(Self::Error(Failure::default())),
            Some(kind) if !FlatEvent::KNOWN.contains(&kind) => Ok(Self::Other),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Block<'a> {
    /// Reads a block of a whole answer.
    ///
    /// # Errors
    /// Where a block of a known type lacks what makes it one.
    pub(in super::super) fn parse(json: &'a RawValue) -> Result<Self, Malformed> {
        if let Ok(flat) = serde_json::from_str::<FlatBlock<'a>>(json.get()) {
            return flat.tagged();
        }
        if is_unknown(Some(json), &FlatBlock::KNOWN) {
            return Ok(Self::Other);
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
