//! `reasoning_effort` and the token limit: how much the model may think and write.
//!
//! Three generations of models, three ways: no thinking, a budget in tokens that must be smaller
//! than the answer's limit, and "adaptive" with a level of effort.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::model_profile::{self, ModelProfile, ThinkingOff};
use super::tool_loop;
use super::wire::read::Str;
use super::wire::write::Thinking;
use crate::chat::{Error, ReasoningEffort, Request};
use crate::providers::TargetOptions;
use crate::providers::losses::Losses;

/// The smallest budget that the API takes.
const MIN_BUDGET: u64 = 1024;

/// What was decided.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::providers) struct Plan {
    pub(in crate::providers) max_tokens: Option<u64>,
    /// `None` where the client says it in the API's own words, or the model decides.
    pub(in crate::providers) thinking: Option<Thinking>,
    pub(in crate::providers) effort: Option<&'static str>,
    /// Whether the request asks for thinking: sampling parameters are refused beside it.
    pub(in crate::providers) thinks: bool,
    /// Whether it does with a budget: forced tool calls are refused beside it.
    pub(in crate::providers) has_budget: bool,
}

/// Decides on thinking, effort and the answer's limit. `vendor` is the API's own `thinking`, where
/// the client says it.
///
/// # Errors
/// Where the target is strict and the model cannot do what is asked.
pub(in crate::providers) fn plan(
    request: &Request<'_>,
    target: &TargetOptions<'_>,
    profile: &ModelProfile,
    vendor: Option<&RawValue>,
    losses: &mut Losses,
) -> Result<Plan, Error> {
    let asked = limit(request, profile, losses)?;
    let vendor = vendor
        .map(|json| serde_json::from_str::<VendorThinking<'_>>(json.get()).unwrap_or_default());
    let effort = effort(request, profile, losses)?;
    let thinking = match (&vendor, request.reasoning_effort) {
        (Some(_), _) | (None, None) => None,
        (None, Some(ReasoningEffort::None)) => not_thinking(profile),
        (None, Some(level)) => thinking(level, asked, request, profile, losses)?,
    };
    let budget = match (vendor.as_ref(), thinking) {
        (Some(vendor), _) => vendor.budget_tokens,
        (None, Some(Thinking::Enabled { budget_tokens })) => Some(budget_tokens),
        _ => None,
    };
    let vendor_thinks = vendor.is_some_and(|vendor| vendor.thinks());
    Ok(Plan {
        max_tokens: asked.or_else(|| Some(default_limit(target, profile, budget))),
        thinking,
        effort,
        has_budget: budget.is_some(),
        thinks: vendor_thinks
            || matches!(
                thinking,
                Some(Thinking::Adaptive { .. } | Thinking::Enabled { .. })
            ),
    })
}

/// `thinking` as the client wrote it.
#[derive(Default, Deserialize)]
struct VendorThinking<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Str<'a>>,
    budget_tokens: Option<u64>,
}

impl VendorThinking<'_> {
    fn thinks(&self) -> bool {
        matches!(self.kind.as_deref(), Some("enabled" | "adaptive"))
    }
}

/// The client's limit, which may not be more than the model can write.
fn limit(
    request: &Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<u64>, Error> {
    let most = profile.max_output.unwrap_or(u64::MAX);
    if request.max_output_tokens.is_some_and(|asked| asked > most) {
        losses.clamped("max_completion_tokens")?;
    }
    Ok(request.max_output_tokens.map(|asked| asked.min(most)))
}

/// A limit where the client gives none; it leaves room for the answer beside the thoughts.
fn default_limit(target: &TargetOptions<'_>, profile: &ModelProfile, budget: Option<u64>) -> u64 {
    let limit = target
        .default_max_tokens
        .unwrap_or(profile.default_max_tokens);
    let limit = match budget {
        Some(budget) if limit <= budget => limit.saturating_add(budget),
        _ => limit,
    };
    limit.min(profile.max_output.unwrap_or(u64::MAX))
}

fn not_thinking(profile: &ModelProfile) -> Option<Thinking> {
    match profile.thinking_off {
        ThinkingOff::Unsaid | ThinkingOff::Impossible => None,
        ThinkingOff::Disabled => Some(Thinking::Disabled),
        ThinkingOff::BetweenTools => Some(Thinking::BetweenTools),
    }
}

fn thinking(
    level: ReasoningEffort,
    limit: Option<u64>,
    request: &Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<Thinking>, Error> {
    match profile.thinking {
        model_profile::Thinking::Adaptive => Ok(Some(Thinking::Adaptive {
            display: profile.hides_thinking.then_some("summarized"),
            block_binding: None,
        })),
        model_profile::Thinking::Budget if tool_loop::lacks_thoughts(&request.messages) => {
            let why = "needs the `thinking_blocks` of the turn that this one continues";
            losses
                .dropped_because("reasoning_effort", why)
                .map(|()| None)
        }
        model_profile::Thinking::Budget if limit.is_none_or(|limit| limit > MIN_BUDGET) => {
            losses.emulated("reasoning_effort");
            let room = limit.or(profile.max_output).unwrap_or(u64::MAX) / 2;
            let budget_tokens = budget(level).min(room).max(MIN_BUDGET);
            Ok(Some(Thinking::Enabled { budget_tokens }))
        }
        model_profile::Thinking::Budget | model_profile::Thinking::Never => {
            losses.dropped("reasoning_effort").map(|()| None)
        }
    }
}

/// Thinking budgets; the numbers are pydantic-ai's (2.68.0).
fn budget(level: ReasoningEffort) -> u64 {
    match level {
        ReasoningEffort::None | ReasoningEffort::Minimal => MIN_BUDGET,
        ReasoningEffort::Low => 2048,
        ReasoningEffort::Medium => 10_000,
        ReasoningEffort::High => 16_384,
        ReasoningEffort::XHigh | ReasoningEffort::Max => 32_768,
    }
}

/// `output_config.effort`: the nearest level that the model has.
fn effort(
    request: &Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Option<&'static str>, Error> {
    let wanted: &[&str] = match request.reasoning_effort {
        None => return Ok(None),
        Some(ReasoningEffort::None) if profile.thinking_off != ThinkingOff::Impossible => {
            return Ok(None);
        }
        Some(ReasoningEffort::None) => &["none", "low"],
        Some(ReasoningEffort::Minimal) => &["minimal", "low"],
        Some(ReasoningEffort::Low) => &["low"],
        Some(ReasoningEffort::Medium) => &["medium"],
        Some(ReasoningEffort::High) => &["high"],
        Some(ReasoningEffort::XHigh) => &["xhigh", "max", "high"],
        Some(ReasoningEffort::Max) => &["max", "xhigh", "high"],
    };
    let found = wanted.iter().find(|level| profile.effort.contains(level));
    if found.is_some() && found != wanted.first() {
        losses.clamped("reasoning_effort")?;
    } else if found.is_none() && profile.thinking == model_profile::Thinking::Adaptive {
        // It thinks as hard as it likes.
        losses.dropped("reasoning_effort")?;
    }
    Ok(found.copied())
}
