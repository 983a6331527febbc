//! What becomes of the parameters that Cohere's API does not share with OpenAI's: one table.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

use crate::providers::extras::Vocabulary;
use crate::providers::parameters::{Parameter, Policy, row};

/// What the API knows.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    provider: "Cohere's models",
    vendor: &["cohere"],
    parameters: PARAMETERS,
    owned: &["model", "messages", "stream", "tools", "tool_choice"],
};

const PARAMETERS: &[Parameter] = &[
    row("stream_options", Policy::Ignore),
    // OpenAI's.
    row("logit_bias", Policy::Drop).harmless(&["{}"]),
    row("top_logprobs", Policy::Drop),
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
    // Cohere's own.
    row("citation_options", Policy::Pass),
    row("documents", Policy::Pass),
    row("priority", Policy::Pass),
    row("safety_mode", Policy::Pass),
    row("strict_tools", Policy::Pass),
    row("thinking", Policy::Pass),
    row("top_k", Policy::Translate),
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
