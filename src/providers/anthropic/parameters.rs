//! What becomes of the parameters that the Messages API does not share with OpenAI's: one table.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

use crate::providers::parameters::row;
pub(super) use crate::providers::parameters::{Parameter, Policy, unknown, unsupported};

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
}
