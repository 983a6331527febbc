//! DeepSeek.

use super::{MAX_TOKENS, NO_AUDIO, NO_WEB_SEARCH, ONE_CHOICE, TEXT_ONLY, about, param};
use crate::providers::openai_compatible::preset::{MessageQuirk, Preset, Rule, Words};

/// api-docs.deepseek.com, "Create chat completion" and "Thinking mode" (checked 2026-11-25): a turn
/// with tool calls must come back with its `reasoning_content`, else 400. What it has no parameter
/// for it ignores. It thinks unless told otherwise, and then ignores temperature and penalties; the
/// efforts that it has are low, high and max, and it takes the others for these. JSON by schema is
/// left for it to refuse.
pub(super) static DEEPSEEK: Preset = Preset {
    params: &[
        MAX_TOKENS,
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        param("reasoning_effort", Rule::Words(DEEPSEEK_EFFORT)),
        about(DEEPSEEK_WITHOUT_THINKING, "temperature", Rule::Taken),
        about(DEEPSEEK_WITHOUT_THINKING, "presence_penalty", Rule::Taken),
        about(DEEPSEEK_WITHOUT_THINKING, "frequency_penalty", Rule::Taken),
        param("temperature", DEEPSEEK_WHILE_THINKING),
        param("presence_penalty", DEEPSEEK_WHILE_THINKING),
        param("frequency_penalty", DEEPSEEK_WHILE_THINKING),
    ],
    lacks: &[
        "logit_bias",
        "metadata",
        "moderation",
        "parallel_tool_calls",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "top_k",
        "user",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &["thinking", "user_id"],
    messages: &[MessageQuirk::NoDeveloper, MessageQuirk::ReasoningWithCalls],
    ..Preset::PLAIN
};

/// The name of its models without thinking, from before thinking was a switch.
const DEEPSEEK_WITHOUT_THINKING: &[&str] = &["deepseek-chat*"];

const DEEPSEEK_WHILE_THINKING: Rule = Rule::IgnoredUnless(&[
    ("thinking", "{\"type\":\"disabled\"}"),
    ("reasoning_effort", "\"none\""),
]);

const DEEPSEEK_EFFORT: Words = Words {
    takes: &["\"low\"", "\"high\"", "\"max\""],
    near: &[
        ("\"minimal\"", "\"low\""),
        ("\"medium\"", "\"high\""),
        ("\"xhigh\"", "\"high\""),
    ],
    other: &[("\"none\"", ("thinking", "{\"type\":\"disabled\"}"))],
    ..Words::NONE
};
