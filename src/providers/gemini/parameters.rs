//! What becomes of the parameters that the API does not share with OpenAI's: two tables.
//!
//! A parameter is dropped where the answer is still what was asked for, only drawn, stored or
//! billed otherwise; it is refused where the caller would get a different product.

use super::VENDOR;
use super::endpoint::Host;
use crate::providers::extras::Vocabulary;
use crate::providers::parameters::{Parameter, Policy, row};

/// Where Google's own OpenAI endpoint has what only Gemini understands.
pub(super) const EXTRA_BODY: &str = "extra_body";

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
    row(EXTRA_BODY, Policy::Translate),
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

/// What a host knows.
pub(super) fn vocabulary(host: Host) -> &'static Vocabulary {
    match host {
        Host::AiStudio => &AI_STUDIO,
        Host::Vertex => &VERTEX,
    }
}

static AI_STUDIO: Vocabulary = of(Host::AiStudio, &[VENDOR, "gemini"]);

static VERTEX: Vocabulary = of(Host::Vertex, &[VENDOR, "vertex"]);

const fn of(host: Host, vendor: &'static [&'static str]) -> Vocabulary {
    Vocabulary {
        provider: host.name(),
        vendor,
        parameters: PARAMETERS,
        owned: OWNED,
    }
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
        for host in [Host::AiStudio, Host::Vertex] {
            assert!(vocabulary(host).vendor.contains(&host.kind()));
        }
    }
}
