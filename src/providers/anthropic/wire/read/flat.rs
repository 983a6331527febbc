//! The API's unions as flat structs, and what they are by their type.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{
    Block, Citation, Delta, Failure, Malformed, Message, StopDetails, Str, StreamEvent, Usage,
};

#[derive(Deserialize)]
pub(super) struct FlatEvent<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    index: Option<u64>,
    #[serde(borrow)]
    delta: Option<FlatDelta<'a>>,
    #[serde(borrow)]
    content_block: Option<FlatBlock<'a>>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
    #[serde(borrow)]
    error: Option<Failure<'a>>,
}

#[derive(Deserialize)]
pub(super) struct FlatDelta<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    partial_json: Option<Str<'a>>,
    #[serde(borrow)]
    thinking: Option<Str<'a>>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
    #[serde(borrow)]
    citation: Option<Citation<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    stop_details: Option<StopDetails<'a>>,
}

#[derive(Deserialize)]
pub(super) struct FlatBlock<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    citations: Option<Vec<Citation<'a>>>,
    #[serde(borrow)]
    thinking: Option<Str<'a>>,
    #[serde(borrow)]
    signature: Option<Str<'a>>,
    #[serde(borrow)]
    data: Option<Str<'a>>,
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct SkimmedEvent<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) delta: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) content_block: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
}

impl<'a> FlatEvent<'a> {
    pub(super) const KNOWN: [&'static [u8]; 8] = [
        b"message_start",
        b"content_block_start",
        b"content_block_delta",
        b"content_block_stop",
        b"message_delta",
        b"message_stop",
        b"ping",
        b"error",
    ];

    pub(super) fn tagged(self, name: Option<&[u8]>) -> Result<StreamEvent<'a>, Malformed> {
        let kind = self.kind.as_deref().map(str::as_bytes).or(name);
        let nameless_error = self.error.is_some().then_some(&b"error"[..]);
        Ok(match kind.or(nameless_error).ok_or(Malformed)? {
            b"content_block_delta" => StreamEvent::BlockDelta {
                index: self.index.ok_or(Malformed)?,
                delta: self.delta.ok_or(Malformed)?.tagged()?,
            },
            b"content_block_start" => StreamEvent::BlockStart {
                index: self.index.ok_or(Malformed)?,
                block: self.content_block.ok_or(Malformed)?.tagged()?,
            },
            b"content_block_stop" => StreamEvent::BlockStop {
                index: self.index.ok_or(Malformed)?,
            },
            b"message_start" => StreamEvent::MessageStart(self.message.ok_or(Malformed)?),
            b"message_delta" => {
                let (stop_reason, details) = self.delta.map_or((None, None), |delta| {
                    (delta.stop_reason, delta.stop_details)
                });
                StreamEvent::MessageDelta {
                    stop_reason,
                    explanation: details.and_then(|details| details.explanation),
                    usage: self.usage,
                }
            }
            b"message_stop" => StreamEvent::MessageStop,
            b"ping" => StreamEvent::Ping,
            b"error" => StreamEvent::Error(self.error.unwrap_or_default()),
            _ => StreamEvent::Other,
        })
    }
}

impl<'a> FlatDelta<'a> {
    pub(super) const KNOWN: [&'static str; 5] = [
        "text_delta",
        "thinking_delta",
        "signature_delta",
        "input_json_delta",
        "citations_delta",
    ];

    pub(super) fn tagged(self) -> Result<Delta<'a>, Malformed> {
        Ok(match self.kind.as_deref() {
            Some("text_delta") => Delta::Text(self.text.ok_or(Malformed)?),
            Some("input_json_delta") => Delta::InputJson(self.partial_json.ok_or(Malformed)?),
            Some("thinking_delta") => Delta::Thinking(self.thinking.ok_or(Malformed)?),
            Some("signature_delta") => Delta::Signature(self.signature.ok_or(Malformed)?),
            Some("citations_delta") => Delta::Citation(self.citation.ok_or(Malformed)?),
            Some(_) => Delta::Other,
            None => return Err(Malformed),
        })
    }
}

impl<'a> FlatBlock<'a> {
    pub(super) const KNOWN: [&'static str; 4] =
        ["text", "thinking", "redacted_thinking", "tool_use"];

    pub(super) fn tagged(self) -> Result<Block<'a>, Malformed> {
        Ok(match self.kind.as_deref() {
            Some("text") => Block::Text {
                text: self.text.unwrap_or_default(),
                citations: self.citations.unwrap_or_default(),
            },
            Some("thinking") => Block::Thinking {
                thinking: self.thinking.unwrap_or_default(),
                signature: self.signature,
            },
            Some("redacted_thinking") => Block::RedactedThinking {
                data: self.data.ok_or(Malformed)?,
            },
            Some("tool_use") => Block::ToolUse {
                id: self.id.ok_or(Malformed)?,
                name: self.name.ok_or(Malformed)?,
                input: self.input,
            },
            Some(_) => Block::Other,
            None => return Err(Malformed),
        })
    }
}
