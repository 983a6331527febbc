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
    pub(in super::super) store: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) include: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) reasoning: Option<Reasoning<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_output_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_logprobs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) text: Option<TextConfig<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) safety_identifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) service_tier: Option<&'a str>,
    #[serde(flatten)]
    pub(in super::super) passed: Fields<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) parallel_tool_calls: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_choice: Option<ToolChoice<'a>>,
    pub(in super::super) input: Vec<Item<'a>>,
}

/// How to reason.
#[derive(Serialize)]
pub(in super::super) struct Reasoning<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) effort: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) summary: Option<&'a str>,
}

/// The form of the answer's text.
#[derive(Serialize)]
pub(in super::super) struct TextConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) verbosity: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Format<'a> {
    JsonObject,
    JsonSchema {
        name: &'a str,
        schema: &'a RawValue,
        #[serde(skip_serializing_if = "Option::is_none")]
        strict: Option<bool>,
    },
}

/// One item of the conversation.
#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum Item<'a> {
    Message {
        role: Role,
        content: Content<'a>,
    },
    Reasoning {
        id: &'a str,
        /// Must be there; what was summed up is in the encrypted content.
        summary: [(); 0],
        encrypted_content: &'a str,
    },
    FunctionCall {
        call_id: Cow<'a, str>,
        name: &'a str,
        arguments: &'a str,
    },
    FunctionCallOutput {
        call_id: Cow<'a, str>,
        output: Content<'a>,
    },
    CustomToolCall {
        call_id: Cow<'a, str>,
        name: &'a str,
        input: Cow<'a, str>,
    },
    CustomToolCallOutput {
        call_id: Cow<'a, str>,
        output: Content<'a>,
    },
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Role {
    Developer,
    User,
    Assistant,
}

/// What is said.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Content<'a> {
    Text(&'a str),
    Parts(Vec<Part<'a>>),
}

#[derive(Serialize)]
#[serde(tag = "type")]
pub(in super::super) enum Part<'a> {
    #[serde(rename = "input_text")]
    Text { text: &'a str },
    #[serde(rename = "input_image")]
    Image {
        detail: &'a str,
        #[serde(flatten)]
        source: ImageSource<'a>,
    },
    #[serde(rename = "input_file")]
    File {
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<&'a str>,
        #[serde(flatten)]
        source: FileSource<'a>,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum ImageSource<'a> {
    ImageUrl(Address<'a>),
    FileId(&'a str),
}

#[derive(Serialize)]
pub(in super::super) enum FileSource<'a> {
    #[serde(rename = "file_data")]
    Data(Address<'a>),
    #[serde(rename = "file_url")]
    Url(&'a str),
    #[serde(rename = "file_id")]
    Id(&'a str),
}

/// An address, or bytes in the place of one.
pub(in super::super) enum Address<'a> {
    Url(&'a str),
    Data {
        media_type: &'a str,
        base64: &'a str,
    },
}

impl fmt::Display for Address<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(url),
            Self::Data { media_type, base64 } => write!(f, "data:{media_type};base64,{base64}"),
        }
    }
}

impl Serialize for Address<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Tool<'a> {
    Own(OwnTool<'a>),
    /// One that OpenAI runs, as the client wrote it.
    Hosted(&'a RawValue),
}

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub(in super::super) enum OwnTool<'a> {
    Function {
        name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        description: Option<&'a str>,
        parameters: Schema<'a>,
        /// Here the default is true, and in Chat Completions false.
        strict: bool,
    },
    Custom(CustomTool<'a>),
    WebSearch {
        #[serde(skip_serializing_if = "Option::is_none")]
        search_context_size: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        user_location: Option<UserLocation<'a>>,
    },
}

/// A tool that takes text.
#[derive(Serialize)]
pub(in super::super) struct CustomTool<'a> {
    pub(in super::super) name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<CustomFormat<'a>>,
}

/// The form of the text.
#[derive(Serialize)]
pub(in super::super) struct CustomFormat<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'a RawValue,
    /// Of a grammar: its definition and syntax.
    #[serde(flatten)]
    pub(in super::super) grammar: Fields<'a>,
}

#[derive(Serialize)]
pub(in super::super) struct UserLocation<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    #[serde(flatten)]
    pub(in super::super) place: Fields<'a>,
}

/// Which of the tools to use.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum ToolChoice<'a> {
    Word(&'static str),
    Named(ToolRef<'a>),
    Allowed {
        #[serde(rename = "type")]
        kind: &'static str,
        mode: &'static str,
        tools: Vec<ToolRef<'a>>,
    },
}

#[derive(Serialize)]
pub(in super::super) struct ToolRef<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    pub(in super::super) name: &'a str,
}
