//! xAI.

use super::{NO_AUDIO, TEXT_ONLY, about, param};
use crate::providers::openai_compatible::preset::{AnswerQuirk, Preset, Rule, StreamUsage, Words};

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
