//! `stop_reason` → OpenAI's `finish_reason`.
//!
//! The closed set of Anthropic's SDK 2.11.0 (checked 2026-11-21), and `compaction` of its betas.

use crate::chat::FinishReason;

/// Why the answer ended, given whether it holds calls of the client's tools.
///
/// A client that is told `tool_calls` and finds none loops for ever, so the calls must be there
/// (server tools end with `tool_use` or `pause_turn` too, and their calls are not the client's).
/// A reason that is not known, or missing, is an ordinary end.
pub(super) fn finish_reason(stop_reason: Option<&str>, called_tools: bool) -> FinishReason {
    match stop_reason {
        Some("max_tokens" | "model_context_window_exceeded") => FinishReason::Length,
        Some("refusal") => FinishReason::ContentFilter,
        Some("tool_use") | None if called_tools => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stop_reason_has_its_finish_reason() {
        for (stop_reason, called_tools, expected) in [
            (Some("end_turn"), false, FinishReason::Stop),
            (Some("stop_sequence"), false, FinishReason::Stop),
            (Some("max_tokens"), true, FinishReason::Length),
            (
                Some("model_context_window_exceeded"),
                false,
                FinishReason::Length,
            ),
            (Some("tool_use"), true, FinishReason::ToolCalls),
            (Some("tool_use"), false, FinishReason::Stop),
            (Some("pause_turn"), true, FinishReason::Stop),
            (Some("compaction"), false, FinishReason::Stop),
            (Some("refusal"), false, FinishReason::ContentFilter),
            (Some("a_new_reason"), false, FinishReason::Stop),
            (None, true, FinishReason::ToolCalls),
            (None, false, FinishReason::Stop),
        ] {
            assert_eq!(
                finish_reason(stop_reason, called_tools),
                expected,
                "{stop_reason:?}"
            );
        }
    }
}
