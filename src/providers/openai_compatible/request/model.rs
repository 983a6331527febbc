//! What OpenAI's own models do not take, by the table of models.
//!
//! A model that reasons refuses sampling parameters instead of ignoring them ("Unsupported
//! parameter: …", recorded), so that every agent framework that always sends `temperature` fails.
//! They are left out and named.

use super::params::left_out;
use crate::chat::{Error, ReasoningEffort};
use crate::dialects::openai_chat::Scan;
use crate::providers::losses::Losses;
use crate::providers::openai_compatible::edit::Fate;
use crate::providers::openai_compatible::preset::{Models, Param, Preset, Rule};
use crate::providers::openai_models::{self, ModelProfile, Reasoning};

/// Refused by a model that reasons (learn.microsoft.com, "Azure OpenAI reasoning models", and the
/// SDK's notes on single parameters). Of `temperature` the default may be said.
const OF_NO_USE_TO_REASONING: &[Param] = &[
    param("frequency_penalty", Rule::Refused),
    param("logit_bias", Rule::Refused),
    param("logprobs", Rule::Refused),
    param("presence_penalty", Rule::Refused),
    param("temperature", Rule::RefusedBut(&["1", "1.0"])),
    param("top_logprobs", Rule::Refused),
    param("top_p", Rule::Fixed(&["1", "1.0"])),
];
const NO_STOP: &[Param] = &[param("stop", Rule::Refused)];
const ONE_CALL: &[Param] = &[param("parallel_tool_calls", Rule::Refused)];

const fn param(name: &'static str, rule: Rule) -> Param {
    Param {
        name,
        models: &["*"],
        rule,
    }
}

/// What the model of one request does not take.
pub(super) struct ModelRules {
    profile: Option<&'static ModelProfile>,
    reasons: bool,
}

impl ModelRules {
    pub(super) fn of(preset: &Preset, model: &str, scan: &Scan<'_>) -> Self {
        let profile = match preset.models {
            Models::OpenAi => openai_models::find(model),
            Models::Any => None,
        };
        let effort = scan.reasoning_effort.as_deref();
        let effort = effort.and_then(ReasoningEffort::from_word);
        let reasons = |row: &ModelProfile| row.reasons(effort.map(|effort| row.nearest(effort)));
        Self {
            profile,
            reasons: profile.is_some_and(reasons),
        }
    }

    /// The rule for a field that it treats differently.
    pub(super) fn rule(&self, field: &str) -> Option<&'static Param> {
        let profile = self.profile?;
        let unless = |taken: bool, params: &'static [Param]| if taken { &[] } else { params };
        let params = [
            unless(!self.reasons, OF_NO_USE_TO_REASONING),
            unless(profile.stop, NO_STOP),
            unless(profile.parallel_tool_calls, ONE_CALL),
        ];
        let mut params = params.into_iter().flatten();
        params.find(|param| param.name == field)
    }

    /// What becomes of `reasoning_effort`, whose value is `json`. A word that is not known may be
    /// next year's.
    pub(super) fn effort(&self, json: &[u8], losses: &mut Losses) -> Result<Fate, Error> {
        const NAME: &str = "reasoning_effort";
        let Some(profile) = self.profile else {
            return Ok(Fate::Stays);
        };
        if profile.reasoning == Reasoning::Never {
            return match json {
                b"\"none\"" => Ok(Fate::Goes),
                _ => left_out(NAME, json, losses),
            };
        }
        let word: Option<&str> = serde_json::from_slice(json).ok();
        match word.and_then(ReasoningEffort::from_word) {
            Some(asked) if profile.nearest(asked) != asked => {
                losses.clamped(NAME)?;
                let nearest = profile.nearest(asked).as_str();
                Ok(Fate::Becomes(format!("\"{nearest}\"")))
            }
            _ => Ok(Fate::Stays),
        }
    }
}
