//! `finishReason` → OpenAI's `finish_reason`.
//!
//! The closed set of google-genai 3.4.0 (checked 2026-11-25).

use crate::chat::{Error, FinishReason};

/// Reasons that no reader of the answer can do anything with: another attempt may do better.
const FAILURES: &[(&str, &str)] = &[
    (
        "MALFORMED_FUNCTION_CALL",
        "the model called a function in a way that cannot be read",
    ),
    (
        "UNEXPECTED_TOOL_CALL",
        "the model called a function that it was not given",
    ),
    (
        "MALFORMED_RESPONSE",
        "the model answered in a way that cannot be read",
    ),
    (
        "MISSING_THOUGHT_SIGNATURE",
        "the conversation lacks a thought signature",
    ),
];

/// Why a candidate ended, given whether it holds calls of the client's tools. A reason that is not
/// known, or missing, is an ordinary end, and there is none of its own for tools.
///
/// # Errors
/// Where the answer is none.
pub(super) fn finish_reason(
    reason: Option<&str>,
    message: Option<&str>,
    called_tools: bool,
) -> Result<FinishReason, Error> {
    let reason = reason.unwrap_or("STOP");
    if let Some((name, words)) = FAILURES.iter().find(|(name, _)| *name == reason) {
        let message = message.filter(|text| !text.is_empty()).unwrap_or(words);
        return Err(Error::upstream(message).with_code(name.to_ascii_lowercase()));
    }
    Ok(match reason {
        "MAX_TOKENS" | "CONTINUATION" => FinishReason::Length,
        "SAFETY"
        | "RECITATION"
        | "LANGUAGE"
        | "BLOCKLIST"
        | "PROHIBITED_CONTENT"
        | "SPII"
        | "IMAGE_SAFETY"
        | "IMAGE_PROHIBITED_CONTENT"
        | "IMAGE_RECITATION"
        | "MODEL_ARMOR"
        | "ESCALATION"
        | "PUP_LIMITED_DISABLED" => FinishReason::ContentFilter,
        _ if called_tools => FinishReason::ToolCalls,
        _ => FinishReason::Stop,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_finish_reason() {
        use FinishReason::{ContentFilter, Length, Stop, ToolCalls};
        for (reasons, plain, with_calls) in [
            (
                &["STOP", "OTHER", "NEW", "TOO_MANY_TOOL_CALLS"][..],
                Stop,
                ToolCalls,
            ),
            (
                &["FINISH_REASON_UNSPECIFIED", "NO_IMAGE", "IMAGE_OTHER"],
                Stop,
                ToolCalls,
            ),
            (&["MAX_TOKENS", "CONTINUATION"], Length, Length),
            (
                &["SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST"],
                ContentFilter,
                ContentFilter,
            ),
            (
                &["PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY"],
                ContentFilter,
                ContentFilter,
            ),
            (
                &["IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION"],
                ContentFilter,
                ContentFilter,
            ),
            (
                &["MODEL_ARMOR", "ESCALATION", "PUP_LIMITED_DISABLED"],
                ContentFilter,
                ContentFilter,
            ),
        ] {
            for reason in reasons {
                let seen = |called| finish_reason(Some(reason), None, called).unwrap();
                assert_eq!((seen(false), seen(true)), (plain, with_calls), "{reason}");
            }
        }
        assert_eq!(finish_reason(None, None, true), Ok(ToolCalls));
    }

    #[test]
    fn a_failure_is_told_in_the_upstreams_words() {
        for (reason, _) in FAILURES {
            let error = finish_reason(Some(reason), None, true).unwrap_err();
            assert_eq!(error.status, 502);
            assert_eq!(error.code.unwrap(), reason.to_ascii_lowercase());
        }
        let error = finish_reason(Some("MALFORMED_FUNCTION_CALL"), Some("why"), false);
        assert_eq!(error.unwrap_err().message, "why");
    }
}
