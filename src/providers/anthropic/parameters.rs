//! What becomes of the parameters that the Messages API does not share with OpenAI's: one table.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

/// What to do with a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Concerns the client's side of the gateway only.
    Ignore,
    /// Left out, with a warning.
    Drop,
    /// 400.
    Refuse,
    /// The Messages API knows it by this name: passed as the client wrote it.
    Pass,
    /// Translated by code of its own.
    Translate,
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) policy: Policy,
    /// Values that ask for nothing, as JSON without white space.
    harmless: &'static [&'static str],
}

const PARAMETERS: &[Parameter] = &[
    row("stream_options", Policy::Ignore),
    // OpenAI's.
    row("seed", Policy::Drop),
    row("frequency_penalty", Policy::Drop),
    row("presence_penalty", Policy::Drop),
    row("logit_bias", Policy::Drop).harmless(&["{}"]),
    row("store", Policy::Drop).harmless(&["false"]),
    row("prediction", Policy::Drop),
    row("verbosity", Policy::Drop).harmless(&[r#""medium""#]),
    row("prompt_cache_key", Policy::Drop),
    row("prompt_cache_options", Policy::Drop),
    row("prompt_cache_retention", Policy::Drop),
    row("moderation", Policy::Drop),
    row("metadata", Policy::Translate).harmless(&["{}"]),
    row("web_search_options", Policy::Translate),
    row("n", Policy::Refuse),
    row("logprobs", Policy::Refuse),
    row("top_logprobs", Policy::Refuse),
    row("modalities", Policy::Refuse).harmless(&[r#"["text"]"#, "[]"]),
    row("audio", Policy::Refuse),
    row("functions", Policy::Refuse).harmless(&["[]"]),
    row("function_call", Policy::Refuse).harmless(&[r#""none""#, r#""auto""#]),
    // Anthropic's own (SDK 2.11.0, `types/message_create_params.py`, checked 2026-11-21).
    row("thinking", Policy::Pass),
    row("output_config", Policy::Pass),
    row("cache_control", Policy::Pass),
    row("container", Policy::Pass),
    row("context_management", Policy::Pass),
    row("diagnostics", Policy::Pass),
    row("inference_geo", Policy::Pass),
    row("mcp_servers", Policy::Pass),
    row("speed", Policy::Pass),
    row("user_profile_id", Policy::Pass),
    row("top_k", Policy::Translate),
];

/// Fields of the Messages API that are made from the conversation: what a client says in
/// `anthropic: {…}` may not overwrite them.
pub(super) const OWNED: &[&str] = &[
    "model",
    "messages",
    "system",
    "stream",
    "tools",
    "tool_choice",
];

const fn row(name: &'static str, policy: Policy) -> Parameter {
    Parameter {
        name,
        policy,
        harmless: &[],
    }
}

impl Parameter {
    const fn harmless(self, harmless: &'static [&'static str]) -> Self {
        Self { harmless, ..self }
    }

    /// Whether a value (JSON) asks for nothing.
    pub(super) fn asks_nothing(&self, json: &str) -> bool {
        let bare = || json.bytes().filter(|byte| !byte.is_ascii_whitespace());
        self.harmless
            .iter()
            .any(|harmless| bare().eq(harmless.bytes()))
    }
}

/// The row of a parameter; `None`: nobody knows it.
pub(super) fn find(name: &str) -> Option<&'static Parameter> {
    PARAMETERS.iter().find(|parameter| parameter.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        for (at, row) in PARAMETERS.iter().enumerate() {
            assert!(
                PARAMETERS[..at]
                    .iter()
                    .all(|earlier| earlier.name != row.name)
            );
            assert!(!OWNED.contains(&row.name));
        }
    }

    #[test]
    fn harmless_values_are_known_whatever_their_white_space() {
        let modalities = find("modalities").unwrap();
        assert!(modalities.asks_nothing("[ \"text\" ]"));
        assert!(!modalities.asks_nothing(r#"["text","audio"]"#));
    }
}
