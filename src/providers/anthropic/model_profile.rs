//! What differs from model to model, as a table.
//!
//! Sources, checked 2026-11-21 and 2026-11-25: Anthropic's SDK 2.11.0, the profiles that
//! pydantic-ai 2.68.0 has measured against the live API, for models older than 4.5 the output limits
//! of Anthropic's model overview, and its notes on 4.6 ("prefill removal"). `GET /v1/models` of the
//! API tells most of this too.

use crate::providers::sampling::Sampling;

/// The facts of one family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers) struct ModelProfile {
    /// Beginning of the names, up to a whole word.
    prefix: &'static str,
    /// Most tokens of one answer, thinking included; more is refused.
    pub(in crate::providers) max_output: Option<u64>,
    /// Limit of an answer where nobody gives one. The API demands a limit, and a small one would
    /// cut answers short that OpenAI's API gives whole.
    pub(in crate::providers) default_max_tokens: u64,
    /// How the model is told to think.
    pub(in crate::providers) thinking: Thinking,
    /// How it is told not to.
    pub(in crate::providers) thinking_off: ThinkingOff,
    /// Whether its thoughts come back empty unless asked for.
    pub(in crate::providers) hides_thinking: bool,
    /// Levels of `output_config.effort`.
    pub(in crate::providers) effort: &'static [&'static str],
    /// Which of `temperature`, `top_p` and `top_k` it takes.
    pub(in crate::providers) sampling: Sampling,
    /// Whether it takes `output_config.format` and strict tools.
    pub(in crate::providers) structured_outputs: bool,
    /// Whether it can be made to call a tool.
    pub(in crate::providers) forced_tool_choice: bool,
    /// Whether it continues a last turn of the assistant.
    pub(in crate::providers) prefill: bool,
    /// Whether it checks that thoughts come back behind what they were made with.
    pub(in crate::providers) binds_thinking: bool,
    /// Whether it honours instructions inside the conversation. (Some models take them and do not.)
    pub(in crate::providers) system_turns: bool,
}

/// How a model is told to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers) enum Thinking {
    /// It cannot.
    Never,
    /// With a budget in tokens.
    Budget,
    /// It decides itself how much.
    Adaptive,
}

/// How a model is told not to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::providers) enum ThinkingOff {
    /// By saying nothing.
    Unsaid,
    /// `{"type":"disabled"}`.
    Disabled,
    /// `{"type":"between_tools"}`.
    BetweenTools,
    /// It always thinks.
    Impossible,
}

const LOW_TO_HIGH: &[&str] = &["low", "medium", "high"];
const LOW_TO_MAX: &[&str] = &["low", "medium", "high", "max"];
const ALL_EFFORTS: &[&str] = &["low", "medium", "high", "xhigh", "max"];

/// Hosts of other models that speak this API.
const OTHER: ModelProfile = ModelProfile {
    prefix: "",
    max_output: None,
    default_max_tokens: 8192,
    thinking: Thinking::Never,
    thinking_off: ThinkingOff::Unsaid,
    hides_thinking: false,
    effort: &[],
    sampling: Sampling::All,
    structured_outputs: false,
    forced_tool_choice: true,
    prefill: true,
    binds_thinking: false,
    system_turns: false,
};

const CLAUDE_3: ModelProfile = ModelProfile {
    prefix: "claude-3",
    max_output: Some(4096),
    default_max_tokens: 4096,
    ..OTHER
};

const CLAUDE_3_5: ModelProfile = ModelProfile {
    prefix: "claude-3-5",
    max_output: Some(8192),
    default_max_tokens: 8192,
    ..CLAUDE_3
};

const CLAUDE_3_7: ModelProfile = ModelProfile {
    prefix: "claude-3-7",
    max_output: Some(64_000),
    default_max_tokens: 64_000,
    thinking: Thinking::Budget,
    ..CLAUDE_3
};

const OPUS_4: ModelProfile = ModelProfile {
    prefix: "claude-opus-4",
    max_output: Some(32_000),
    default_max_tokens: 32_000,
    ..CLAUDE_3_7
};

const SONNET_4: ModelProfile = ModelProfile {
    prefix: "claude-sonnet-4",
    ..CLAUDE_3_7
};

const OPUS_4_1: ModelProfile = ModelProfile {
    prefix: "claude-opus-4-1",
    sampling: Sampling::OneOf,
    structured_outputs: true,
    ..OPUS_4
};

const SONNET_4_5: ModelProfile = ModelProfile {
    prefix: "claude-sonnet-4-5",
    max_output: Some(64_000),
    default_max_tokens: 64_000,
    ..OPUS_4_1
};

const HAIKU_4_5: ModelProfile = ModelProfile {
    prefix: "claude-haiku-4-5",
    ..SONNET_4_5
};

const OPUS_4_5: ModelProfile = ModelProfile {
    prefix: "claude-opus-4-5",
    effort: LOW_TO_HIGH,
    ..SONNET_4_5
};

const OPUS_4_6: ModelProfile = ModelProfile {
    prefix: "claude-opus-4-6",
    max_output: Some(128_000),
    default_max_tokens: 128_000,
    thinking: Thinking::Adaptive,
    effort: LOW_TO_MAX,
    prefill: false,
    ..SONNET_4_5
};

const SONNET_4_6: ModelProfile = ModelProfile {
    prefix: "claude-sonnet-4-6",
    ..OPUS_4_6
};

const OPUS_4_7: ModelProfile = ModelProfile {
    prefix: "claude-opus-4-7",
    hides_thinking: true,
    effort: ALL_EFFORTS,
    sampling: Sampling::Refused,
    ..OPUS_4_6
};

const OPUS_4_8: ModelProfile = ModelProfile {
    prefix: "claude-opus-4-8",
    system_turns: true,
    ..OPUS_4_7
};

const OPUS_5: ModelProfile = ModelProfile {
    prefix: "claude-opus-5",
    thinking_off: ThinkingOff::Disabled,
    ..OPUS_4_8
};

/// Takes instructions inside the conversation and ignores them.
const SONNET_5: ModelProfile = ModelProfile {
    prefix: "claude-sonnet-5",
    system_turns: false,
    ..OPUS_5
};

const SONNET_5_5: ModelProfile = ModelProfile {
    prefix: "claude-sonnet-5-5",
    thinking_off: ThinkingOff::BetweenTools,
    forced_tool_choice: false,
    binds_thinking: true,
    ..SONNET_5
};

const HAIKU_5_5: ModelProfile = ModelProfile {
    prefix: "claude-haiku-5-5",
    binds_thinking: true,
    ..SONNET_5
};

const FABLE_5: ModelProfile = ModelProfile {
    prefix: "claude-fable-5",
    thinking_off: ThinkingOff::Impossible,
    ..OPUS_5
};

const FABLE_5_1: ModelProfile = ModelProfile {
    prefix: "claude-fable-5-1",
    forced_tool_choice: false,
    binds_thinking: true,
    ..FABLE_5
};

/// Documented as Fable 5.1, but for the check of thoughts.
const MYTHOS_5_1: ModelProfile = ModelProfile {
    prefix: "claude-mythos-5-1",
    binds_thinking: false,
    ..FABLE_5_1
};

/// Takes all sampling parameters, knows no effort, always thinks. How much it writes at most is not
/// published.
const MYTHOS_PREVIEW: ModelProfile = ModelProfile {
    prefix: "claude-mythos-preview",
    max_output: None,
    default_max_tokens: 64_000,
    thinking_off: ThinkingOff::Impossible,
    effort: &[],
    structured_outputs: false,
    ..OPUS_4_6
};

/// A Claude that is not in the table is newer than it: what new models have taken away stays
/// away, what only some of them have is not asked for.
const NEWER: ModelProfile = ModelProfile {
    prefix: "claude",
    binds_thinking: true,
    ..SONNET_5
};

/// All rows, the more special ones first.
const PROFILES: &[ModelProfile] = &[
    FABLE_5_1,
    renamed(FABLE_5_1, "claude-fable-5-2"),
    FABLE_5,
    MYTHOS_5_1,
    renamed(FABLE_5_1, "claude-mythos-5-2"),
    renamed(FABLE_5, "claude-mythos-5"),
    MYTHOS_PREVIEW,
    renamed(FABLE_5_1, "claude-opus-5-5"),
    OPUS_5,
    SONNET_5_5,
    SONNET_5,
    HAIKU_5_5,
    OPUS_4_8,
    OPUS_4_7,
    OPUS_4_6,
    SONNET_4_6,
    OPUS_4_5,
    SONNET_4_5,
    HAIKU_4_5,
    OPUS_4_1,
    OPUS_4,
    SONNET_4,
    CLAUDE_3_7,
    CLAUDE_3_5,
    CLAUDE_3,
    NEWER,
];

const fn renamed(profile: ModelProfile, prefix: &'static str) -> ModelProfile {
    ModelProfile { prefix, ..profile }
}

/// The facts of a model; clouds put something before the name (`us.anthropic.claude-…`).
pub(in crate::providers) fn find(model: &str) -> ModelProfile {
    let name = model.find("claude").and_then(|at| model.get(at..));
    name.and_then(|name| PROFILES.iter().find(|profile| profile.names(name)))
        .copied()
        .unwrap_or(OTHER)
}

impl ModelProfile {
    /// Whether the name begins with the row's prefix and a word ends there.
    fn names(&self, model: &str) -> bool {
        model
            .strip_prefix(self.prefix)
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_alphanumeric()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_its_most_special_row() {
        for (model, prefix) in [
            ("claude-opus-5", "claude-opus-5"),
            ("claude-opus-5-20260601", "claude-opus-5"),
            ("claude-opus-5-5", "claude-opus-5-5"),
            ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
            ("claude-sonnet-4-20250514", "claude-sonnet-4"),
            ("claude-sonnet-4-0", "claude-sonnet-4"),
            ("claude-opus-4@20250514", "claude-opus-4"),
            ("claude-haiku-4-5", "claude-haiku-4-5"),
            ("claude-3-5-haiku-latest", "claude-3-5"),
            ("claude-3-opus-20240229", "claude-3"),
            (
                "us.anthropic.claude-opus-4-1-20250805-v1:0",
                "claude-opus-4-1",
            ),
            ("claude-mythos-preview", "claude-mythos-preview"),
            ("claude-opus-50", "claude"),
            ("kimi-k3", ""),
        ] {
            assert_eq!(find(model).prefix, prefix, "{model}");
        }
    }

    #[test]
    fn no_row_hides_a_later_one() {
        for (at, row) in PROFILES.iter().enumerate() {
            assert_eq!(find(row.prefix).prefix, row.prefix);
            assert!(
                PROFILES[..at]
                    .iter()
                    .all(|earlier| !earlier.names(row.prefix))
            );
        }
    }

    #[test]
    fn the_default_limit_fits_every_model() {
        for row in PROFILES {
            assert!(
                row.max_output
                    .is_none_or(|max| row.default_max_tokens <= max)
            );
        }
    }
}
