//! One message.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{extra_content, invalid, part, tool, unsupported};
use crate::chat::{Message, Part, Reasoning, ToolCall};
use crate::dialects::openai_chat::call_id;
use crate::json::{Fault, Reader, Slot};

/// A message, or what becomes one together with those before it.
pub(super) enum Turn<'a> {
    /// A message.
    Message(Message<'a>),
    /// An assistant message with a call in the old style, which has no id.
    FunctionCall {
        call: ToolCall<'a>,
        message: Message<'a>,
    },
    /// The result of such a call.
    FunctionResult {
        name: Cow<'a, str>,
        content: Vec<Part<'a>>,
    },
}

const ROLES: &[&str] = &[
    "system",
    "assistant",
    "user",
    "function",
    "tool",
    "developer",
];

/// Reads a message.
pub(super) fn turn<'a>(reader: &mut Reader<'a>) -> Result<Turn<'a>, Fault> {
    let mut draft = Draft::default();
    reader.object(|reader, name| {
        let taken = draft.said(reader, &name.text)? || draft.called(reader, &name.text)?;
        if taken { Ok(()) } else { reader.skip() }
    })?;
    let role = draft.role.required("role")?;
    match &*role {
        "system" | "developer" => draft.instructions().map(Turn::Message),
        "user" => draft.user().map(Turn::Message),
        "assistant" => draft.assistant(),
        "tool" => draft.tool().map(Turn::Message),
        "function" => draft.function(),
        other => Err(unsupported(other, ROLES).in_member("role")),
    }
}

/// The members of a message of any role; `role` may come last.
#[derive(Default)]
struct Draft<'a> {
    role: Slot<Cow<'a, str>>,
    content: Slot<Vec<Part<'a>>>,
    name: Slot<Cow<'a, str>>,
    refusal: Slot<Cow<'a, str>>,
    reasoning_content: Slot<Cow<'a, str>>,
    thinking_blocks: Slot<Vec<Reasoning<'a>>>,
    cache_control: Slot<&'a RawValue>,
    anthropic: Slot<&'a RawValue>,
    tool_calls: Slot<Vec<ToolCall<'a>>>,
    function_call: Slot<ToolCall<'a>>,
    tool_call_id: Slot<Cow<'a, str>>,
    is_error: Slot<bool>,
    audio: Slot<()>,
    signature: Slot<Cow<'a, str>>,
}

impl<'a> Draft<'a> {
    fn said(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<bool, Fault> {
        match name {
            "role" => self.role.fill(reader, Reader::string)?,
            "content" => self.content.fill(reader, part::content)?,
            "name" => self.name.fill(reader, Reader::string)?,
            "refusal" => self.refusal.fill(reader, Reader::string)?,
            "reasoning_content" => self.reasoning_content.fill(reader, Reader::string)?,
            "thinking_blocks" => self.thinking_blocks.fill(reader, thinking_blocks)?,
            "cache_control" => self.cache_control.fill(reader, Reader::raw)?,
            "anthropic" => self.anthropic.fill(reader, Reader::raw)?,
            "extra_content" => extra_content::signature(reader, &mut self.signature)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn called(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<bool, Fault> {
        match name {
            "tool_calls" => self.tool_calls.fill(reader, tool::calls)?,
            "function_call" => self.function_call.fill(reader, tool::function)?,
            "tool_call_id" => self.tool_call_id.fill(reader, Reader::string)?,
            "is_error" => self.is_error.fill(reader, Reader::boolean)?,
            "audio" => self.audio.fill(reader, Reader::skip)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn instructions(mut self) -> Result<Message<'a>, Fault> {
        let content = self.content(&["text"])?;
        Ok(Message::Instructions { content })
    }

    fn user(mut self) -> Result<Message<'a>, Fault> {
        let content = self.content(&["text", "image_url", "input_audio", "file"])?;
        let name = self.name.take();
        Ok(Message::User { content, name })
    }

    fn assistant(mut self) -> Result<Turn<'a>, Fault> {
        if self.audio.take().is_some() {
            let reason = "the audio of an earlier answer is not known to this model";
            return Err(invalid("unsupported_value", reason).in_member("audio"));
        }
        let mut content = self.content.take().unwrap_or_default();
        part::check(&content, &["text", "refusal"])?;
        content.retain(|part| !part::is_empty_text(part));
        let signature = self.signature.take().filter(|text| !text.is_empty());
        part::sign_last(&mut content, signature);
        content.extend(self.refusal.take().map(Part::Refusal));
        let call = self.function_call.take();
        let tool_calls = self.tool_calls.take().unwrap_or_default();
        let mut cache_control = self.cache_control.take();
        if call.is_none() && tool_calls.is_empty() && part::mark_last(&mut content, cache_control) {
            cache_control = None;
        }
        let message = Message::Assistant {
            content,
            reasoning: self.reasoning(),
            tool_calls,
            name: self.name.take(),
            cache_control,
            anthropic: self.anthropic.take(),
        };
        Ok(match call {
            None => Turn::Message(message),
            Some(call) => Turn::FunctionCall { call, message },
        })
    }

    /// Blocks say all that the plain text says, and more.
    fn reasoning(&mut self) -> Vec<Reasoning<'a>> {
        let blocks = self.thinking_blocks.take().unwrap_or_default();
        if !blocks.is_empty() {
            return blocks;
        }
        let text = self.reasoning_content.take().filter(|t| !t.is_empty());
        let thinking = |text| Reasoning::Thinking {
            text,
            signature: None,
        };
        text.map(thinking).into_iter().collect()
    }

    fn tool(mut self) -> Result<Message<'a>, Fault> {
        let content = self.content.required("content")?;
        part::check(&content, &["text", "image_url", "input_audio", "file"])?;
        Ok(Message::Tool {
            tool_call_id: call_id::split(self.tool_call_id.required("tool_call_id")?).0,
            content,
            is_error: self.is_error.take(),
            cache_control: self.cache_control.take(),
        })
    }

    fn function(mut self) -> Result<Turn<'a>, Fault> {
        let content = self.content.take().unwrap_or_default();
        part::check(&content, &["text"])?;
        let name = self.name.required("name")?;
        Ok(Turn::FunctionResult { name, content })
    }

    /// Content that must be there, of these kinds, with the message's own cache marker.
    fn content(&mut self, kinds: &'static [&'static str]) -> Result<Vec<Part<'a>>, Fault> {
        let mut content = self.content.required("content")?;
        part::check(&content, kinds)?;
        if content.is_empty() {
            let reason = "empty array. Expected an array with minimum length 1, but got an empty array instead";
            return Err(invalid("empty_array", reason).in_member("content"));
        }
        part::mark_last(&mut content, self.cache_control.take());
        Ok(content)
    }
}

/// LiteLLM's shape of Anthropic's reasoning blocks.
fn thinking_blocks<'a>(reader: &mut Reader<'a>) -> Result<Vec<Reasoning<'a>>, Fault> {
    let mut blocks = Vec::new();
    reader.array(|reader| {
        blocks.push(thinking_block(reader)?);
        Ok(())
    })?;
    Ok(blocks)
}

fn thinking_block<'a>(reader: &mut Reader<'a>) -> Result<Reasoning<'a>, Fault> {
    let (mut kind, mut text) = (Slot::default(), Slot::default());
    let (mut signature, mut data) = (Slot::default(), Slot::default());
    reader.object(|reader, name| match &*name.text {
        "type" => kind.fill(reader, Reader::string),
        "thinking" => text.fill(reader, Reader::string),
        "signature" => signature.fill(reader, Reader::string),
        "data" => data.fill(reader, Reader::string),
        _ => reader.skip(),
    })?;
    match &*kind.required("type")? {
        "thinking" => Ok(Reasoning::Thinking {
            text: text.take().unwrap_or_default(),
            signature: signature.take().filter(|s: &Cow<'_, str>| !s.is_empty()),
        }),
        "redacted_thinking" => Ok(Reasoning::Redacted {
            data: data.required("data")?,
        }),
        other => Err(unsupported(other, &["thinking", "redacted_thinking"]).in_member("type")),
    }
}
