//! The API's unions as flat structs, and what they are by their type.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Asides, Block, Delta, Failure, Malformed, Message, Str, StreamEvent, Usage};

#[derive(Deserialize)]
pub(super) struct FlatEvent<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    index: Option<u64>,
    #[serde(borrow)]
    delta: Option<FlatDelta<'a>>,
    #[serde(borrow)]
    content_block: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<Message<'a>>,
    #[serde(borrow)]
    usage: Option<Usage<'a>>,
    #[serde(borrow)]
    error: Option<Failure<'a>>,
    #[serde(borrow)]
    context_management: Option<&'a RawValue>,
    #[serde(borrow)]
    input_transformations: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
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
    citation: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_reason: Option<Str<'a>>,
    #[serde(borrow)]
    stop_sequence: Option<&'a RawValue>,
    #[serde(borrow)]
    stop_details: Option<&'a RawValue>,
    #[serde(borrow)]
    container: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct FlatBlock<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    citations: Option<Vec<&'a RawValue>>,
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
    #[serde(borrow)]
    caller: Option<&'a RawValue>,
    #[serde(borrow)]
    toolset_name: Option<&'a RawValue>,
}

#[derive(Deserialize)]
pub(super) struct SkimmedEvent<'a> {
    #[serde(borrow, rename = "type")]
    pub(super) kind: Option<Str<'a>>,
    #[serde(borrow)]
    pub(super) index: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(super) delta: Option<&'a RawValue>,
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
                block: Block::parse(self.content_block.ok_or(Malformed)?)?,
            },
            b"content_block_stop" => StreamEvent::BlockStop {
                index: self.index.ok_or(Malformed)?,
            },
            b"message_start" => StreamEvent::MessageStart(self.message.ok_or(Malformed)?),
            b"message_delta" => {
                let delta = self.delta.unwrap_or_default();
                StreamEvent::MessageDelta {
                    stop_reason: delta.stop_reason,
                    usage: self.usage,
                    asides: Asides {
                        stop_sequence: delta.stop_sequence,
                        stop_details: delta.stop_details,
                        container: delta.container,
                        context_management: self.context_management,
                        input_transformations: self.input_transformations,
                        diagnostics: None,
                    },
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
            Some(_) => Delta::Vendor(None),
            None => return Err(Malformed),
        })
    }
}

impl<'a> FlatBlock<'a> {
    pub(super) const KNOWN: [&'static str; 4] =
        ["text", "thinking", "redacted_thinking", "tool_use"];

    pub(super) fn tagged(self, json: &'a RawValue) -> Result<Block<'a>, Malformed> {
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
                caller: self.caller,
                toolset_name: self.toolset_name,
            },
            Some(_) => Block::Vendor(json),
            None => return Err(Malformed),
        })
    }
}
