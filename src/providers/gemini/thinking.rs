//! `reasoning_effort`: how much the model thinks.
//!
//! Google's own OpenAI endpoint maps the efforts to budgets of 2.5 and to levels of 3
//! (ai.google.dev, "OpenAI compatibility", checked 2026-11-25), and so does this; what the model
//! cannot do becomes the nearest that it can, and is told. A client that asks for an effort gets to
//! see the thoughts.

use super::model_profile::{Level, ModelProfile, Thinking};
use super::wire::write::ThinkingConfig;
use crate::chat::{Error, ReasoningEffort};
use crate::providers::losses::Losses;

/// Decides on the thinking; `None` leaves it to the model.
///
/// # Errors
/// Where the target is strict and the model cannot do what is asked.
pub(super) fn config(
    effort: Option<ReasoningEffort>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<ThinkingConfig>, Error> {
    let Some(effort) = effort else {
        return Ok(None);
    };
    let include_thoughts = effort != ReasoningEffort::None;
    let config = match profile.thinking {
        Thinking::Never if include_thoughts => {
            return losses.dropped("reasoning_effort").map(|()| None);
        }
        Thinking::Never => return Ok(None),
        Thinking::Budget { least, most } => ThinkingConfig {
            include_thoughts,
            thinking_budget: Some(budget(effort, least, most, losses)?),
            thinking_level: None,
        },
        Thinking::Level(levels) => ThinkingConfig {
            include_thoughts,
            thinking_budget: None,
            thinking_level: level(effort, levels, losses)?,
        },
    };
    Ok(Some(config))
}

fn budget(
    effort: ReasoningEffort,
    least: u64,
    most: u64,
    losses: &mut Losses,
) -> Result<u64, Error> {
    let wanted = match effort {
        ReasoningEffort::None => 0,
        ReasoningEffort::Minimal | ReasoningEffort::Low => 1024,
        ReasoningEffort::Medium => 8192,
        ReasoningEffort::High => 24_576,
        ReasoningEffort::XHigh | ReasoningEffort::Max => most,
    };
    if wanted < least {
        losses.clamped("reasoning_effort")?;
    }
    Ok(wanted.clamp(least, most))
}

/// The nearest level that the model has; of two that are equally near the higher one.
fn level(
    effort: ReasoningEffort,
    levels: &[Level],
    losses: &mut Losses,
) -> Result<Option<&'static str>, Error> {
    let (wanted, is_exact) = match effort {
        ReasoningEffort::None => (Level::Minimal, false),
        ReasoningEffort::Minimal => (Level::Minimal, true),
        ReasoningEffort::Low => (Level::Low, true),
        ReasoningEffort::Medium => (Level::Medium, true),
        ReasoningEffort::High => (Level::High, true),
        ReasoningEffort::XHigh | ReasoningEffort::Max => (Level::High, false),
    };
    let at_least = levels.iter().find(|level| **level >= wanted);
    let found = at_least.or(levels.last()).copied();
    if !is_exact || found != Some(wanted) {
        losses.clamped("reasoning_effort")?;
    }
    Ok(found.map(Level::as_str))
}

#[cfg(test)]
mod tests {
    use super::super::model_profile;
    use super::*;

    fn planned(model: &str, effort: ReasoningEffort) -> (Option<ThinkingConfig>, bool) {
        let mut losses = Losses::new(false, "it");
        let profile = model_profile::find(model);
        let config = config(Some(effort), &profile, &mut losses).unwrap();
        (config, !losses.into_warnings().is_empty())
    }

    #[test]
    fn budgets_are_googles_and_what_cannot_be_is_told() {
        use ReasoningEffort::{High, Low, Max, Medium, Minimal, None};
        for (model, effort, budget, told) in [
            ("gemini-2.5-flash", None, 0, false),
            ("gemini-2.5-pro", None, 128, true),
            ("gemini-2.5-flash", Minimal, 1024, false),
            ("gemini-2.5-flash", Low, 1024, false),
            ("gemini-2.5-pro", Medium, 8192, false),
            ("gemini-2.5-pro", High, 24_576, false),
            ("gemini-2.5-pro", Max, 32_768, false),
            ("gemini-2.5-flash", Max, 24_576, false),
        ] {
            let (config, was_told) = planned(model, effort);
            let config = config.unwrap();
            assert_eq!(config.thinking_budget, Some(budget), "{model} {effort:?}");
            assert_eq!((config.thinking_level, was_told), (Option::None, told));
            assert_eq!(config.include_thoughts, effort != None);
        }
    }

    #[test]
    fn levels_are_those_that_the_model_has() {
        use ReasoningEffort::{High, Max, Medium, Minimal, None, XHigh};
        for (model, effort, level, told) in [
            ("gemini-3-flash-preview", None, "MINIMAL", true),
            ("gemini-3-flash-preview", Minimal, "MINIMAL", false),
            ("gemini-3.8-flash", Minimal, "LOW", true),
            ("gemini-3.8-flash", None, "LOW", true),
            ("gemini-3-pro-preview", Medium, "HIGH", true),
            ("gemini-3.1-pro-preview", Medium, "MEDIUM", false),
            ("gemini-3.1-flash-lite-image", Medium, "HIGH", true),
            ("gemini-3.5-flash", High, "HIGH", false),
            ("gemini-3.5-flash", XHigh, "HIGH", true),
            ("gemini-4-argon", Max, "HIGH", true),
        ] {
            let (config, was_told) = planned(model, effort);
            let config = config.unwrap();
            assert_eq!(config.thinking_level, Some(level), "{model} {effort:?}");
            assert_eq!((config.thinking_budget, was_told), (Option::None, told));
        }
    }

    #[test]
    fn a_model_that_cannot_think_is_not_asked_to() {
        assert_eq!(
            planned("gemini-2.0-flash", ReasoningEffort::High),
            (None, true)
        );
        assert_eq!(
            planned("gemini-2.0-flash", ReasoningEffort::None),
            (None, false)
        );
    }
}
