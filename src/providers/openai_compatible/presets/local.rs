//! Servers that people run themselves.

use super::{
    MAX_TOKENS, MENDED, MISTRALS, NO_WEB_SEARCH, ONE_CHOICE, SYSTEM_ONLY, UNKNOWN_TO_OPEN_MODELS,
    param,
};
use crate::providers::openai_compatible::preset::{AnswerQuirk, MessageQuirk, Preset, Rule};

/// Anything that says it speaks OpenAI's API: the request passes as it is, the answer is mended in
/// whatever way it needs.
pub(super) static ANY: Preset = Preset {
    answer: &[
        AnswerQuirk::ReasoningField,
        AnswerQuirk::RepeatedRole,
        AnswerQuirk::ToolDeltas,
        AnswerQuirk::ListContent,
        AnswerQuirk::NullDelta,
    ],
    ..Preset::PLAIN
};

/// github.com/ggml-org/llama.cpp, `tools/server`.
pub(super) static LLAMACPP: Preset = Preset {
    params: &[MAX_TOKENS, NO_WEB_SEARCH],
    lacks: UNKNOWN_TO_OPEN_MODELS,
    takes_allowed_tools: false,
    extras: &[
        "cache_prompt",
        "chat_template_kwargs",
        "dynatemp_range",
        "grammar",
        "id_slot",
        "json_schema",
        "min_p",
        "mirostat",
        "n_predict",
        "reasoning_format",
        "repeat_penalty",
        "samplers",
        "top_k",
        "typical_p",
    ],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    ..Preset::PLAIN
};

/// lmstudio.ai/docs/developer/openai-compat.
pub(super) static LMSTUDIO: Preset = Preset {
    params: &[MAX_TOKENS, NO_WEB_SEARCH],
    lacks: UNKNOWN_TO_OPEN_MODELS,
    takes_allowed_tools: false,
    extras: &["draft_model", "min_p", "repeat_penalty", "top_k", "ttl"],
    messages: SYSTEM_ONLY,
    answer: MENDED,
    ..Preset::PLAIN
};

/// docs.ollama.com/api/openai-compatibility: what is not in its list is ignored; `null` content is
/// refused ("invalid message content type"), and so are images that are no data URL; the role comes
/// in every chunk; ids of answers are `chatcmpl-` and a number below 1000 (recorded: `chatcmpl-887`).
pub(super) static OLLAMA: Preset = Preset {
    params: &[
        MAX_TOKENS,
        ONE_CHOICE,
        param("logit_bias", Rule::Refused),
        param("logprobs", Rule::Refused),
        param("parallel_tool_calls", Rule::Refused),
        param("tool_choice", Rule::RefusedBut(&["\"auto\"", "\"none\""])),
        param("tools", Rule::OffByChoice),
        param("top_logprobs", Rule::Refused),
    ],
    extras: &["reasoning", "think"],
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::ReasoningNamed("reasoning"),
        MessageQuirk::NoNullContent,
        MessageQuirk::NoRemoteImages,
    ],
    answer: &[
        AnswerQuirk::ReasoningField,
        AnswerQuirk::RepeatedRole,
        AnswerQuirk::ToolDeltas,
        AnswerQuirk::RepeatedIds,
    ],
    ..Preset::PLAIN
};

/// docs.sglang.ai, "OpenAI-compatible APIs": both names of the limit.
pub(super) static SGLANG: Preset = Preset {
    params: &[NO_WEB_SEARCH],
    lacks: UNKNOWN_TO_OPEN_MODELS,
    takes_allowed_tools: false,
    extras: &[
        "chat_template_kwargs",
        "ignore_eos",
        "min_p",
        "min_tokens",
        "regex",
        "repetition_penalty",
        "separate_reasoning",
        "stop_token_ids",
        "stream_reasoning",
        "top_k",
    ],
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::UserAfterTool(MISTRALS),
    ],
    answer: MENDED,
    ..Preset::PLAIN
};

/// docs.vllm.ai, "OpenAI-compatible server": both names of the limit; many chat templates do not
/// know the role `developer`.
pub(super) static VLLM: Preset = Preset {
    params: &[NO_WEB_SEARCH],
    lacks: UNKNOWN_TO_OPEN_MODELS,
    takes_allowed_tools: false,
    extras: &[
        "add_generation_prompt",
        "allowed_token_ids",
        "bad_words",
        "cache_salt",
        "chat_template",
        "chat_template_kwargs",
        "documents",
        "echo",
        "ignore_eos",
        "include_reasoning",
        "include_stop_str_in_output",
        "length_penalty",
        "min_p",
        "min_tokens",
        "mm_processor_kwargs",
        "priority",
        "prompt_logprobs",
        "repetition_penalty",
        "skip_special_tokens",
        "spaces_between_special_tokens",
        "stop_token_ids",
        "structured_outputs",
        "thinking_token_budget",
        "top_k",
        "truncate_prompt_tokens",
        "use_beam_search",
    ],
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::UserAfterTool(MISTRALS),
    ],
    answer: MENDED,
    ..Preset::PLAIN
};
