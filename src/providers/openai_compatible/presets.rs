//! The look-alikes, one row each.
use super::preset::{Param, Preset, Rule};
use crate::providers::{Credential, Provider, Wire};

static OPENAI: Preset = Preset {
    params: &[Param {
        name: "max_tokens",
        rule: Rule::Named("max_completion_tokens"),
    }],
    ..Preset::PLAIN
};

/// The registry's lines.
pub static PROVIDERS: &[Provider] = &[Provider {
    kind: "openai",
    base_url: Some("https://api.openai.com/v1"),
    credential: Credential::Bearer,
    wire: Wire::OpenAi(&OPENAI),
}];
