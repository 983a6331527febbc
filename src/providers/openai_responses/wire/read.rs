//! What the API answers: responses, their items, and the events of a stream.
//!
//! Known events and items are read strictly, so that nothing is lost that looks like something;
//! whatever has another type is skipped, whatever its fields hold.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::usage::Counts;
use crate::json::{Fault, Reader};
use crate::providers::json::{Few, Str};
use message::message;

pub(in super::super) use message::Content;
pub(super) use message::{citation, logprobs};

mod message;

/// More items than any response has.
const MAX_ITEMS: u32 = 16 * 1024;

/// A response, whole or as far as it is.
#[derive(Debug, Default)]
pub(in super::super) struct Answer<'a> {
    pub(in super::super) object: Option<Cow<'a, str>>,
    pub(in super::super) id: Option<Cow<'a, str>>,
    pub(in super::super) model: Option<Cow<'a, str>>,
    pub(in super::super) status: Option<Cow<'a, str>>,
    /// Why it is not complete.
    pub(in super::super) incomplete_reason: Option<Cow<'a, str>>,
    pub(in super::super) error: Option<&'a RawValue>,
    /// Its items: a stream's last event repeats them all, mostly for nobody.
    pub(in super::super) output: Option<Few<&'a str>>,
    pub(in super::super) usage: Option<Counts>,
    pub(in super::super) service_tier: Option<Cow<'a, str>>,
}

impl<'a> Answer<'a> {
    /// Reads a response.
    ///
    /// # Errors
    /// [`Fault`] where it is none.
    pub(in super::super) fn read(json: &'a [u8]) -> Result<Self, Fault> {
        let mut answer = Self::default();
        let mut reader = Reader::new(json)?;
        reader.object(|reader, name| answer.member(reader, &name.text))?;
        reader.end()?;
        Ok(answer)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "object" => self.object = reader.optional(Reader::string)?,
            "id" => self.id = reader.optional(Reader::string)?,
            "model" => self.model = reader.optional(Reader::string)?,
            "status" => self.status = reader.optional(Reader::string)?,
            "incomplete_details" => {
                self.incomplete_reason = reader.optional(incomplete_reason)?.flatten();
            }
            "error" => self.error = reader.optional(Reader::raw)?,
            "output" => {
                let items = |reader: &mut Reader<'a>| Few::read(reader, MAX_ITEMS, Reader::text);
                self.output = reader.optional(items)?;
            }
            "usage" => self.usage = reader.optional(Counts::read)?,
            "service_tier" => self.service_tier = reader.optional(Reader::string)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

fn incomplete_reason<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let mut reason = None;
    reader.object(|reader, name| {
        match &*name.text {
            "reason" => reason = reader.optional(Reader::string)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(reason)
}

/// JSON that is not what the API's documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Malformed;

/// One item of a response's output.
#[derive(Debug)]
pub(in super::super) enum Item<'a> {
    Message(Few<Content<'a>>),
    Reasoning(Thought<'a>),
    /// A call of a function, or of a custom tool, whose arguments are any text.
    Call {
        id: Str<'a>,
        name: Str<'a>,
        arguments: Str<'a>,
    },
    /// What is not for the client: calls of tools that OpenAI runs, compaction, and what is still
    /// to be invented.
    Other,
}

/// What the model has thought.
#[derive(Debug)]
pub(in super::super) struct Thought<'a> {
    pub(in super::super) id: Str<'a>,
    /// Its parts: the summary, else the text itself.
    pub(in super::super) parts: Vec<Str<'a>>,
    pub(in super::super) encrypted: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct RawThought<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    summary: Option<Vec<RawText<'a>>>,
    #[serde(borrow)]
    content: Option<Vec<RawText<'a>>>,
    #[serde(borrow)]
    encrypted_content: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct RawText<'a> {
    #[serde(borrow)]
    text: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct RawCall<'a> {
    #[serde(borrow)]
    id: Option<Str<'a>>,
    #[serde(borrow)]
    call_id: Option<Str<'a>>,
    #[serde(borrow)]
    name: Option<Str<'a>>,
    #[serde(borrow)]
    arguments: Option<Str<'a>>,
    #[serde(borrow)]
    input: Option<Str<'a>>,
}

/// The `type` of an object.
pub(super) fn kind(json: &str) -> Option<Str<'_>> {
    serde_json::from_str::<Tag<'_>>(json).ok()?.kind
}

impl<'a> Item<'a> {
    /// Reads an item.
    ///
    /// # Errors
    /// Where it has no type, or lacks what makes it one of its type.
    pub(in super::super) fn parse(json: &'a str) -> Result<Self, Malformed> {
        // Most items are messages: one is read in one go.
        if let Ok(Some(parts)) = message(&mut Reader::of(json)) {
            return Ok(Self::Message(parts));
        }
        match kind(json).as_deref().ok_or(Malformed)? {
            "message" => Err(Malformed),
            "reasoning" => thought(json).map(Self::Reasoning),
            "function_call" | "custom_tool_call" => call(json),
            _ => Ok(Self::Other),
        }
    }
}

fn thought(json: &str) -> Result<Thought<'_>, Malformed> {
    let thought: RawThought<'_> = serde_json::from_str(json).map_err(|_| Malformed)?;
    let summary = thought.summary.filter(|parts| !parts.is_empty());
    let parts = summary.or(thought.content).unwrap_or_default().into_iter();
    Ok(Thought {
        id: thought.id.unwrap_or_default(),
        parts: parts.filter_map(|part| part.text).collect(),
        encrypted: thought.encrypted_content.filter(|text| !text.is_empty()),
    })
}

fn call(json: &str) -> Result<Item<'_>, Malformed> {
    let call: RawCall<'_> = serde_json::from_str(json).map_err(|_| Malformed)?;
    Ok(Item::Call {
        id: call.call_id.or(call.id).ok_or(Malformed)?,
        name: call.name.ok_or(Malformed)?,
        arguments: call.arguments.or(call.input).unwrap_or_default(),
    })
}
