//! What becomes of the parameters that Ollama's API does not share with OpenAI's: one table.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

use crate::providers::extras::Vocabulary;
use crate::providers::parameters::{Parameter, Policy, row};

/// What the API knows.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    provider: "Ollama",
    vendor: &["ollama", "ollama_native"],
    parameters: PARAMETERS,
    owned: &["model", "messages", "stream", "tools"],
};

/// Fields of the body itself; all others that the client gives in Ollama's words are `options`.
pub(super) const TOP_LEVEL: &[&str] = &[
    "format",
    "keep_alive",
    "logprobs",
    "shift",
    "think",
    "top_logprobs",
    "truncate",
];

const PARAMETERS: &[Parameter] = &[
    row("stream_options", Policy::Ignore),
    // OpenAI's.
    row("logit_bias", Policy::Drop).harmless(&["{}"]),
    row("metadata", Policy::Drop).harmless(&["{}"]),
    row("moderation", Policy::Drop),
    row("parallel_tool_calls", Policy::Drop),
    row("prediction", Policy::Drop),
    row("prompt_cache_key", Policy::Drop),
    row("prompt_cache_options", Policy::Drop),
    row("prompt_cache_retention", Policy::Drop),
    row("service_tier", Policy::Drop),
    row("store", Policy::Drop).harmless(&["false"]),
    row("safety_identifier", Policy::Drop),
    row("user", Policy::Drop),
    row("verbosity", Policy::Drop).harmless(&[r#""medium""#]),
    row("audio", Policy::Refuse),
    row("function_call", Policy::Refuse).harmless(&[r#""none""#, r#""auto""#]),
    row("functions", Policy::Refuse).harmless(&["[]"]),
    row("modalities", Policy::Refuse).harmless(&[r#"["text"]"#, "[]"]),
    row("n", Policy::Refuse),
    row("web_search_options", Policy::Refuse),
    // Ollama's own.
    row("keep_alive", Policy::Pass),
    row("min_p", Policy::Pass),
    row("num_ctx", Policy::Pass),
    row("num_predict", Policy::Pass),
    row("options", Policy::Pass),
    row("repeat_last_n", Policy::Pass),
    row("repeat_penalty", Policy::Pass),
    row("think", Policy::Pass),
    row("top_k", Policy::Pass),
    row("typical_p", Policy::Pass),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_stands_once() {
        for (at, row) in PARAMETERS.iter().enumerate() {
            let earlier = &PARAMETERS[..at];
            assert!(earlier.iter().all(|earlier| earlier.name != row.name));
            assert!(!VOCABULARY.owned.contains(&row.name));
        }
    }
}
