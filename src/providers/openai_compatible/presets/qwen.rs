//! Qwen, on Alibaba's DashScope.

use super::{MAX_TOKENS, NO_WEB_SEARCH, SYSTEM_ONLY, about, param};
use crate::providers::openai_compatible::embeddings::Embeddings;
use crate::providers::openai_compatible::preset::{AnswerQuirk, Preset, Rule, Words};

/// alibabacloud.com/help/en/model-studio, "OpenAI compatible - Chat", "Streaming output" and "Deep
/// thinking", and the parameter reference of docs.qwencloud.com (checked 2026-11-25): temperature
/// below 2. Later pieces of a call have a blank id (recorded). QwQ, QVQ, omni models and thinking
/// ones of the open Qwen3 answer with a stream only ("enable_thinking must be set to false for
/// non-streaming calls"); a model that could do both loses nothing by it. Thinking is a switch of
/// its own with the models that can do without, and without one with all others.
pub(super) static QWEN: Preset = Preset {
    stream_only: &["qwq*", "qvq*", "*omni*", "*thinking*", "qwen3-*b"],
    stream_only_with: &[("enable_thinking", "true")],
    params: &[
        MAX_TOKENS,
        NO_WEB_SEARCH,
        param("temperature", Rule::AtMost("1.99")),
        about(QWEN_ONE_WAY, "reasoning_effort", Rule::Refused),
        about(QWEN_HYBRID, "reasoning_effort", Rule::Words(QWEN_EFFORT)),
        param("reasoning_effort", Rule::Refused),
    ],
    lacks: &[
        "frequency_penalty",
        "logit_bias",
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
    ],
    takes_allowed_tools: false,
    extras: &[
        "enable_search",
        "enable_thinking",
        "repetition_penalty",
        "search_options",
        "thinking_budget",
        "top_k",
        "vl_high_resolution_images",
    ],
    messages: SYSTEM_ONLY,
    answer: &[AnswerQuirk::ToolDeltas],
    // The documentation knows `encoding_format: "float"` alone.
    embeddings: Embeddings {
        knows_encoding: false,
        ..Embeddings::PLAIN
    },
    ..Preset::PLAIN
};

/// Models that always think, or never.
const QWEN_ONE_WAY: &[&str] = &["*thinking*", "*instruct*", "*coder*"];

const QWEN_HYBRID: &[&str] = &["qwen3*", "qwen-plus*", "qwen-flash*", "qwen-turbo*"];

const QWEN_EFFORT: Words = Words {
    other: &[
        ("\"none\"", ("enable_thinking", "false")),
        ("\"minimal\"", ("enable_thinking", "true")),
        ("\"low\"", ("enable_thinking", "true")),
        ("\"medium\"", ("enable_thinking", "true")),
        ("\"high\"", ("enable_thinking", "true")),
        ("\"xhigh\"", ("enable_thinking", "true")),
        ("\"max\"", ("enable_thinking", "true")),
    ],
    ..Words::NONE
};
