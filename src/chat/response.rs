use super::{FinishReason, Reasoning, TokenLogprob, ToolCall, Usage, Vendor};

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Response {
    /// The upstream's id of the answer, if it has one.
    pub id: Option<String>,
    /// The model that the upstream says has answered.
    pub model: Option<String>,
    /// At least one choice.
    pub choices: Vec<Choice>,
    /// What it cost in tokens.
    pub usage: Usage,
    /// The tier that served it, in OpenAI's words.
    pub service_tier: Option<String>,
}

/// One of the alternative answers.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Its place, from 0.
    pub index: u32,
    /// The text, or `None` where the model only called tools.
    pub text: Option<String>,
    /// The provider's opaque proof that belongs to the text, see [`signature`](super::signature).
    pub signature: Option<String>,
    /// The model's own refusal.
    pub refusal: Option<String>,
    /// Its reasoning, in order.
    pub reasoning: Vec<Reasoning<'static>>,
    /// The tools it called.
    pub tool_calls: Vec<ToolCall<'static>>,
    /// Its citations.
    pub annotations: Vec<Annotation>,
    /// What only its vendor has words for.
    pub vendor: Option<Vendor>,
    /// The pictures it made.
    pub images: Vec<Image>,
    /// The speech it made, in the form that was asked for, as base64.
    pub audio: Option<String>,
    /// How likely the tokens of its text were, where that was asked for.
    pub logprobs: Option<Vec<TokenLogprob>>,
    /// Why it ended.
    pub finish_reason: FinishReason,
}

impl Default for Choice {
    /// A first choice that says nothing.
    fn default() -> Self {
        Self {
            index: 0,
            text: None,
            signature: None,
            refusal: None,
            reasoning: Vec::new(),
            tool_calls: Vec::new(),
            annotations: Vec::new(),
            vendor: None,
            images: Vec::new(),
            audio: None,
            logprobs: None,
            finish_reason: FinishReason::Stop,
        }
    }
}

/// A picture that the model has made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its media type, such as `image/png`.
    pub media_type: String,
    /// Its bytes, as base64.
    pub base64: String,
}

/// A citation of a web page in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Annotation {
    /// First character of the cited span of the text.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// Title of the page.
    pub title: String,
    /// Address of the page.
    pub url: String,
}
