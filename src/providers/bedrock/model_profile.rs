//! What differs from family to family, as a table.
//!
//! Sources, checked 2026-11-25: the profiles that pydantic-ai 2.68.0 has measured against the live
//! API (`providers/bedrock.py`, `models/bedrock.py`, July to October 2026), for Nova's reasoning
//! Amazon's user guide of Nova 2. What is common to Claude wherever it is served is in
//! [`anthropic::model_profile`](crate::providers::anthropic::model_profile).

use crate::providers::sampling::Sampling;

/// The facts of one family of models.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ModelProfile {
    /// Beginning of the names, without a region in front.
    prefix: &'static str,
    /// How the model is told how hard to think.
    pub(super) thinking: Thinking,
    /// Which of `temperature` and `top_p` it takes; of Claude the profile says so.
    pub(super) sampling: Sampling,
    /// Where it takes `top_k`.
    pub(super) top_k: TopK,
    /// Whether it takes `outputConfig.textFormat` and strict tools.
    pub(super) structured_output: bool,
    /// Whether it takes `toolChoice`.
    pub(super) tool_choice: bool,
    /// What may stand beside a tool's result in the same turn.
    pub(super) beside_results: Beside,
    /// Which media a tool's result may hold.
    pub(super) media_in_results: &'static [&'static str],
    /// Whether a result may say that the tool failed.
    pub(super) result_status: bool,
    /// Whether the conversation may begin with the assistant.
    pub(super) begins_with_assistant: bool,
    /// Whether signed thoughts go back to it.
    pub(super) replays_reasoning: bool,
    /// What it can cache.
    pub(super) cache: Cache,
    /// Whether ids of tool calls must be nine letters and digits.
    pub(super) short_call_ids: bool,
}

/// How a model is told how hard to think.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Thinking {
    /// It is not.
    Never,
    /// In Anthropic's words.
    Claude,
    /// With one of these levels, in a field of its own.
    Level(Field, &'static [&'static str]),
}

/// The field of `additionalModelRequestFields` that holds a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// `"reasoning_effort": level`
    ReasoningEffort,
    /// `"reasoning": {"effort": level}`
    Reasoning,
    /// `"reasoning_config": level`
    ReasoningConfig,
    /// `"reasoningConfig": {"type": "enabled", "maxReasoningEffort": level}`
    Nova,
}

/// Where a model takes `top_k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TopK {
    /// Nowhere.
    Nowhere,
    /// As `top_k`.
    Flat,
    /// As `inferenceConfig.topK`.
    Nova,
}

/// What may stand beside a tool's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Beside {
    Anything,
    TextAndImages,
    Nothing,
}

/// What a model can cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cache {
    Nothing,
    /// Instructions and messages, for five minutes.
    Messages,
    /// Tools too.
    All,
    /// For an hour, too.
    AllForAnHour,
}

/// A model that nobody has told us of, such as the one behind an ARN: nothing that only some
/// families take.
const OTHER: ModelProfile = ModelProfile {
    prefix: "",
    thinking: Thinking::Never,
    sampling: Sampling::All,
    top_k: TopK::Nowhere,
    structured_output: false,
    tool_choice: false,
    beside_results: Beside::Anything,
    media_in_results: &["image"],
    result_status: true,
    begins_with_assistant: false,
    replays_reasoning: false,
    cache: Cache::Nothing,
    short_call_ids: false,
};

const CLAUDE: ModelProfile = ModelProfile {
    prefix: "anthropic.claude-",
    thinking: Thinking::Claude,
    top_k: TopK::Flat,
    structured_output: true,
    tool_choice: true,
    beside_results: Beside::TextAndImages,
    media_in_results: &["image", "document"],
    begins_with_assistant: true,
    replays_reasoning: true,
    cache: Cache::AllForAnHour,
    ..OTHER
};

/// Before 4.5: no structured output here, and no cache for an hour.
const CLAUDE_4: ModelProfile = ModelProfile {
    prefix: "anthropic.claude-opus-4-20",
    structured_output: false,
    cache: Cache::All,
    ..CLAUDE
};

const NOVA: ModelProfile = ModelProfile {
    prefix: "amazon.nova",
    top_k: TopK::Nova,
    tool_choice: true,
    cache: Cache::Messages,
    ..OTHER
};

const NOVA_2: ModelProfile = ModelProfile {
    prefix: "amazon.nova-2",
    thinking: Thinking::Level(Field::Nova, &["none", "low", "medium", "high"]),
    ..NOVA
};

const LLAMA: ModelProfile = ModelProfile {
    prefix: "meta.",
    beside_results: Beside::Nothing,
    media_in_results: &["image", "document"],
    ..OTHER
};

/// That ids must be short is seen in other gateways only.
const MISTRAL: ModelProfile = ModelProfile {
    prefix: "mistral.",
    beside_results: Beside::Nothing,
    media_in_results: &["document"],
    short_call_ids: true,
    ..OTHER
};

const MISTRAL_3: ModelProfile = ModelProfile {
    prefix: "mistral.mistral-large-3",
    structured_output: true,
    ..MISTRAL
};

const WRITER: ModelProfile = ModelProfile {
    prefix: "writer.",
    beside_results: Beside::Nothing,
    result_status: false,
    ..OTHER
};

/// It thinks at `high` only; it refuses none of the levels.
const HIGH_ONLY: &[&str] = &["none", "high"];

const DEEPSEEK_R1: ModelProfile = ModelProfile {
    prefix: "deepseek.r1",
    replays_reasoning: true,
    ..OTHER
};

const DEEPSEEK_3: ModelProfile = ModelProfile {
    prefix: "deepseek.v3.2",
    thinking: Thinking::Level(Field::ReasoningEffort, HIGH_ONLY),
    ..OTHER
};

const GPT_OSS: ModelProfile = ModelProfile {
    prefix: "openai.gpt-oss",
    thinking: Thinking::Level(Field::ReasoningEffort, &["low", "medium", "high"]),
    ..OTHER
};

const GPT: ModelProfile = ModelProfile {
    prefix: "openai.gpt-",
    thinking: Thinking::Level(
        Field::Reasoning,
        &["none", "low", "medium", "high", "xhigh"],
    ),
    sampling: Sampling::Refused,
    ..OTHER
};

/// They cannot be told not to think.
const GPT_ASTRA: ModelProfile = ModelProfile {
    prefix: "openai.gpt-6-astra",
    thinking: Thinking::Level(Field::Reasoning, &["low", "medium", "high", "xhigh"]),
    ..GPT
};

const QWEN: ModelProfile = ModelProfile {
    prefix: "qwen.",
    media_in_results: &[],
    begins_with_assistant: true,
    ..OTHER
};

const QWEN_3: ModelProfile = ModelProfile {
    prefix: "qwen.qwen3",
    thinking: Thinking::Level(Field::ReasoningConfig, &["none", "low", "high"]),
    structured_output: true,
    ..QWEN
};

const QWEN_3_CODER: ModelProfile = ModelProfile {
    prefix: "qwen.qwen3-coder",
    thinking: Thinking::Never,
    ..QWEN_3
};

const GLM: ModelProfile = ModelProfile {
    prefix: "zai.",
    thinking: Thinking::Level(Field::ReasoningEffort, HIGH_ONLY),
    structured_output: true,
    tool_choice: true,
    begins_with_assistant: true,
    ..OTHER
};

const GLM_5_3: ModelProfile = ModelProfile {
    prefix: "zai.glm-5.3",
    thinking: Thinking::Level(
        Field::ReasoningEffort,
        &["low", "medium", "high", "xhigh", "max"],
    ),
    ..GLM
};

const KIMI: ModelProfile = ModelProfile {
    prefix: "moonshot",
    structured_output: true,
    tool_choice: true,
    begins_with_assistant: true,
    media_in_results: &[],
    ..OTHER
};

const GROK: ModelProfile = ModelProfile {
    prefix: "xai.",
    thinking: Thinking::Level(Field::Reasoning, &["low", "medium", "high", "xhigh"]),
    sampling: Sampling::Refused,
    tool_choice: true,
    ..OTHER
};

/// Structured output, and nothing else that is known.
const STRUCTURED: ModelProfile = ModelProfile {
    structured_output: true,
    ..OTHER
};

/// All rows, the more special ones first.
const PROFILES: &[ModelProfile] = &[
    CLAUDE_4,
    renamed(CLAUDE_4, "anthropic.claude-sonnet-4-20"),
    renamed(CLAUDE_4, "anthropic.claude-opus-4-1"),
    renamed(CLAUDE_4, "anthropic.claude-3"),
    ModelProfile {
        cache: Cache::AllForAnHour,
        ..renamed(CLAUDE_4, "anthropic.claude-fable-5")
    },
    CLAUDE,
    NOVA_2,
    NOVA,
    LLAMA,
    MISTRAL_3,
    renamed(MISTRAL_3, "mistral.ministral-3"),
    renamed(MISTRAL_3, "mistral.magistral-small"),
    renamed(MISTRAL_3, "mistral.voxtral"),
    MISTRAL,
    WRITER,
    DEEPSEEK_R1,
    DEEPSEEK_3,
    GPT_OSS,
    GPT_ASTRA,
    renamed(GPT_ASTRA, "openai.gpt-6.1"),
    GPT,
    QWEN_3_CODER,
    QWEN_3,
    QWEN,
    GLM_5_3,
    GLM,
    KIMI,
    GROK,
    renamed(STRUCTURED, "google.gemma-3-12b-it"),
    renamed(STRUCTURED, "google.gemma-3-27b-it"),
    renamed(STRUCTURED, "minimax.minimax-m2"),
    renamed(STRUCTURED, "nvidia.nemotron-nano"),
];

const fn renamed(profile: ModelProfile, prefix: &'static str) -> ModelProfile {
    ModelProfile { prefix, ..profile }
}

/// What a model's name may be once an ARN and a region (`us.`, `global.`) are taken off.
pub(super) fn names(model: &str) -> [&str; 2] {
    let name = model.rsplit_once('/').map_or(model, |(_, name)| name);
    [name, name.split_once('.').map_or("", |(_, rest)| rest)]
}

/// The facts of a model; where its name does not say what it is, those of `underlying`.
pub(super) fn find(model: &str, underlying: Option<&str>) -> ModelProfile {
    let named = |model: &str| {
        let names = names(model);
        let mut rows = PROFILES.iter();
        rows.find(|row| names.iter().any(|name| name.starts_with(row.prefix)))
    };
    named(model)
        .or_else(|| named(underlying?))
        .copied()
        .unwrap_or(OTHER)
}

impl ModelProfile {
    /// Whether the model is Claude.
    pub(super) fn is_claude(&self) -> bool {
        self.thinking == Thinking::Claude
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_finds_its_most_special_row() {
        for (model, prefix) in [
            ("anthropic.claude-opus-5", "anthropic.claude-"),
            (
                "us.anthropic.claude-opus-4-1-20250805-v1:0",
                "anthropic.claude-opus-4-1",
            ),
            (
                "eu.anthropic.claude-sonnet-4-20250514-v1:0",
                "anthropic.claude-sonnet-4-20",
            ),
            (
                "global.anthropic.claude-sonnet-4-5-20250929-v1:0",
                "anthropic.claude-",
            ),
            (
                "us-gov.anthropic.claude-3-5-sonnet-20240620-v1:0",
                "anthropic.claude-3",
            ),
            ("apac.amazon.nova-2-lite-v1:0", "amazon.nova-2"),
            ("us.amazon.nova-micro-v1:0", "amazon.nova"),
            ("us.deepseek.r1-v1:0", "deepseek.r1"),
            ("deepseek.v3.2", "deepseek.v3.2"),
            ("zai.glm-4.7", "zai."),
            ("global.zai.glm-5.3", "zai.glm-5.3"),
            ("moonshotai.kimi-k2.5", "moonshot"),
            ("global.openai.gpt-6.1-sol", "openai.gpt-6.1"),
            ("qwen.qwen3-coder-next", "qwen.qwen3-coder"),
            ("ai21.jamba-1-5-large-v1:0", ""),
            (
                "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.meta.llama4-scout-17b-instruct-v1:0",
                "meta.",
            ),
            (
                "arn:aws:bedrock:us-east-1::foundation-model/writer.palmyra-x5-v1:0",
                "writer.",
            ),
        ] {
            assert_eq!(find(model, None).prefix, prefix, "{model}");
        }
    }

    #[test]
    fn what_an_arn_hides_can_be_said() {
        let arn = "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/a1b2c3";
        assert_eq!(find(arn, None), OTHER);
        assert!(find(arn, Some("anthropic.claude-opus-5")).is_claude());
        let named = find("amazon.nova-pro-v1:0", Some("anthropic.claude-opus-5"));
        assert_eq!(
            named.prefix, "amazon.nova",
            "a name that says it goes first"
        );
    }

    #[test]
    fn no_row_hides_a_later_one() {
        for (at, row) in PROFILES.iter().enumerate() {
            let hidden = PROFILES[..at]
                .iter()
                .any(|early| row.prefix.starts_with(early.prefix));
            assert!(!hidden, "{}", row.prefix);
        }
    }
}
