//! What the API answers: a whole answer, or one line of a stream, which has the same fields.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::providers::json::{Str, lenient};

/// An answer, or the next piece of one.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Answer<'a> {
    #[serde(borrow)]
    pub(in super::super) model: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) created_at: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) message: Option<Message<'a>>,
    pub(in super::super) done: Option<bool>,
    #[serde(borrow)]
    pub(in super::super) done_reason: Option<Str<'a>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) prompt_eval_count: Option<u64>,
    #[serde(default, deserialize_with = "lenient")]
    pub(in super::super) eval_count: Option<u64>,
    /// A list of [`Logprob`].
    #[serde(borrow)]
    pub(in super::super) logprobs: Option<&'a RawValue>,
    /// The words of a failure.
    #[serde(borrow)]
    pub(in super::super) error: Option<&'a RawValue>,
}

/// What the model said.
#[derive(Debug, Default, Deserialize)]
pub(in super::super) struct Message<'a> {
    #[serde(borrow)]
    pub(in super::super) content: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) thinking: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) tool_calls: Option<Vec<ToolCall<'a>>>,
}

/// A call of a tool; only newer servers give it an id.
#[derive(Debug, Deserialize)]
pub(in super::super) struct ToolCall<'a> {
    #[serde(borrow)]
    pub(in super::super) id: Option<Str<'a>>,
    #[serde(borrow)]
    pub(in super::super) function: Option<Function<'a>>,
}

/// What is called.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Function<'a> {
    #[serde(borrow)]
    pub(in super::super) name: Option<Str<'a>>,
    /// An object.
    #[serde(borrow)]
    pub(in super::super) arguments: Option<&'a RawValue>,
}

/// How likely a token was.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Logprob {
    pub(in super::super) token: String,
    pub(in super::super) logprob: f64,
    #[serde(default)]
    pub(in super::super) top_logprobs: Option<Vec<Top>>,
}

/// A token that could have come.
#[derive(Debug, Deserialize)]
pub(in super::super) struct Top {
    pub(in super::super) token: String,
    pub(in super::super) logprob: f64,
}
