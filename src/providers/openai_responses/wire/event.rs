//! The events of a stream.
//!
//! Each is read as one flat struct with optional fields: serde's tagged enums would copy every event
//! into a tree first. An event of a type that is not known may use a known field's name for
//! something else; then the struct does not fit, and the type alone is looked at.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::read::{Item, Malformed, citation, kind, logprobs};
use crate::chat::{Annotation, TokenLogprob};
use crate::providers::json::Str;

/// What a stream says.
#[derive(Debug)]
pub(in super::super) enum Event<'a> {
    /// The answer begins.
    Created(&'a RawValue),
    /// It is over: completed, or as far as it was allowed to come.
    Over(&'a RawValue),
    /// It has failed.
    Failed(&'a RawValue),
    /// An error, as JSON.
    Error(&'a RawValue),
    ItemAdded {
        at: u64,
        item: Item<'a>,
    },
    ItemDone {
        at: u64,
        item: Item<'a>,
    },
    /// More of an item.
    Delta {
        at: u64,
        part: u64,
        of: Piece,
        text: Str<'a>,
        /// Of a text, where they were asked for.
        logprobs: Vec<TokenLogprob>,
    },
    /// All arguments of a call.
    Arguments {
        at: u64,
        text: Str<'a>,
    },
    Citation {
        at: u64,
        part: u64,
        annotation: Annotation,
    },
    /// Something is happening that the client cannot see.
    Alive,
    /// To be skipped.
    Other,
}

/// What a delta adds to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Piece {
    Text,
    Refusal,
    Reasoning,
    Arguments,
}

#[derive(Deserialize)]
struct Flat<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    response: Option<&'a RawValue>,
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    item: Option<&'a RawValue>,
    output_index: Option<u64>,
    content_index: Option<u64>,
    summary_index: Option<u64>,
    #[serde(borrow)]
    delta: Option<Str<'a>>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
    #[serde(borrow)]
    arguments: Option<Str<'a>>,
    #[serde(borrow)]
    input: Option<Str<'a>>,
    #[serde(borrow)]
    annotation: Option<&'a RawValue>,
}

impl<'a> Event<'a> {
    /// Reads a frame; `name` is the value of its `event:` field.
    ///
    /// # Errors
    /// Where the frame is no JSON object, or an event of a known type lacks what makes it one.
    pub(in super::super) fn parse(
        name: Option<&'a [u8]>,
        data: &'a [u8],
    ) -> Result<Self, Malformed> {
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        match serde_json::from_slice::<Flat<'a>>(data) {
            Ok(flat) => flat.tagged(name, data),
            Err(_) => Self::parse_unfit(name, data),
        }
    }

    #[cold]
    fn parse_unfit(name: Option<&str>, data: &'a [u8]) -> Result<Self, Malformed> {
        let json: &RawValue = serde_json::from_slice(data).map_err(|_| Malformed)?;
        let kind = kind(json.get());
        match kind.as_deref().or(name) {
            Some("error") => Ok(Self::Error(json)),
            Some(kind) if !is_known(kind) && json.get().starts_with('{') => Ok(Self::Other),
            _ => Err(Malformed),
        }
    }
}

impl<'a> Flat<'a> {
    fn tagged(self, name: Option<&str>, data: &'a [u8]) -> Result<Event<'a>, Malformed> {
        let kind = self.kind.as_deref().or(name);
        let nameless_error = self.error.is_some().then_some("error");
        let kind = kind.or(nameless_error).ok_or(Malformed)?;
        if let Some(of) = piece(kind) {
            let part = self.content_index.or(self.summary_index).unwrap_or(0);
            return Ok(Event::Delta {
                at: self.output_index.ok_or(Malformed)?,
                part,
                of,
                text: self.delta.ok_or(Malformed)?,
                logprobs: self
                    .logprobs
                    .map(RawValue::get)
                    .map(logprobs)
                    .unwrap_or_default(),
            });
        }
        let item = || Item::parse(self.item.ok_or(Malformed)?.get());
        let at = self.output_index.ok_or(Malformed);
        Ok(match kind {
            "response.created" => Event::Created(self.response.ok_or(Malformed)?),
            "response.completed" | "response.incomplete" => {
                Event::Over(self.response.ok_or(Malformed)?)
            }
            "response.failed" => Event::Failed(self.response.ok_or(Malformed)?),
            "error" => Event::Error(self.error.map_or_else(|| whole(data), Ok)?),
            "response.output_item.added" => Event::ItemAdded {
                at: at?,
                item: item()?,
            },
            "response.output_item.done" => Event::ItemDone {
                at: at?,
                item: item()?,
            },
            "response.function_call_arguments.done" | "response.custom_tool_call_input.done" => {
                Event::Arguments {
                    at: at?,
                    text: self.arguments.or(self.input).unwrap_or_default(),
                }
            }
            "response.output_text.annotation.added" => {
                match self.annotation.map(RawValue::get).and_then(citation) {
                    Some(annotation) => Event::Citation {
                        at: at?,
                        part: self.content_index.unwrap_or(0),
                        annotation,
                    },
                    None => Event::Other,
                }
            }
            kind if tells_of_life(kind) => Event::Alive,
            _ => Event::Other,
        })
    }
}

fn whole(data: &[u8]) -> Result<&RawValue, Malformed> {
    serde_json::from_slice(data).map_err(|_| Malformed)
}

fn piece(kind: &str) -> Option<Piece> {
    Some(match kind {
        "response.output_text.delta" => Piece::Text,
        "response.refusal.delta" => Piece::Refusal,
        "response.reasoning_summary_text.delta" | "response.reasoning_text.delta" => {
            Piece::Reasoning
        }
        "response.function_call_arguments.delta" | "response.custom_tool_call_input.delta" => {
            Piece::Arguments
        }
        _ => return None,
    })
}

/// Events that are read, and must be what they say they are.
fn is_known(kind: &str) -> bool {
    const KNOWN: &[&str] = &[
        "response.created",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "response.output_item.added",
        "response.output_item.done",
        "response.function_call_arguments.done",
        "response.custom_tool_call_input.done",
        "response.output_text.annotation.added",
    ];
    KNOWN.contains(&kind) || piece(kind).is_some()
}

/// Tools that OpenAI runs take their time, and a client that hears nothing may give up.
fn tells_of_life(kind: &str) -> bool {
    let is_of_a_tool = kind
        .strip_prefix("response.")
        .and_then(|rest| rest.split_once('.'))
        .is_some_and(|(tool, _)| tool.ends_with("_call"));
    is_of_a_tool
        || matches!(
            kind,
            "keepalive" | "response.in_progress" | "response.queued"
        )
}
