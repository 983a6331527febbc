//! Which models there are and what each of them does.
//!
//! Source: the model list of anthropic 2.11.0, the vendor's pages on thinking, effort
//! and sampling parameters, and recorded errors; checked 2026-11-21.

use serde_json::{Value, json};

use crate::simulate::vendor::Models;

/// What a model does, as far as requests can ask for it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Model {
    pub(super) name: &'static str,
    /// Temperature, `top_p`, `top_k`.
    pub(super) sampling: Sampling,
    pub(super) manual_thinking: bool,
    pub(super) adaptive_thinking: bool,
    /// Thinking can be switched off.
    pub(super) thinking_off: bool,
    pub(super) efforts: &'static [&'static str],
    pub(super) forced_tools: bool,
    pub(super) system_turns: bool,
    pub(super) prefill: bool,
    pub(super) max_tokens: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sampling {
    Free,
    /// Temperature or `top_p`, not both.
    OneOf,
    Refused,
}

const NO_EFFORT: &[&str] = &[];
const THREE: &[&str] = &["high", "low", "medium"];
const FOUR: &[&str] = &["high", "low", "max", "medium"];
const FIVE: &[&str] = &["high", "low", "max", "medium", "xhigh"];

/// Up to 4.1.
const OLD: Model = Model {
    name: "",
    sampling: Sampling::Free,
    manual_thinking: true,
    adaptive_thinking: false,
    thinking_off: true,
    efforts: NO_EFFORT,
    forced_tools: true,
    system_turns: false,
    prefill: true,
    max_tokens: 32_000,
};
const GEN_4_5: Model = Model {
    sampling: Sampling::OneOf,
    max_tokens: 64_000,
    ..OLD
};
const GEN_4_6: Model = Model {
    adaptive_thinking: true,
    efforts: FOUR,
    prefill: false,
    max_tokens: 128_000,
    ..GEN_4_5
};
const GEN_4_7: Model = Model {
    sampling: Sampling::Refused,
    manual_thinking: false,
    efforts: FIVE,
    ..GEN_4_6
};
const GEN_5: Model = Model {
    system_turns: true,
    ..GEN_4_7
};
/// Thinks always, and chooses its tools itself.
const GEN_5_FREE: Model = Model {
    thinking_off: false,
    forced_tools: false,
    ..GEN_5
};

const KNOWN: &[Model] = &[
    Model {
        name: "claude-fable-5-2",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-fable-5-1",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-fable-5",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-mythos-5-2",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-mythos-5-1",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-mythos-5",
        forced_tools: false,
        ..GEN_5
    },
    Model {
        name: "claude-opus-5-5",
        ..GEN_5_FREE
    },
    Model {
        name: "claude-opus-5",
        ..GEN_5
    },
    Model {
        name: "claude-sonnet-5-5",
        ..GEN_5
    },
    Model {
        name: "claude-sonnet-5",
        ..GEN_5
    },
    Model {
        name: "claude-haiku-5-5",
        ..GEN_5
    },
    Model {
        name: "claude-opus-4-8",
        ..GEN_5
    },
    Model {
        name: "claude-opus-4-7",
        ..GEN_4_7
    },
    Model {
        name: "claude-opus-4-6",
        ..GEN_4_6
    },
    Model {
        name: "claude-sonnet-4-6",
        ..GEN_4_6
    },
    Model {
        name: "claude-opus-4-5",
        efforts: THREE,
        ..GEN_4_5
    },
    Model {
        name: "claude-sonnet-4-5",
        ..GEN_4_5
    },
    Model {
        name: "claude-haiku-4-5",
        ..GEN_4_5
    },
    Model {
        name: "claude-opus-4-1",
        sampling: Sampling::OneOf,
        ..OLD
    },
    Model {
        name: "claude-opus-4",
        ..OLD
    },
    Model {
        name: "claude-sonnet-4",
        max_tokens: 64_000,
        ..OLD
    },
    Model {
        name: "claude-3-5-haiku",
        manual_thinking: false,
        max_tokens: 8_192,
        ..OLD
    },
];

pub(super) fn names(models: &Models) -> impl Iterator<Item = &str> {
    let extra = models
        .extra
        .iter()
        .map(String::as_str)
        .filter(|name| *name != "*");
    KNOWN.iter().map(|model| model.name).chain(extra)
}

pub(super) fn exists(name: &str, models: &Models) -> bool {
    find(name).is_some() || models.allow(name)
}

/// The model of a name, which may end in a date (`-20250929`), `-latest` or `-0`.
pub(super) fn find(name: &str) -> Option<&'static Model> {
    let is_date = |text: &str| {
        text.len() == 9
            && text.starts_with('-')
            && text.bytes().skip(1).all(|byte| byte.is_ascii_digit())
    };
    KNOWN.iter().find(|model| {
        name.strip_prefix(model.name)
            .is_some_and(|rest| matches!(rest, "" | "-latest" | "-0") || is_date(rest))
    })
}

pub(super) fn describe(name: &str) -> Value {
    let model = find(name);
    json!({
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-01-01T00:00:00Z",
        "lifecycle": "active",
        "deprecated_at": null,
        "line": null,
        "max_input_tokens": 200_000,
        "max_tokens": model.map_or(OLD.max_tokens, |model| model.max_tokens),
        "capabilities": null,
    })
}
