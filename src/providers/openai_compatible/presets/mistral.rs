//! Mistral.

use super::{ALL, MAX_TOKENS, NO_AUDIO, NO_FUNCTIONS, NO_WEB_SEARCH, TEXT_ONLY, param};
use crate::providers::openai_compatible::embeddings::Embeddings;
use crate::providers::openai_compatible::preset::{
    AnswerQuirk, MessageQuirk, Preset, Rule, StreamUsage, Words,
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
