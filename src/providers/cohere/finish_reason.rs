//! `finish_reason` → OpenAI's.
//!
//! The set of Cohere's SDK 7.3.1 (`types/chat_finish_reason.py`), which it calls open.

use crate::chat::{Error, ErrorKind, FinishReason};

/// Why the answer ended, given whether it holds calls of tools.
///
/// A client that is told `tool_calls` and finds none loops for ever, and one that is told `stop`
/// does not look for calls: so the calls themselves decide. A reason that is not known, or missing,
/// is an ordinary end.
///
/// # Errors
/// Where the answer failed, which Cohere says in an answer of status 200: `ERROR`, and `TIMEOUT`,
/// which ends an answer in the middle. `message` is what it says of it.
pub(super) fn finish_reason(
    reason: Option<&str>,
    called_tools: bool,
    message: Option<&str>,
) -> Result<FinishReason, Error> {
    let failed = |kind, otherwise: &str| {
        let message = message.filter(|message| !message.is_empty());
        Err(Error::new(kind, message.unwrap_or(otherwise)))
    };
    match reason {
        Some("TIMEOUT") => failed(ErrorKind::Timeout, "Cohere ran out of time in its answer"),
        Some(reason) if reason.starts_with("ERROR") => {
            failed(ErrorKind::Upstream, "Cohere broke off its answer")
        }
        _ if message.is_some_and(|message| !message.is_empty()) => failed(ErrorKind::Upstream, ""),
        Some("MAX_TOKENS") => Ok(FinishReason::Length),
        _ if called_tools => Ok(FinishReason::ToolCalls),
        _ => Ok(FinishReason::Stop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_finish_reason() {
        for (reason, called_tools, expected) in [
            (Some("COMPLETE"), false, FinishReason::Stop),
            (Some("STOP_SEQUENCE"), false, FinishReason::Stop),
            (Some("MAX_TOKENS"), false, FinishReason::Length),
            (Some("MAX_TOKENS"), true, FinishReason::Length),
            (Some("TOOL_CALL"), true, FinishReason::ToolCalls),
            (Some("TOOL_CALL"), false, FinishReason::Stop),
            (Some("COMPLETE"), true, FinishReason::ToolCalls),
            (Some("A_NEW_REASON"), false, FinishReason::Stop),
            (None, false, FinishReason::Stop),
            (None, true, FinishReason::ToolCalls),
        ] {
            let read = finish_reason(reason, called_tools, Some(""));
            assert_eq!(read, Ok(expected), "{reason:?}");
        }
    }

    #[test]
    fn an_answer_that_failed_is_no_end() {
        for (reason, status) in [("ERROR", 502), ("ERROR_TOXIC", 502), ("TIMEOUT", 504)] {
            let error = finish_reason(Some(reason), true, None).unwrap_err();
            assert_eq!(error.status, status, "{reason}");
        }
        let error = finish_reason(Some("COMPLETE"), false, Some("lost a worker")).unwrap_err();
        assert_eq!(
            (error.status, error.message.as_str()),
            (502, "lost a worker")
        );
    }
}
