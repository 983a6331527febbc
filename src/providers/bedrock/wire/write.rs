//! What the API is asked: one request's body, borrowing from the client's.
//!
//! The API's unions are objects with one field, which is what serde makes of an enum. Fields that
//! are absent are left out, never written as null.

use std::borrow::Cow;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::providers::function::{Input, Schema};
use crate::providers::json::Fields;

/// The request's body.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct Body<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) system: Vec<Block<'a>>,
    pub(in super::super) messages: Vec<Turn<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_config: Option<ToolConfig<'a>>,
    #[serde(skip_serializing_if = "InferenceConfig::is_empty")]
    pub(in super::super) inference_config: InferenceConfig<'a>,
    #[serde(skip_serializing_if = "OutputConfig::is_empty")]
    pub(in super::super) output_config: OutputConfig<'a>,
    #[serde(skip_serializing_if = "Additional::is_empty")]
    pub(in super::super) additional_model_request_fields: Additional<'a>,
    #[serde(skip_serializing_if = "Metadata::is_empty")]
    pub(in super::super) request_metadata: Metadata,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) service_tier: Option<ServiceTier>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// One turn of the conversation.
#[derive(Serialize)]
pub(in super::super) struct Turn<'a> {
    pub(in super::super) role: Role,
    pub(in super::super) content: Vec<Block<'a>>,
}

/// Who speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(in super::super) enum Role {
    User,
    Assistant,
    System,
}

/// A block of content.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Block<'a> {
    Text(Cow<'a, str>),
    Image(Medium<'a>),
    Video(Medium<'a>),
    Audio(Medium<'a>),
    Document(Document<'a>),
    ToolUse(ToolUse<'a>),
    ToolResult(ToolResult<'a>),
    ReasoningContent(Thought<'a>),
    CachePoint(CachePoint),
}

impl Block<'_> {
    /// What the API calls the block.
    pub(in super::super) fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Image(_) => "image",
            Self::Video(_) => "video",
            Self::Audio(_) => "audio",
            Self::Document(_) => "document",
            Self::ToolUse(_) => "toolUse",
            Self::ToolResult(_) => "toolResult",
            Self::ReasoningContent(_) => "reasoningContent",
            Self::CachePoint(_) => "cachePoint",
        }
    }
}

/// A picture, film or sound.
#[derive(Serialize)]
pub(in super::super) struct Medium<'a> {
    pub(in super::super) format: &'static str,
    pub(in super::super) source: Source<'a>,
}

/// A document.
#[derive(Serialize)]
pub(in super::super) struct Document<'a> {
    pub(in super::super) format: &'static str,
    pub(in super::super) name: String,
    pub(in super::super) source: Source<'a>,
}

/// Where the bytes of a medium are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Source<'a> {
    /// In base64.
    Bytes(&'a str),
    S3Location {
        uri: &'a str,
    },
}

/// A call of a tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolUse<'a> {
    pub(in super::super) tool_use_id: Cow<'a, str>,
    pub(in super::super) name: Cow<'a, str>,
    pub(in super::super) input: Input<'a>,
}

/// What a tool returned.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolResult<'a> {
    pub(in super::super) tool_use_id: Cow<'a, str>,
    pub(in super::super) content: Vec<Block<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) status: Option<&'static str>,
}

/// Reasoning of an earlier turn.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Thought<'a> {
    ReasoningText { text: &'a str, signature: &'a str },
    RedactedContent(&'a str),
}

/// Everything before it is cached.
#[derive(Serialize)]
pub(in super::super) struct CachePoint {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) ttl: Option<&'static str>,
}

/// How tokens are drawn, and when to end.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct InferenceConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) max_tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) stop_sequences: Vec<&'a str>,
    /// What the client says in the API's own words.
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

impl InferenceConfig<'_> {
    fn is_empty(&self) -> bool {
        self.max_tokens.is_none()
            && self.temperature.is_none()
            && self.top_p.is_none()
            && self.stop_sequences.is_empty()
            && self.vendor.0.is_empty()
    }
}

/// The tools.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolConfig<'a> {
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_choice: Option<ToolChoice<'a>>,
}

/// A tool.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Tool<'a> {
    ToolSpec(ToolSpec<'a>),
    CachePoint(CachePoint),
}

/// A function.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct ToolSpec<'a> {
    pub(in super::super) name: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) description: Option<&'a str>,
    pub(in super::super) input_schema: InputSchema<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) strict: Option<bool>,
}

/// A function's arguments.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum InputSchema<'a> {
    Json(Schema<'a>),
}

/// Which tools the model may or must call.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum ToolChoice<'a> {
    Auto {},
    Any {},
    Tool { name: Cow<'a, str> },
}

/// The form of the output.
#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) struct OutputConfig<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) text_format: Option<TextFormat<'a>>,
    /// What the client says in the API's own words.
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

impl OutputConfig<'_> {
    fn is_empty(&self) -> bool {
        self.text_format.is_none() && self.vendor.0.is_empty()
    }
}

/// The form of text.
#[derive(Serialize)]
pub(in super::super) struct TextFormat<'a> {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
    pub(in super::super) structure: Structure<'a>,
}

/// What JSON must look like.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(in super::super) enum Structure<'a> {
    /// The schema is text.
    JsonSchema { schema: Cow<'a, str>, name: &'a str },
}

/// Fields that only the model understands.
#[derive(Debug, Default)]
pub(in super::super) struct Additional<'a>(Vec<(Cow<'a, str>, Cow<'a, RawValue>)>);

impl<'a> Additional<'a> {
    /// What the client says in the model's own words.
    pub(in super::super) fn set(&mut self, name: Cow<'a, str>, json: &'a RawValue) {
        self.0.retain(|(earlier, _)| *earlier != name);
        self.0.push((name, Cow::Borrowed(json)));
    }

    /// Adds a field, unless the client has said it.
    pub(in super::super) fn add(&mut self, name: &'static str, value: &impl Serialize) {
        if let Ok(json) = serde_json::value::to_raw_value(value)
            && self.find(name).is_none()
        {
            self.0.push((Cow::Borrowed(name), Cow::Owned(json)));
        }
    }

    /// A field's value.
    pub(in super::super) fn find(&self, name: &str) -> Option<&RawValue> {
        let mut fields = self.0.iter();
        fields
            .find(|(field, _)| field == name)
            .map(|(_, json)| &**json)
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Additional<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, json)| (name, &**json)))
    }
}

/// Names and values for the operator's own invocation logs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Metadata(pub(in super::super) Vec<(String, String)>);

impl Metadata {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The tier that serves the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(in super::super) struct ServiceTier {
    #[serde(rename = "type")]
    pub(in super::super) kind: &'static str,
}
