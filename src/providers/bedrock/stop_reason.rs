//! `stopReason` → OpenAI's `finish_reason`.
//!
//! The closed set of botocore 1.44.5 (checked 2026-11-25).

use crate::chat::{Error, FinishReason};

/// Why the answer ended, given whether it holds calls of the client's tools.
///
/// A client that is told `tool_calls` and finds none loops for ever, and one that is told `stop`
/// overlooks those that are there. A reason that is not known, or missing, is an ordinary end.
///
/// # Errors
/// Where the model wrote something that Bedrock could not read: there is no answer then.
pub(super) fn finish_reason(
    stop_reason: Option<&str>,
    called_tools: bool,
) -> Result<FinishReason, Error> {
    match stop_reason {
        Some("max_tokens" | "model_context_window_exceeded") => Ok(FinishReason::Length),
        Some("guardrail_intervened" | "content_filtered") => Ok(FinishReason::ContentFilter),
        Some(reason @ ("malformed_model_output" | "malformed_tool_use")) => Err(Error::upstream(
            format!("the model's answer cannot be used: Bedrock says `{reason}`"),
        )),
        _ if called_tools => Ok(FinishReason::ToolCalls),
        _ => Ok(FinishReason::Stop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_reason_has_its_finish_reason() {
        for (stop_reason, called_tools, expected) in [
            (Some("end_turn"), false, FinishReason::Stop),
            (Some("end_turn"), true, FinishReason::ToolCalls),
            (Some("stop_sequence"), false, FinishReason::Stop),
            (Some("max_tokens"), true, FinishReason::Length),
            (
                Some("model_context_window_exceeded"),
                false,
                FinishReason::Length,
            ),
            (Some("tool_use"), true, FinishReason::ToolCalls),
            (Some("tool_use"), false, FinishReason::Stop),
            (
                Some("guardrail_intervened"),
                false,
                FinishReason::ContentFilter,
            ),
            (Some("content_filtered"), true, FinishReason::ContentFilter),
            (Some("a_new_reason"), false, FinishReason::Stop),
            (None, false, FinishReason::Stop),
        ] {
            let seen = finish_reason(stop_reason, called_tools);
            assert_eq!(seen, Ok(expected), "{stop_reason:?}");
        }
        for broken in ["malformed_model_output", "malformed_tool_use"] {
            assert_eq!(finish_reason(Some(broken), true).unwrap_err().status, 502);
        }
    }
}
