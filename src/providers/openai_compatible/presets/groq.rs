//! Groq.

use super::{EFFORTS, NO_AUDIO, NO_WEB_SEARCH, ONE_CHOICE, TEXT_ONLY, about, param};
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Preset, Rule, StreamUsage, ThinkTags, Words,
};

/// groq 1.7.0 (checked 2026-11-25) and console.groq.com/docs/openai: refuses fields that it does
/// not know, at the top level and in messages ("property 'reasoning_content' is unsupported"),
/// `messages[].name`, log probabilities, `logit_bias`, and more than one choice; no model knows
/// penalties yet. It takes a temperature of 0, and makes it a very small one itself. Token counts
/// come without asking, in the last chunk with choices (recorded). Reasoning is in tags where
/// `reasoning_format` is `raw`.
pub(super) static GROQ: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        about(&["*gpt-oss*"], "reasoning_effort", Rule::Words(GPT_OSS)),
        about(&["*qwen3.8*"], "reasoning_effort", Rule::Words(EFFORTS)),
        about(&["*qwen3*"], "reasoning_effort", Rule::Words(GROQ_QWEN)),
        param("service_tier", Rule::Words(GROQ_TIERS)),
    ],
    lacks: &[
        "frequency_penalty",
        "logit_bias",
        "logprobs",
        "metadata",
        "moderation",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "top_k",
        "top_logprobs",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &[
        "citation_options",
        "compound_custom",
        "disable_tool_validation",
        "documents",
        "exclude_domains",
        "include_domains",
        "include_reasoning",
        "reasoning_format",
        "search_settings",
    ],
    messages: &[
        MessageQuirk::ReasoningNamed("reasoning"),
        MessageQuirk::OnlyFields("system", &["role", "content"]),
        MessageQuirk::OnlyFields("developer", &["role", "content"]),
        MessageQuirk::OnlyFields("user", &["role", "content"]),
        MessageQuirk::OnlyFields(
            "assistant",
            &[
                "role",
                "content",
                "reasoning",
                "tool_calls",
                "function_call",
            ],
        ),
        MessageQuirk::OnlyFields("tool", &["role", "content", "tool_call_id"]),
    ],
    answer: &[AnswerQuirk::ReasoningField],
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

/// These models cannot do without reasoning.
const GPT_OSS: Words = Words {
    takes: &["\"low\"", "\"medium\"", "\"high\""],
    near: &[
        ("\"none\"", "\"low\""),
        ("\"minimal\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    ..Words::NONE
};

/// These know on and off.
const GROQ_QWEN: Words = Words {
    takes: &["\"none\"", "\"default\""],
    near: &[
        ("\"minimal\"", "\"default\""),
        ("\"low\"", "\"default\""),
        ("\"medium\"", "\"default\""),
        ("\"high\"", "\"default\""),
        ("\"xhigh\"", "\"default\""),
        ("\"max\"", "\"default\""),
    ],
    ..Words::NONE
};

const GROQ_TIERS: Words = Words {
    takes: &["\"auto\"", "\"flex\"", "\"on_demand\"", "\"performance\""],
    same: &[("\"default\"", "\"on_demand\"")],
    near: &[("\"priority\"", "\"performance\"")],
    ..Words::NONE
};
