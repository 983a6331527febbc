//! What becomes of the parameters that the API does not share with OpenAI's: two tables.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

use crate::providers::parameters::{Parameter, Policy, row};

const PARAMETERS: &[Parameter] = &[
    row("stream_options", Policy::Ignore),
    // OpenAI's.
    row("store", Policy::Drop).harmless(&["false"]),
    row("prediction", Policy::Drop),
    row("verbosity", Policy::Drop).harmless(&[r#""medium""#]),
    row("prompt_cache_key", Policy::Drop),
    row("prompt_cache_options", Policy::Drop),
    row("prompt_cache_retention", Policy::Drop),
    row("moderation", Policy::Drop),
    row("metadata", Policy::Translate).harmless(&["{}"]),
    row("web_search_options", Policy::Translate),
    row("modalities", Policy::Translate).harmless(&[r#"["text"]"#, "[]"]),
    row("audio", Policy::Translate),
    // Other vendors' word, and Gemini's own.
    row("top_k", Policy::Translate),
];

/// Fields of the API that are made from the conversation: what a client says in `google: {…}` may
/// not overwrite them.
pub(super) const OWNED: &[&str] = &["contents", "model", "systemInstruction"];

/// Members of `generationConfig` (google-genai 3.4.0, `types.GenerationConfig`, and `imageConfig`,
/// which `GenerateContentConfig` puts there): a client may leave that name out.
pub(super) const GENERATION: &[&str] = &[
    "audioTimestamp",
    "audioTranscriptionConfig",
    "candidateCount",
    "enableAffectiveDialog",
    "enableEnhancedCivicAnswers",
    "frequencyPenalty",
    "imageConfig",
    "logprobs",
    "maxOutputTokens",
    "mediaResolution",
    "modelSelectionConfig",
    "presencePenalty",
    "responseFormat",
    "responseJsonSchema",
    "responseLogprobs",
    "responseMimeType",
    "responseModalities",
    "responseSchema",
    "routingConfig",
    "seed",
    "speechConfig",
    "stopSequences",
    "temperature",
    "thinkingConfig",
    "topK",
    "topP",
    "translationConfig",
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
            let earlier = PARAMETERS[..at].iter();
            assert!(earlier.clone().all(|earlier| earlier.name != row.name));
        }
        assert!(GENERATION.is_sorted());
    }
}
