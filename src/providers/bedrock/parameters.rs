//! What becomes of the parameters that Converse does not share with OpenAI's API: one table.

use super::NAME;
use crate::providers::extras::Vocabulary;
use crate::providers::parameters::{Parameter, Policy, row};

/// What Converse knows.
pub(super) const VOCABULARY: Vocabulary = Vocabulary {
    provider: NAME,
    vendor: &["bedrock"],
    parameters: PARAMETERS,
    owned: &["modelId", "messages", "system", "toolConfig"],
};

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
    row("web_search_options", Policy::Refuse),
    row("n", Policy::Refuse),
    row("logprobs", Policy::Refuse),
    row("top_logprobs", Policy::Refuse),
    row("modalities", Policy::Refuse).harmless(&[r#"["text"]"#, "[]"]),
    row("audio", Policy::Refuse),
    row("functions", Policy::Refuse).harmless(&["[]"]),
    row("function_call", Policy::Refuse).harmless(&[r#""none""#, r#""auto""#]),
    // Of other APIs for the same models.
    row("top_k", Policy::Translate),
    row("thinking", Policy::Translate),
    // Converse's own (botocore 1.44.5, `ConverseRequest`, checked 2026-11-25).
    row("additionalModelRequestFields", Policy::Pass),
    row("additionalModelResponseFieldPaths", Policy::Pass),
    row("guardrailConfig", Policy::Pass),
    row("inferenceConfig", Policy::Pass),
    row("outputConfig", Policy::Pass),
    row("performanceConfig", Policy::Pass),
    row("promptVariables", Policy::Pass),
    row("requestMetadata", Policy::Pass),
    row("serviceTier", Policy::Pass),
];

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
            let again = PARAMETERS[..at].iter().any(|early| early.name == row.name);
            assert!(
                !again && !VOCABULARY.owned.contains(&row.name),
                "{}",
                row.name
            );
        }
    }
}
