//! What the API is asked: one request's body, borrowing from the client's.
//!
//! Fields that are absent are left out, never written as null; but for `stream`, which would be
//! true.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::providers::function::{Input, Schema};
use crate::providers::json::Fields;

/// The request's body.
#[derive(Serialize)]
pub(in super::super) struct Body<'a> {
    pub(in super::super) model: &'a str,
    pub(in super::super) stream: bool,
    pub(in super::super) messages: Vec<Message<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tools: Vec<Tool<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) format: Option<Format<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) think: Option<Think>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) logprobs: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_logprobs: Option<u64>,
    #[serde(skip_serializing_if = "Options::is_empty")]
    pub(in super::super) options: Options<'a>,
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

/// How tokens are drawn, and what the model is loaded with.
#[derive(Default, Serialize)]
pub(in super::super) struct Options<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) num_predict: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) temperature: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) top_p: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) seed: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) frequency_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) presence_penalty: Option<f64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) stop: Vec<&'a str>,
    /// What the client says in the API's own words.
    #[serde(flatten)]
    pub(in super::super) vendor: Fields<'a>,
}

impl Options<'_> {
    fn is_empty(&self) -> bool {
        let numbers = [
            self.temperature,
            self.top_p,
            self.frequency_penalty,
            self.presence_penalty,
        ];
        self.num_predict.is_none()
            && self.seed.is_none()
            && numbers.iter().all(Option::is_none)
            && self.stop.is_empty()
            && self.vendor.0.is_empty()
    }
}

/// One message of the conversation.
#[derive(Default, Serialize)]
pub(in super::super) struct Message<'a> {
    pub(in super::super) role: &'static str,
    pub(in super::super) content: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(in super::super) thinking: Cow<'a, str>,
    /// Base64, without the name of a type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) images: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(in super::super) tool_calls: Vec<ToolCall<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) tool_name: Option<&'a str>,
}

/// A call that the model made.
#[derive(Serialize)]
pub(in super::super) struct ToolCall<'a> {
    pub(in super::super) function: Call<'a>,
}

/// What was called, and how.
#[derive(Serialize)]
pub(in super::super) struct Call<'a> {
    pub(in super::super) name: &'a str,
    pub(in super::super) arguments: Input<'a>,
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

/// Form of the answer.
#[derive(Serialize)]
#[serde(untagged)]
pub(in super::super) enum Format<'a> {
    /// `"json"`: some JSON.
    Name(&'static str),
    /// JSON of this schema.
    Schema(&'a RawValue),
}

/// Whether the model thinks, or how hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(in super::super) enum Think {
    Switch(bool),
    Level(&'static str),
}
