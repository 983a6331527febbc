//! Why an answer has ended.

use crate::chat::FinishReason;
use crate::providers::openai_responses::wire::read::Answer;

/// The reason, given whether the answer holds calls of the client's tools. A client that is told
/// `tool_calls` and finds none loops for ever, so there must be some.
pub(super) fn finish_reason(answer: &Answer<'_>, called_tools: bool) -> FinishReason {
    let reason = answer.incomplete_reason.as_deref();
    match (answer.status.as_deref(), reason) {
        (Some("incomplete"), Some("content_filter")) => FinishReason::ContentFilter,
        (Some("incomplete"), Some("max_output_tokens" | "max_messages")) => FinishReason::Length,
        _ if called_tools => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}
