use std::borrow::Cow;

use serde_json::value::RawValue;

use super::{Message, OtherTool, Tool, ToolChoice};

/// A chat request, parsed once from the client's body and borrowing from it.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The model as the client named it; the target decides what the upstream is asked for.
    pub model: Cow<'a, str>,
    /// The conversation, never empty.
    pub messages: Vec<Message<'a>>,
    /// The client's functions.
    pub tools: Vec<Tool<'a>>,
    /// Tools that are no functions.
    pub other_tools: Vec<OtherTool<'a>>,
    /// Which of them the model may or must call.
    pub tool_choice: Option<ToolChoice<'a>>,
    /// Whether several calls may come in one turn.
    pub parallel_tool_calls: Option<bool>,
    /// The form of the answer.
    pub response_format: ResponseFormat<'a>,
    /// Limit of the answer in tokens (`max_completion_tokens`, or the older `max_tokens`).
    pub max_output_tokens: Option<u64>,
    /// Up to four texts that end the answer.
    pub stop: Vec<Cow<'a, str>>,
    /// How tokens are drawn.
    pub sampling: Sampling<'a>,
    /// How hard to think.
    pub reasoning_effort: Option<ReasoningEffort>,
    /// The client's name for its end user (`safety_identifier`, or the older `user`).
    pub end_user: Option<Cow<'a, str>>,
    /// The field that says so.
    pub end_user_param: &'static str,
    /// OpenAI's `service_tier`.
    pub service_tier: Option<Cow<'a, str>>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// Whether the client wants usage at the end of its stream.
    pub include_usage: bool,
    /// All other top-level fields, in the client's order: known ones without a neutral meaning
    /// (`store`, `prediction` …), vendor extras (`anthropic: {…}`, `top_k`, `thinking`), unknown ones.
    pub extras: Vec<Extra<'a>>,
}

/// A field of the request's body that has no neutral meaning.
#[derive(Debug, Clone)]
pub struct Extra<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Its JSON, as the client wrote it.
    pub value: &'a RawValue,
}

/// The form that the answer must have.
#[derive(Debug, Clone, Default)]
pub enum ResponseFormat<'a> {
    /// Free text.
    #[default]
    Text,
    /// Some JSON object.
    JsonObject,
    /// JSON that matches a schema.
    JsonSchema {
        /// The client's name for the schema.
        name: Cow<'a, str>,
        /// The schema, as the client wrote it.
        schema: &'a RawValue,
        /// Whether the match must be exact.
        strict: Option<bool>,
    },
}

/// How tokens are drawn. Absent fields leave it to the provider.
#[derive(Debug, Clone, Default)]
pub struct Sampling<'a> {
    /// 0 to 2.
    pub temperature: Option<f64>,
    /// 0 to 1.
    pub top_p: Option<f64>,
    /// −2 to 2.
    pub frequency_penalty: Option<f64>,
    /// −2 to 2.
    pub presence_penalty: Option<f64>,
    /// For repeatable answers.
    pub seed: Option<i64>,
    /// Number of choices.
    pub n: Option<u64>,
    /// Whether to return log probabilities.
    pub logprobs: Option<bool>,
    /// How many alternatives to return for each token, 0 to 20.
    pub top_logprobs: Option<u64>,
    /// Token id → bias, as the client wrote it.
    pub logit_bias: Option<&'a RawValue>,
}

/// How hard the model should think, in OpenAI's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ReasoningEffort {
    /// Not at all.
    None,
    /// As little as the model can.
    Minimal,
    /// A little.
    Low,
    /// The usual amount.
    Medium,
    /// A lot.
    High,
    /// More than a lot.
    XHigh,
    /// As much as the model can.
    Max,
}

impl ReasoningEffort {
    /// All of them, from the least to the most.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Minimal,
        Self::Low,
        Self::Medium,
        Self::High,
        Self::XHigh,
        Self::Max,
    ];

    /// OpenAI's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minimal => "minimal",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// What OpenAI's word means.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.as_str() == word)
    }
}
