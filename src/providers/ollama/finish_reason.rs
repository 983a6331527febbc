//! `done_reason` → OpenAI's `finish_reason`.

use crate::chat::FinishReason;

/// Why the answer ended, given whether it holds calls of tools: after those, too, Ollama says
/// `stop`. A reason that is not known (`load`, `unload`), or missing, is an ordinary end.
pub(super) fn finish_reason(done_reason: Option<&str>, called_tools: bool) -> FinishReason {
    match done_reason {
        Some("length") => FinishReason::Length,
        _ if called_tools => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_finish_reason() {
        for (reason, called_tools, expected) in [
            (Some("stop"), false, FinishReason::Stop),
            (Some("stop"), true, FinishReason::ToolCalls),
            (Some("length"), true, FinishReason::Length),
            (Some("load"), false, FinishReason::Stop),
            (None, false, FinishReason::Stop),
            (None, true, FinishReason::ToolCalls),
        ] {
            assert_eq!(finish_reason(reason, called_tools), expected, "{reason:?}");
        }
    }
}
