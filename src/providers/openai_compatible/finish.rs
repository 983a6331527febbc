//! Finish reasons: OpenAI's closed set, whatever the vendor calls them.
//!
//! Clients switch on the value, so a vendor's own word never reaches them.

/// What becomes of a vendor's `finish_reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Finish {
    /// One of OpenAI's words.
    Known,
    /// OpenAI's word for it.
    Means(&'static str),
    /// Not finished: some send an empty string for that.
    Open,
    /// The answer failed, and the provider says so here.
    Failed,
}

/// Reads a vendor's `finish_reason`.
pub(super) fn read(reason: &str) -> Finish {
    match reason {
        // `function_call` answers the older `functions` parameter.
        "stop" | "length" | "tool_calls" | "content_filter" | "function_call" => Finish::Known,
        "" => Finish::Open,
        // Mistral (SDK mistralai 3.7.0, checked 2026-11-21).
        "model_length" | "max_tokens" => Finish::Means("length"),
        "tool_use" | "tool_call" => Finish::Means("tool_calls"),
        // z.ai (docs.z.ai, checked 2026-11-21) and Anthropic models behind other doors.
        "sensitive" | "safety" | "refusal" => Finish::Means("content_filter"),
        // OpenRouter and Mistral; DeepSeek when it runs out of capacity in mid-answer; z.ai.
        "error" | "insufficient_system_resource" | "network_error" => Finish::Failed,
        // Together's `eos`, Anthropic's `end_turn`, vLLM's `abort`, and words yet to come.
        _ => Finish::Means("stop"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openais_own_words_stay() {
        for word in [
            "stop",
            "length",
            "tool_calls",
            "content_filter",
            "function_call",
        ] {
            assert_eq!(read(word), Finish::Known, "{word}");
        }
    }

    #[test]
    fn vendors_words_become_openais() {
        assert_eq!(read("eos"), Finish::Means("stop"));
        assert_eq!(read("model_length"), Finish::Means("length"));
        assert_eq!(read("sensitive"), Finish::Means("content_filter"));
        assert_eq!(read("word of next year"), Finish::Means("stop"));
    }

    #[test]
    fn an_empty_reason_is_none_at_all() {
        assert_eq!(read(""), Finish::Open);
    }

    #[test]
    fn a_failure_is_not_an_end() {
        assert_eq!(read("error"), Finish::Failed);
        assert_eq!(read("insufficient_system_resource"), Finish::Failed);
    }
}
