//! Vendors that host models.

use super::{
    MAX_TOKENS, MENDED, NO_AUDIO, NO_FUNCTIONS, NO_WEB_SEARCH, ONE_CHOICE, SYSTEM_ONLY, TEXT_ONLY,
    param,
};
use crate::providers::openai_compatible::embeddings::Embeddings;
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Preset, Rule, StreamUsage,
};

/// Reasoning models refuse `max_tokens`; every model takes the newer name (openai-python 3.52.0,
/// `completion_create_params.py`; the refusal is recorded). Its messages have no reasoning; a
/// client that got some from another provider of this gateway may replay it after a fallback.
pub(super) static OPENAI: Preset = Preset {
    params: &[param("max_tokens", Rule::Named("max_completion_tokens"))],
    messages: &[
        MessageQuirk::Without("reasoning_content"),
        MessageQuirk::Without("thinking_blocks"),
        MessageQuirk::Without("anthropic"),
    ],
    ..Preset::PLAIN
};

/// cerebras-cloud-sdk 1.91.0: takes `developer`, both names of the limit and `stream_options`;
/// reasoning is in `reasoning`.
pub(super) static CEREBRAS: Preset = Preset {
    extras: &[
        "clear_thinking",
        "disable_reasoning",
        "min_completion_tokens",
        "min_tokens",
        "reasoning_format",
    ],
    messages: &[MessageQuirk::ReasoningNamed("reasoning")],
    answer: &[AnswerQuirk::ReasoningField],
    ..Preset::PLAIN
};

/// api-docs.deepseek.com, "Create chat completion" and "Thinking mode": a turn with tool calls must
/// come back with its `reasoning_content`, else 400. What it has no parameter for it ignores.
pub(super) static DEEPSEEK: Preset = Preset {
    params: &[
        MAX_TOKENS,
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        param("logit_bias", Rule::Refused),
        param("parallel_tool_calls", Rule::Refused),
        param("seed", Rule::Refused),
    ],
    extras: &["thinking", "user_id"],
    messages: &[MessageQuirk::NoDeveloper, MessageQuirk::ReasoningWithCalls],
    ..Preset::PLAIN
};

/// fireworks-ai 1.2.30; fields that its API does not know are refused ("Extra inputs are not
/// permitted"), `response_format` of type `text` is refused beside tools, and token counts come
/// without asking.
pub(super) static FIREWORKS: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        param("response_format", Rule::Unsaid("{\"type\":\"text\"}")),
        param("moderation", Rule::Refused),
        param("prompt_cache_options", Rule::Refused),
        param("prompt_cache_retention", Rule::Refused),
        param("safety_identifier", Rule::Refused),
        param("store", Rule::Refused),
        param("verbosity", Rule::Refused),
    ],
    extras: &[
        "context_length_exceeded_behavior",
        "echo",
        "ignore_eos",
        "min_p",
        "mirostat_lr",
        "mirostat_target",
        "perf_metrics_in_response",
        "prompt_cache_isolation_key",
        "prompt_truncate_len",
        "raw_output",
        "reasoning_history",
        "repetition_penalty",
        "speculation",
        "thinking",
        "top_k",
        "typical_p",
    ],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    embeddings: Embeddings::PLAIN,
};

/// groq 1.7.0 and console.groq.com/docs/openai: refuses fields that it does not know, at the top
/// level and in messages ("property 'reasoning_content' is unsupported"), `messages[].name`, log
/// probabilities, `logit_bias`, and more than one choice. Token counts come without asking, in the
/// last chunk with choices (recorded).
pub(super) static GROQ: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        ONE_CHOICE,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        param("logit_bias", Rule::Refused),
        param("logprobs", Rule::Refused),
        param("moderation", Rule::Refused),
        param("prediction", Rule::Refused),
        param("prompt_cache_key", Rule::Refused),
        param("prompt_cache_options", Rule::Refused),
        param("prompt_cache_retention", Rule::Refused),
        param("safety_identifier", Rule::Refused),
        param("top_logprobs", Rule::Refused),
        param("verbosity", Rule::Refused),
    ],
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
    embeddings: Embeddings::PLAIN,
};

/// mistralai 3.7.0: fields that its API does not know are refused (422, `extra_forbidden`), at the
/// top level and in messages; its own models take ids of nine letters and digits; temperatures go
/// to 1.5; token counts come without asking, cached ones in three spellings (all seen live).
pub(super) static MISTRAL: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        MAX_TOKENS,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        NO_FUNCTIONS,
        param("function_call", Rule::Refused),
        param("logit_bias", Rule::Refused),
        param("moderation", Rule::Refused),
        param("prompt_cache_options", Rule::Refused),
        param("prompt_cache_retention", Rule::Refused),
        param("safety_identifier", Rule::Refused),
        param("seed", Rule::Named("random_seed")),
        param("store", Rule::Refused),
        param("temperature", Rule::AtMost("1.5")),
        param("user", Rule::Refused),
        param("verbosity", Rule::Refused),
    ],
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
};

/// docs.api.nvidia.com: hosted NIM, which is vLLM inside.
pub(super) static NVIDIA: Preset = Preset {
    params: &[MAX_TOKENS],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    ..Preset::PLAIN
};

/// openrouter.ai/docs/api-reference and recorded streams: `reasoning` beside `reasoning_details`,
/// which must come back as they are; the role in every chunk.
pub(super) static OPENROUTER: Preset = Preset {
    extras: &[
        "include_reasoning",
        "min_p",
        "models",
        "plugins",
        "provider",
        "reasoning",
        "repetition_penalty",
        "route",
        "top_a",
        "top_k",
        "transforms",
        "usage",
    ],
    messages: &[MessageQuirk::ReasoningNamed("reasoning")],
    answer: MENDED,
    ..Preset::PLAIN
};

/// perplexityai 0.46.1: token counts in every chunk, the last ones count.
pub(super) static PERPLEXITY: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[MAX_TOKENS, ONE_CHOICE],
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
    embeddings: Embeddings::PLAIN,
};

/// alibabacloud.com/help/en/model-studio, "OpenAI compatible - Chat" and the parameter reference of
/// docs.qwencloud.com: temperature below 2. Later pieces of a call have a blank id (recorded).
pub(super) static QWEN: Preset = Preset {
    params: &[
        MAX_TOKENS,
        NO_WEB_SEARCH,
        param("frequency_penalty", Rule::Refused),
        param("logit_bias", Rule::Refused),
        param("temperature", Rule::AtMost("1.99")),
    ],
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

/// together 3.1.1: knows neither `stream_options` nor the role `developer`; token counts come in
/// the last chunk; the end is called `eos`.
pub(super) static TOGETHER: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[MAX_TOKENS, TEXT_ONLY, NO_AUDIO, NO_WEB_SEARCH],
    extras: &[
        "chat_template_kwargs",
        "compliance",
        "context_length_exceeded_behavior",
        "echo",
        "min_p",
        "reasoning",
        "repetition_penalty",
        "safety_model",
        "top_k",
    ],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    embeddings: Embeddings::PLAIN,
};

/// docs.x.ai, "Chat completions (legacy)": penalties are refused by every current model, even when
/// zero; token counts come without asking, reasoning apart from the completion (recorded). `stop`
/// and `reasoning_effort` are refused by some models only, so those are left to the vendor.
pub(super) static XAI: Preset = Preset {
    stream_usage: StreamUsage::Always,
    params: &[
        param("frequency_penalty", Rule::Refused),
        param("logit_bias", Rule::Refused),
        param("presence_penalty", Rule::Refused),
    ],
    extras: &["deferred", "search_parameters"],
    answer: &[AnswerQuirk::UsageCounts],
    ..Preset::PLAIN
};

/// docs.z.ai and a recorded stream: the role in every chunk, no separate usage chunk.
pub(super) static ZAI: Preset = Preset {
    params: &[MAX_TOKENS],
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
