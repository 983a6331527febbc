//! Other vendors that host the models of others.

use super::{
    EFFORTS, MAX_TOKENS, MENDED, MISTRALS, NO_AUDIO, NO_FUNCTIONS, NO_WEB_SEARCH, TEXT_ONLY,
    UNKNOWN_TO_OPEN_MODELS, openai, param,
};
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Preset, Rule, StreamUsage, ThinkTags, Words, operation_path,
};

/// Amazon Bedrock's routes for models of OpenAI's family, beside its own API on the same host (AWS's
/// documentation as of 2026-11-21): as OpenAI's own.
pub(in crate::providers) static BEDROCK: Preset = Preset {
    path: |operation, _| format!("/openai/v1{}", operation_path(operation)).into(),
    ..openai::CHAT
};

/// cerebras-cloud-sdk 1.91.0: takes `developer`, both names of the limit and `stream_options`;
/// reasoning is in `reasoning`, or in tags where `reasoning_format` is `raw`.
pub(super) static CEREBRAS: Preset = Preset {
    params: &[
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        NO_FUNCTIONS,
        param("reasoning_effort", Rule::Words(EFFORTS)),
    ],
    lacks: &[
        "function_call",
        "metadata",
        "moderation",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "top_k",
        "verbosity",
    ],
    takes_allowed_tools: false,
    extras: &[
        "clear_thinking",
        "disable_reasoning",
        "min_completion_tokens",
        "min_tokens",
        "reasoning_format",
    ],
    messages: &[MessageQuirk::ReasoningNamed("reasoning")],
    answer: &[AnswerQuirk::ReasoningField],
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

/// fireworks-ai 1.2.30 (checked 2026-11-25); fields that its API does not know are refused ("Extra
/// inputs are not permitted"), `response_format` of type `text` is refused beside tools, and token
/// counts come without asking. A prompt that is too long is an error of its own accord; what
/// `context_length_exceeded_behavior` shortens is the answer. Older models have reasoning in tags.
pub(super) static FIREWORKS: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        param("reasoning_effort", Rule::Words(EFFORTS)),
        param("response_format", Rule::Unsaid("{\"type\":\"text\"}")),
        param(
            "service_tier",
            Rule::RefusedBut(&["\"auto\"", "\"default\"", "\"flex\"", "\"priority\""]),
        ),
    ],
    lacks: &[
        "moderation",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "store",
        "verbosity",
    ],
    takes_allowed_tools: false,
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
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::Without("reasoning_details"),
        MessageQuirk::Without("thinking_blocks"),
        MessageQuirk::Without("anthropic"),
    ],
    answer: MENDED,
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

/// docs.api.nvidia.com: hosted NIM, which is vLLM inside, templates of the models included: Mistral's
/// refuse a user's turn right behind a tool's result (NousResearch/hermes-agent#20154).
pub(super) static NVIDIA: Preset = Preset {
    params: &[MAX_TOKENS, TEXT_ONLY, NO_AUDIO, NO_WEB_SEARCH],
    lacks: UNKNOWN_TO_OPEN_MODELS,
    takes_allowed_tools: false,
    messages: &[
        MessageQuirk::NoDeveloper,
        MessageQuirk::UserAfterTool(MISTRALS),
    ],
    answer: MENDED,
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

/// openrouter.ai/docs/api-reference and recorded streams: `reasoning` beside `reasoning_details`,
/// which must come back as they are and do; the role in every chunk. It knows itself what each of
/// its providers takes, so that nothing is left out here.
pub(super) static OPENROUTER: Preset = Preset {
    takes_allowed_tools: false,
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

/// together 3.1.1 (checked 2026-11-25): knows neither `stream_options` nor the role `developer`;
/// token counts come in the last chunk; the end is called `eos`. Log probabilities are a number in
/// the request and lists of another form in the answer. `tool_choice: none` is not heeded, and empty
/// turns are refused; older models have reasoning in tags.
pub(super) static TOGETHER: Preset = Preset {
    stream_usage: StreamUsage::AlwaysWithoutOptions,
    params: &[
        MAX_TOKENS,
        TEXT_ONLY,
        NO_AUDIO,
        NO_WEB_SEARCH,
        NO_FUNCTIONS,
        param("reasoning_effort", Rule::Words(TOGETHER_EFFORT)),
        param("tools", Rule::OffByChoice),
        param("tool_choice", Rule::Unsaid("\"none\"")),
    ],
    lacks: &[
        "function_call",
        "logprobs",
        "metadata",
        "moderation",
        "parallel_tool_calls",
        "prediction",
        "prompt_cache_key",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "service_tier",
        "store",
        "top_logprobs",
        "user",
        "verbosity",
    ],
    takes_allowed_tools: false,
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
    messages: &[MessageQuirk::NoDeveloper, MessageQuirk::EmptyTurns],
    answer: MENDED,
    think_tags: ThinkTags::Split,
    ..Preset::PLAIN
};

const TOGETHER_EFFORT: Words = Words {
    takes: &["\"low\"", "\"medium\"", "\"high\""],
    near: &[
        ("\"minimal\"", "\"low\""),
        ("\"xhigh\"", "\"high\""),
        ("\"max\"", "\"high\""),
    ],
    other: &[("\"none\"", ("reasoning", "{\"enabled\":false}"))],
    ..Words::NONE
};
