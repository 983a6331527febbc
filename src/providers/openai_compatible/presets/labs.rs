//! Vendors with models of their own.

use super::{
    ALL, MAX_TOKENS, MENDED, NO_AUDIO, NO_FUNCTIONS, NO_WEB_SEARCH, ONE_CHOICE, SYSTEM_ONLY,
    TEXT_ONLY, about, param,
};
use crate::providers::openai_compatible::embeddings::Embeddings;
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Preset, Rule, StreamUsage, ThinkTags, Words,
};

/// Reasoning models refuse `max_tokens`; every model takes the newer name (openai-python 3.52.0,
/// `completion_create_params.py`; the refusal is recorded). Its messages have no reasoning; a
/// client that got some from another provider of this gateway may replay it after a fallback.
pub(super) static OPENAI: Preset = Preset {
    params: &[param("max_tokens", Rule::Named("max_completion_tokens"))],
    messages: &[
        MessageQuirk::Without("reasoning_content"),
        MessageQuirk::Without("reasoning_details"),
        MessageQuirk::Without("thinking_blocks"),
        MessageQuirk::Without("anthropic"),
    ],
    ..Preset::PLAIN
};

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

/// mistralai 3.7.0 (checked 2026-11-25): fields that its API does not know are refused (422,
/// `extra_forbidden`), at the top level and in messages; its own models take ids of nine letters
/// and digits, and no user's turn right behind a tool's result (`invalid_request_message_order`);
/// temperatures go to 1.5, and none may have a `top_p` beside it if it is 0 ("top_p must be 1 when
/// using greedy sampling"); token counts come without asking, cached ones in three spellings (all
/// seen live). Reasoning is a part of the content, in both directions.
pub(super) static MISTRAL: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        MAX_TOKENS,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        NO_FUNCTIONS,
        param("seed", Rule::Named("random_seed")),
        param("service_tier", Rule::Words(MISTRAL_TIERS)),
        param("temperature", Rule::AtMost("1.5")),
        param("top_p", Rule::MootBeside("temperature", &["0", "0.0"])),
    ],
    lacks: &[
        "function_call",
        "logit_bias",
        "moderation",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "user",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &[
        "guardrails",
        "min_tokens",
        "prompt_logprobs",
        "prompt_mode",
        "random_seed",
        "repetition_penalty",
        "safe_prompt",
        "top_k",
        "top_prompt_logprobs",
    ],
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::ShortCallIds,
        MessageQuirk::EmptyTurns,
        MessageQuirk::UserAfterTool(ALL),
        MessageQuirk::MistralParts,
        MessageQuirk::OnlyFields("system", &["role", "content"]),
        MessageQuirk::OnlyFields("developer", &["role", "content"]),
        MessageQuirk::OnlyFields("user", &["role", "content"]),
        MessageQuirk::OnlyFields("assistant", &["role", "content", "tool_calls", "prefix"]),
        MessageQuirk::OnlyFields("tool", &["role", "content", "tool_call_id", "name"]),
    ],
    answer: &[
        AnswerQuirk::ListContent,
        AnswerQuirk::ToolDeltas,
        AnswerQuirk::UsageCounts,
    ],
    embeddings: Embeddings {
        params: &[param("dimensions", Rule::Named("output_dimension"))],
        extras: &["metadata", "output_dimension", "output_dtype"],
        ..Embeddings::PLAIN
    },
    ..Preset::PLAIN
};

/// mistralai 3.7.0, `requestedservicetier.py`.
const MISTRAL_TIERS: Words = Words {
    takes: &["\"auto\"", "\"standard_only\""],
    same: &[("\"default\"", "\"standard_only\"")],
    ..Words::NONE
};

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

/// docs.x.ai, "Chat completions (legacy)" and "Reasoning" (checked 2026-11-25): penalties are
/// refused by every current model, even when zero, `stop` by those that reason, `reasoning_effort`
/// by those whose name says whether they do; token counts come without asking, reasoning apart from
/// the completion (recorded). A deferred completion is fetched at an address that this gateway does
/// not have.
pub(super) static XAI: Preset = Preset {
    stream_usage: StreamUsage::Always,
    params: &[
        param("max_tokens", Rule::Named("max_completion_tokens")),
        param("deferred", Rule::Only(&["false"])),
        TEXT_ONLY,
        NO_AUDIO,
        about(&["*non-reasoning*"], "stop", Rule::Taken),
        about(XAI_REASONING, "stop", Rule::Only(&["[]"])),
        about(XAI_WITHOUT_EFFORT, "reasoning_effort", Rule::Refused),
        about(&["grok-3-mini*"], "reasoning_effort", Rule::Words(XAI_MINI)),
        about(&["grok-4.3*"], "reasoning_effort", Rule::Words(XAI_EFFORT)),
        about(&["grok-4*"], "reasoning_effort", Rule::Words(XAI_ALWAYS)),
        about(&["grok-2*", "grok-3*"], "reasoning_effort", Rule::Refused),
    ],
    lacks: &[
        "frequency_penalty",
        "logit_bias",
        "metadata",
        "moderation",
        "prediction",
        "presence_penalty",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "top_k",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &["deferred", "search_parameters"],
    answer: &[AnswerQuirk::UsageCounts],
    ..Preset::PLAIN
};

const XAI_REASONING: &[&str] = &["grok-3-mini*", "grok-4*", "grok-code*", "grok-build*"];

const XAI_WITHOUT_EFFORT: &[&str] = &[
    "grok-4",
    "grok-4-*",
    "grok-4.1*",
    "grok-4.20*",
    "grok-code*",
    "*non-reasoning*",
];

const XAI_EFFORT: Words = Words {
    takes: &["\"none\"", "\"low\"", "\"medium\"", "\"high\""],
    near: &[
        ("\"minimal\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    ..Words::NONE
};

/// Models that cannot do without reasoning (grok-4.5 and later).
const XAI_ALWAYS: Words = Words {
    takes: &["\"low\"", "\"medium\"", "\"high\""],
    near: &[
        ("\"none\"", "\"low\""),
        ("\"minimal\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    ..Words::NONE
};

const XAI_MINI: Words = Words {
    takes: &["\"low\"", "\"high\""],
    near: &[
        ("\"none\"", "\"low\""),
        ("\"minimal\"", "\"low\""),
        ("\"medium\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    ..Words::NONE
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
