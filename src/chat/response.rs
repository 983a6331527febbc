use super::{FinishReason, Reasoning, ToolCall, Usage, Vendor};

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
    /// Why it ended.
    pub finish_reason: FinishReason,
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
