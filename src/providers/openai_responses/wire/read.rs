//! What the API answers: responses, their items, and the events of a stream.
//!
//! Known events and items are read strictly, so that nothing is lost that looks like something;
//! whatever has another type is skipped, whatever its fields hold.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::usage::Counts;
use crate::chat::{Annotation, TokenLogprob, TopLogprob};
use crate::providers::json::{Few, Str};

/// A response, whole or as far as it is.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Answer<'a> {
    #[serde(borrow)]
    pub(in super::super) object: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) model: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) status: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) incomplete_details: Option<IncompleteDetails<'a>>,
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
    #[serde(borrow)]
    pub(in super::super) output: Option<Few<&'a RawValue>>,
    pub(in super::super) usage: Option<Counts>,
    #[serde(borrow)]
    pub(in super::super) service_tier: Option<Str<'a>>,
}

/// Why a response is not complete.
#[derive(Debug, Deserialize)]
pub(in super::super) struct IncompleteDetails<'a> {
    #[serde(borrow)]
    pub(in super::super) reason: Option<Str<'a>>,
}

/// JSON that is not what the API's documentation says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Malformed;

/// One item of a response's output.
#[derive(Debug)]
pub(in super::super) enum Item<'a> {
    Message(Vec<Content<'a>>),
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

/// A part of a message.
#[derive(Debug)]
pub(in super::super) enum Content<'a> {
    Text {
        text: Str<'a>,
        annotations: Vec<Annotation>,
        logprobs: Vec<TokenLogprob>,
    },
    Refusal(Str<'a>),
}

#[derive(Deserialize)]
struct Tag<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
}

#[derive(Deserialize)]
struct RawMessage<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    content: Option<Few<&'a RawValue>>,
}

#[derive(Deserialize)]
struct RawContent<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    #[serde(borrow)]
    text: Option<Str<'a>>,
    #[serde(borrow)]
    refusal: Option<Str<'a>>,
    #[serde(borrow)]
    annotations: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    logprobs: Option<&'a RawValue>,
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
pub(super) fn kind(json: &RawValue) -> Option<Str<'_>> {
    serde_json::from_str::<Tag<'_>>(json.get()).ok()?.kind
}

impl<'a> Item<'a> {
    /// Reads an item.
    ///
    /// # Errors
    /// Where it has no type, or lacks what makes it one of its type.
    pub(in super::super) fn parse(json: &'a RawValue) -> Result<Self, Malformed> {
        // Most items are messages: one is read in one go.
        if let Ok(read) = serde_json::from_str::<RawMessage<'a>>(json.get())
            && read.kind.as_deref() == Some("message")
        {
            return message(read).map(Self::Message);
        }
        match kind(json).as_deref().ok_or(Malformed)? {
            "message" => Err(Malformed),
            "reasoning" => thought(json).map(Self::Reasoning),
            "function_call" | "custom_tool_call" => call(json),
            _ => Ok(Self::Other),
        }
    }
}

fn message(message: RawMessage<'_>) -> Result<Vec<Content<'_>>, Malformed> {
    let parts = message.content.unwrap_or_default();
    let parts = parts.iter().map(|json| content(json));
    parts.filter_map(Result::transpose).collect()
}

fn content(json: &RawValue) -> Result<Option<Content<'_>>, Malformed> {
    let Ok(part) = serde_json::from_str::<RawContent<'_>>(json.get()) else {
        return match kind(json).as_deref() {
            Some("output_text" | "refusal") => Err(Malformed),
            _ => Ok(None),
        };
    };
    match part.kind.as_deref() {
        Some("output_text") => {}
        Some("refusal") => return Ok(Some(Content::Refusal(part.refusal.unwrap_or_default()))),
        _ => return Ok(None),
    }
    let annotations = part.annotations.unwrap_or_default().into_iter();
    Ok(Some(Content::Text {
        text: part.text.unwrap_or_default(),
        annotations: annotations.filter_map(citation).collect(),
        logprobs: part.logprobs.map(logprobs).unwrap_or_default(),
    }))
}

/// A citation of a web page, its span counted from the start of its part; those of files have no
/// place in a chat.
pub(super) fn citation(json: &RawValue) -> Option<Annotation> {
    #[derive(Deserialize)]
    struct Citation {
        start_index: usize,
        end_index: usize,
        title: Option<String>,
        url: String,
    }
    if kind(json).as_deref() != Some("url_citation") {
        return None;
    }
    let cited: Citation = serde_json::from_str(json.get()).ok()?;
    Some(Annotation {
        start: cited.start_index,
        end: cited.end_index,
        title: cited.title.unwrap_or_default(),
        url: cited.url,
    })
}

/// How likely tokens were; none where that cannot be read.
pub(super) fn logprobs(json: &RawValue) -> Vec<TokenLogprob> {
    #[derive(Deserialize)]
    struct Logprob {
        token: String,
        logprob: f64,
        top_logprobs: Option<Vec<Top>>,
    }
    #[derive(Deserialize)]
    struct Top {
        token: String,
        logprob: f64,
    }
    if json.get() == "[]" {
        return Vec::new();
    }
    let all: Vec<Logprob> = serde_json::from_str(json.get()).unwrap_or_default();
    let top = |Top { token, logprob }| TopLogprob { token, logprob };
    let one = |one: Logprob| TokenLogprob {
        token: one.token,
        logprob: one.logprob,
        top: one.top_logprobs.into_iter().flatten().map(top).collect(),
    };
    all.into_iter().map(one).collect()
}

fn thought(json: &RawValue) -> Result<Thought<'_>, Malformed> {
    let thought: RawThought<'_> = serde_json::from_str(json.get()).map_err(|_| Malformed)?;
    let summary = thought.summary.filter(|parts| !parts.is_empty());
    let parts = summary.or(thought.content).unwrap_or_default().into_iter();
    Ok(Thought {
        id: thought.id.unwrap_or_default(),
        parts: parts.filter_map(|part| part.text).collect(),
        encrypted: thought.encrypted_content.filter(|text| !text.is_empty()),
    })
}

fn call(json: &RawValue) -> Result<Item<'_>, Malformed> {
    let call: RawCall<'_> = serde_json::from_str(json.get()).map_err(|_| Malformed)?;
    Ok(Item::Call {
        id: call.call_id.or(call.id).ok_or(Malformed)?,
        name: call.name.ok_or(Malformed)?,
        arguments: call.arguments.or(call.input).unwrap_or_default(),
    })
}
