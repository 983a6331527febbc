//! Other vendors with models of their own.

use super::{
    MAX_TOKENS, MENDED, NO_AUDIO, NO_FUNCTIONS, NO_WEB_SEARCH, ONE_CHOICE, SYSTEM_ONLY, TEXT_ONLY,
    param,
};
use crate::providers::openai_compatible::preset::{Preset, Rule, StreamUsage, ThinkTags, Words};

/// perplexityai 0.46.1: token counts in every chunk, the last ones count. No tool can be named, and
/// thinking not be turned off.
pub(super) static PERPLEXITY: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        MAX_TOKENS,
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_FUNCTIONS,
        param(
            "reasoning_effort",
            Rule::Words(Words {
                takes: &["\"minimal\"", "\"low\"", "\"medium\"", "\"high\""],
                near: &[
                    ("\"none\"", "\"minimal\""),
                    ("\"xhigh\"", "\"high\""),
                    ("\"max\"", "\"high\""),
                ],
                ..Words::NONE
            }),
        ),
        param(
            "tool_choice",
            Rule::RefusedBut(&["\"auto\"", "\"none\"", "\"required\""]),
        ),
    ],
    lacks: &[
        "function_call",
        "logit_bias",
        "metadata",
        "moderation",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "user",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &[
        "country",
        "disable_search",
        "image_domain_filter",
        "image_format_filter",
        "language_preference",
        "last_updated_after_filter",
        "last_updated_before_filter",
        "return_images",
        "return_related_questions",
        "search_after_date_filter",
        "search_before_date_filter",
        "search_domain_filter",
        "search_language_filter",
        "search_mode",
        "search_recency_filter",
        "stream_mode",
        "top_k",
    ],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

/// docs.z.ai, "Chat completion" (checked 2026-11-25) and a recorded stream: the role in every chunk,
/// no separate usage chunk; temperature to 1. One stop word only: more are left for it to refuse.
/// Thinking is a switch, and `reasoning_effort` its degree.
pub(super) static ZAI: Preset = Preset {
    params: &[
        MAX_TOKENS,
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        NO_FUNCTIONS,
        param("temperature", Rule::AtMost("1")),
    ],
    lacks: &[
        "frequency_penalty",
        "function_call",
        "logit_bias",
        "logprobs",
        "metadata",
        "moderation",
        "parallel_tool_calls",
        "prediction",
        "presence_penalty",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "seed",
        "service_tier",
        "store",
        "top_k",
        "top_logprobs",
        "user",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &[
        "do_sample",
        "request_id",
        "thinking",
        "tool_stream",
        "user_id",
    ],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    ..Preset::PLAIN
};
