//! The look-alikes, one row each.
//!
//! An address is the one in the vendor's own SDK or documentation; those of local servers are where
//! the server listens unless told otherwise. Where a row is wrong for some deployment,
//! `openai_compatible` with an address of its own changes nothing in the request.
//!
//! Facts were checked on 2026-11-21 against the sources named beside them. "Recorded" means real
//! traffic that the tests replay.

mod azure;
mod deepseek;
mod groq;
mod hosts;
mod labs;
mod local;
mod mistral;
mod openai;
mod qwen;
mod xai;

pub(in crate::providers) use hosts::BEDROCK;

use super::options::OPTIONS;
use super::preset::{AnswerQuirk, MessageQuirk, Param, Preset, Rule, Words};
use crate::providers::{BaseUrl, Credential, Provider, Wire};

pub(in crate::providers) use azure::responses_path as azure_responses_path;

/// The registry's lines.
#[rustfmt::skip]
pub static PROVIDERS: &[Provider] = &[
    openai::PROVIDER,
    azure::PROVIDER,
    row("cerebras",   Some("https://api.cerebras.ai/v1"),            &hosts::CEREBRAS),
    row("deepseek",   Some("https://api.deepseek.com"),              &deepseek::DEEPSEEK),
    row("fireworks",  Some("https://api.fireworks.ai/inference/v1"), &hosts::FIREWORKS),
    row("groq",       Some("https://api.groq.com/openai/v1"),        &groq::GROQ),
    row("mistral",    Some("https://api.mistral.ai/v1"),             &mistral::MISTRAL),
    row("nvidia",     Some("https://integrate.api.nvidia.com/v1"),   &hosts::NVIDIA),
    row("openrouter", Some("https://openrouter.ai/api/v1"),          &hosts::OPENROUTER),
    row("perplexity", Some("https://api.perplexity.ai"),             &labs::PERPLEXITY),
    // Keys are good in one region only; Singapore is the one of the international documentation.
    row("qwen",       Some("https://dashscope-intl.aliyuncs.com/compatible-mode/v1"), &qwen::QWEN),
    row("together",   Some("https://api.together.ai/v1"),            &hosts::TOGETHER),
    row("xai",        Some("https://api.x.ai/v1"),                   &xai::XAI),
    row("zai",        Some("https://api.z.ai/api/paas/v4"),          &labs::ZAI),
    row("llamacpp",   Some("http://127.0.0.1:8080/v1"),              &local::LLAMACPP),
    row("lmstudio",   Some("http://127.0.0.1:1234/v1"),              &local::LMSTUDIO),
    row("ollama",     Some("http://127.0.0.1:11434/v1"),             &local::OLLAMA),
    row("sglang",     Some("http://127.0.0.1:30000/v1"),             &local::SGLANG),
    row("vllm",       Some("http://127.0.0.1:8000/v1"),              &local::VLLM),
    row("openai_compatible", None,                                   &local::ANY),
];

const fn row(
    kind: &'static str,
    base_url: Option<&'static str>,
    preset: &'static Preset,
) -> Provider {
    Provider {
        kind,
        base_url: match base_url {
            Some(url) => BaseUrl::Fixed(url),
            None => BaseUrl::Asked,
        },
        credential: Credential::Bearer,
        options: OPTIONS,
        wire: Wire::OpenAi(preset),
    }
}

const fn param(name: &'static str, rule: Rule) -> Param {
    about(ALL, name, rule)
}

const fn about(models: &'static [&'static str], name: &'static str, rule: Rule) -> Param {
    Param { name, models, rule }
}

/// Efforts of vendors that know three, and none at all.
const EFFORTS: Words = Words {
    takes: &["\"none\"", "\"low\"", "\"medium\"", "\"high\""],
    near: &[
        ("\"minimal\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    ..Words::NONE
};

/// All models.
const ALL: &[&str] = &["*"];
/// Models with Mistral's chat template.
const MISTRALS: &[&str] = &["*mistral*", "*mixtral*", "*magistral*", "*devstral*"];

/// The older name is the only one that is known; an unknown limit would be no limit.
const MAX_TOKENS: Param = param("max_completion_tokens", Rule::Named("max_tokens"));
/// One answer at a time.
const ONE_CHOICE: Param = param("n", Rule::Only(&["1"]));
/// Answers in text only: another medium would be another product.
const TEXT_ONLY: Param = param("modalities", Rule::OnlyUnsaid("[\"text\"]"));
const NO_AUDIO: Param = param("audio", Rule::Only(&[]));
const NO_WEB_SEARCH: Param = param("web_search_options", Rule::Only(&[]));
const NO_FUNCTIONS: Param = param("functions", Rule::Only(&[]));

/// Fields of OpenAI's own service. Servers of open models have nothing like them, and mostly ignore
/// them without a word.
const UNKNOWN_TO_OPEN_MODELS: &[&str] = &[
    "metadata",
    "moderation",
    "prediction",
    "prompt_cache_key",
    "prompt_cache_options",
    "prompt_cache_retention",
    "safety_identifier",
    "service_tier",
    "store",
    "user",
    "verbosity",
];

/// For answers of servers that can be anything inside.
const MENDED: &[AnswerQuirk] = &[
    AnswerQuirk::ReasoningField,
    AnswerQuirk::RepeatedRole,
    AnswerQuirk::ToolDeltas,
];
const SYSTEM_ONLY: &[MessageQuirk] = &[MessageQuirk::NoDeveloper];

#[cfg(test)]
mod tests;
