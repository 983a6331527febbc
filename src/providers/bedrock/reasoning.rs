//! `reasoning_effort`, `thinking` and the token limit: how much the model may think and write.
//!
//! Claude is told in Anthropic's words, the other families with a level in a field of their own; all
//! of it stands in `additionalModelRequestFields`. (`outputConfig.effort` is newer than what the
//! profiles have been measured with.)
//!
//! Claude gets its largest limit where the client gives none, as on Anthropic's API: Bedrock's own
//! default cuts answers off at 4096 tokens, thoughts included. Who pays for that with throttling
//! sets `default_max_tokens`.

use serde::Serialize;

use super::extras::Extras;
use super::model_profile::{Field, ModelProfile, Thinking};
use crate::chat::{Error, ReasoningEffort, Request};
use crate::providers::TargetOptions;
use crate::providers::anthropic::model_profile as claude;
use crate::providers::anthropic::thinking;
use crate::providers::losses::Losses;
use crate::providers::sampling::Sampling;

/// What was decided.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) max_tokens: Option<u64>,
    /// Which of `temperature` and `top_p` may be sent.
    pub(super) sampling: Sampling,
    /// Whether the request asks for thinking beside which these are refused.
    pub(super) thinks: bool,
    /// Whether the model can be made to call a tool.
    pub(super) can_force: bool,
    /// Whether it honours instructions inside the conversation.
    pub(super) system_turns: bool,
}

/// Decides, and writes what the model is told into the extra fields.
///
/// # Errors
/// Where the target is strict and the model cannot do what is asked.
pub(super) fn plan(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
    profile: &ModelProfile,
    extras: &mut Extras<'_>,
    losses: &mut Losses,
) -> Result<Plan, Error> {
    if profile.is_claude() {
        return plan_claude(request, target, extras, losses);
    }
    if extras.translated("thinking").is_some() {
        losses.dropped("thinking")?;
    }
    let said = level(request.reasoning_effort, profile, losses)?;
    let thinks = match (profile.thinking, said) {
        (Thinking::Level(field, _), Some(level)) => {
            tell(field, level, extras);
            level != "none"
        }
        _ => false,
    };
    let always = profile.thinking_does_not_hinder();
    Ok(Plan {
        max_tokens: request.max_output_tokens.or(target.default_max_tokens),
        sampling: profile.sampling,
        thinks: false,
        can_force: profile.tool_choice && (!thinks || always),
        system_turns: false,
    })
}

fn plan_claude(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
    extras: &mut Extras<'_>,
    losses: &mut Losses,
) -> Result<Plan, Error> {
    let model = match super::model_profile::names(target.model) {
        names if names.iter().any(|name| name.contains("claude")) => target.model,
        _ => target
            .options
            .value(super::UNDERLYING_MODEL)
            .unwrap_or_default(),
    };
    let known = claude::find(model);
    if let Some(thinking) = extras.translated("thinking") {
        extras.additional.add("thinking", &thinking);
    }
    let vendor = extras.additional.find("thinking");
    let plan = thinking::plan(request, target, &known, vendor, losses)?;
    if let Some(thinking) = plan.thinking {
        extras.additional.add("thinking", &thinking);
    }
    let takes_effort = known.thinking == claude::Thinking::Adaptive;
    if let Some(effort) = plan.effort.filter(|_| takes_effort) {
        extras.additional.add("output_config", &Effort { effort });
    }
    Ok(Plan {
        max_tokens: plan.max_tokens,
        sampling: known.sampling,
        thinks: plan.thinks,
        can_force: known.forced_tool_choice && !plan.has_budget,
        system_turns: known.system_turns,
    })
}

impl ModelProfile {
    /// Whether tools can be forced while the model thinks: measured for Grok only.
    fn thinking_does_not_hinder(&self) -> bool {
        matches!(self.thinking, Thinking::Level(Field::Reasoning, _))
    }
}

/// The nearest level that the model has.
fn level(
    effort: Option<ReasoningEffort>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<&'static str>, Error> {
    let wanted: &[&str] = match effort {
        None => return Ok(None),
        Some(ReasoningEffort::None) => &["none", "low"],
        Some(ReasoningEffort::Minimal) => &["minimal", "low", "high"],
        Some(ReasoningEffort::Low) => &["low", "high"],
        Some(ReasoningEffort::Medium) => &["medium", "high"],
        Some(ReasoningEffort::High) => &["high"],
        Some(ReasoningEffort::XHigh) => &["xhigh", "max", "high"],
        Some(ReasoningEffort::Max) => &["max", "xhigh", "high"],
    };
    let Thinking::Level(_, levels) = profile.thinking else {
        if effort != Some(ReasoningEffort::None) {
            losses.dropped("reasoning_effort")?;
        }
        return Ok(None);
    };
    let known = |wanted: &&str| levels.iter().copied().find(|level| level == wanted);
    let found = wanted.iter().find_map(known);
    if found.is_some() && found != wanted.first().copied() {
        losses.clamped("reasoning_effort")?;
    }
    Ok(found)
}

/// Writes a level into its field.
fn tell(field: Field, level: &'static str, extras: &mut Extras<'_>) {
    let additional = &mut extras.additional;
    match field {
        Field::ReasoningEffort => additional.add("reasoning_effort", &level),
        Field::Reasoning => additional.add("reasoning", &Effort { effort: level }),
        Field::ReasoningConfig => additional.add("reasoning_config", &level),
        Field::Nova => additional.add(
            "reasoningConfig",
            &ReasoningConfig {
                kind: if level == "none" {
                    "disabled"
                } else {
                    "enabled"
                },
                max_reasoning_effort: Some(level).filter(|level| *level != "none"),
            },
        ),
    }
}

#[derive(Serialize)]
struct Effort {
    effort: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReasoningConfig {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_reasoning_effort: Option<&'static str>,
}
