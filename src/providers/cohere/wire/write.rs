//! What the API is asked: one request's body, borrowing from the client's.
//!
//! Fields that are absent are left out, never written as null.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::providers::function::Schema;
use crate::providers::json::Fields;

/// The request's body.
#[derive(Serialize)]
pub(in super::super) struct Body<'a> {
    pub(in super::super) model: &'a str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(in super::super) stream: bool,
    pub(in super::super) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) documents: Vec<Document<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) strict_tools: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_choice: Option<ToolChoice>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) response_format: Option<ResponseFormat<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) thinking: Option<Thinking>,
    #[serde(flatten)]
    pub(in super::super) sampling: Sampling<'a>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// How tokens are drawn, and when the answer ends.
#[derive(Default, Serialize)]
pub(in super::super) struct Sampling<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) stop_sequences: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) k: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) presence_penalty: Option<f64>,
}

/// One message of the conversation.
#[derive(Serialize)]
#[serde(tag = "role", rename_all = "lowercase")]
pub(in super::super) enum Message<'a> {
    System {
        content: Content<'a>,
    },
    User {
        content: Content<'a>,
    },
    Assistant {
        #[serde(skip_serializing_if = "Content::is_empty")]
        content: Content<'a>,
        #[serde(skip_serializing_if = "str::is_empty")]
        tool_plan: Cow<'a, str>,
        #[serde(skip_serializing_if = "Vec::is_empty")]
        tool_calls: Vec<ToolCall<'a>>,
    },
    Tool {
        tool_call_id: &'a str,
        content: Content<'a>,
    },
}

/// What a message holds: one text is a string, anything else a list.
#[derive(Default)]
pub(in super::super) struct Content<'a>(pub(in super::super) Vec<Item<'a>>);

impl Content<'_> {
    pub(in super::super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Content<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [] => serializer.serialize_str(""),
            [Item::Text { text }] => serializer.serialize_str(text),
            items => items.serialize(serializer),
        }
    }
}

/// An item of content.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Item<'a> {
    Text { text: Cow<'a, str> },
    Thinking { thinking: &'a str },
    ImageUrl { image_url: ImageUrl<'a> },
    Document { document: Document<'a> },
}

/// A picture.
#[derive(Serialize)]
pub(in super::super) struct ImageUrl<'a> {
    pub(in super::super) url: Url<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) detail: Option<&'a str>,
}

/// Where a picture is; its bytes may be in the address.
pub(in super::super) enum Url<'a> {
    Web(&'a str),
    Data {
        media_type: &'a str,
        base64: &'a str,
    },
}

impl fmt::Display for Url<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Web(url) => f.write_str(url),
            Self::Data { media_type, base64 } => write!(f, "data:{media_type};base64,{base64}"),
        }
    }
}

impl Serialize for Url<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Something that the model may cite.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Document<'a> {
    /// As the client wrote it.
    Client(&'a RawValue),
    /// A file of the conversation.
    File { data: FileData<'a> },
}

/// A file's name and text.
#[derive(Serialize)]
pub(in super::super) struct FileData<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) title: Option<&'a str>,
    pub(in super::super) text: String,
}

/// A call that the model made.
#[derive(Serialize)]
pub(in super::super) struct ToolCall<'a> {
    pub(in super::super) id: &'a str,
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    pub(in super::super) function: Call<'a>,
}

/// What was called, and how.
#[derive(Serialize)]
pub(in super::super) struct Call<'a> {
    pub(in super::super) name: &'a str,
    /// JSON text of an object.
    pub(in super::super) arguments: Cow<'a, str>,
}

/// A tool.
#[derive(Serialize)]
pub(in super::super) struct Tool<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    pub(in super::super) function: Function<'a>,
}

/// A function that the model may call.
#[derive(Serialize)]
pub(in super::super) struct Function<'a> {
    pub(in super::super) name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<&'a str>,
    pub(in super::super) parameters: Schema<'a>,
}

/// Whether tools must or must not be called; unsaid, the model decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(in super::super) enum ToolChoice {
    None,
    Required,
}

/// Form of the answer.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum ResponseFormat<'a> {
    JsonObject {
        #[serde(skip_serializing_if = "Option::is_none")]
        json_schema: Option<&'a RawValue>,
    },
}

/// Whether the model thinks, and how much.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Thinking {
    Enabled {
        #[serde(skip_serializing_if = "Option::is_none")]
        token_budget: Option<u64>,
    },
    Disabled,
}
