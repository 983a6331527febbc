//! What there is to say of a model's targets, and of those of the models that it falls back to.

use serde::Serialize;
use tidegate::chat::Usage;
use tidegate::config::routing::{Cause, Sticky, Strategy};
use tidegate::config::runtime::{Model, Stage, Target};
use tidegate::decimal;
use tidegate::policies::auth::Key;
use tidegate::routing::facts::{Facts, Mismatch};
use tidegate::routing::plan::Plan;
use tidegate::routing::profile::{Profile, Wishes};

/// Targets among which one strategy chooses.
#[derive(Debug, Serialize)]
pub(super) struct StageStory {
    /// The fallback model that they belong to; absent for the model's own.
    pub(super) fallback: Option<String>,
    /// After which failures of the targets before; empty for the model's own.
    pub(super) after: Vec<&'static str>,
    pub(super) strategy: &'static str,
    /// What that means here.
    pub(super) order: String,
    /// Those that are tried, in order.
    pub(super) tried: Vec<Tried>,
    pub(super) left_out: Vec<LeftOut>,
}

/// A target that is tried.
#[derive(Debug, Serialize)]
pub(super) struct Tried {
    /// Its place in the whole plan, from 1.
    pub(super) place: usize,
    pub(super) provider: String,
    pub(super) model: String,
    /// With how often it is tried again.
    pub(super) attempts: usize,
    /// What one attempt is expected to cost; absent where nobody knows.
    pub(super) expected_cost_usd: Option<String>,
}

/// A target that is not tried.
#[derive(Debug, Serialize)]
pub(super) struct LeftOut {
    pub(super) provider: String,
    pub(super) model: String,
    pub(super) why: String,
}

/// What is known of the request.
pub(super) struct Sight<'a> {
    pub(super) key: &'a Key,
    pub(super) facts: &'a Facts<'a>,
    pub(super) profile: &'a Profile,
    /// Targets without a price may have been left out.
    pub(super) budgets_count: bool,
    /// `None` where the request is refused.
    pub(super) plan: Option<&'a Plan>,
}

/// All of them, in the order in which they are tried.
pub(super) fn all(model: &Model, sight: &Sight<'_>) -> Vec<StageStory> {
    let stages = model.stages.iter().enumerate();
    stages
        .map(|(index, stage)| tell(index, stage, sight))
        .collect()
}

fn tell(index: usize, stage: &Stage, sight: &Sight<'_>) -> StageStory {
    let planned = sight.plan.iter().flat_map(|plan| &plan.attempts);
    let own = planned
        .enumerate()
        .filter(|(_, attempt)| attempt.stage == index);
    let (places, tried): (Vec<usize>, Vec<&Target>) = own
        .map(|(place, attempt)| (place + 1, &*attempt.target))
        .unzip();
    let left_out = stage
        .targets
        .iter()
        .filter(|target| !tried.contains(target));
    let left_out = left_out.filter_map(|target| {
        Some(LeftOut {
            provider: target.provider.clone(),
            model: target.model.clone(),
            why: why_not(stage, target, sight)?,
        })
    });
    let wishes = &sight.profile.wishes;
    let strategy = wishes.strategy.unwrap_or(stage.strategy);
    StageStory {
        fallback: stage.via.clone(),
        after: stage.causes.iter().map(Cause::name).collect(),
        strategy: strategy.name(),
        order: ordered(strategy, stage, &tried, wishes),
        tried: places
            .into_iter()
            .zip(&tried)
            .map(|(place, target)| told(place, target, sight.profile))
            .collect(),
        left_out: left_out.collect(),
    }
}

fn told(place: usize, target: &Target, profile: &Profile) -> Tried {
    let usage = Usage {
        input: profile.input_tokens,
        output: profile.output_tokens(None),
        ..Usage::default()
    };
    let cost = target.price.as_ref().map(|price| {
        let mut dollars = String::new();
        decimal::dollars(&mut dollars, price.cost(&usage, None));
        dollars
    });
    Tried {
        place,
        provider: target.provider.clone(),
        model: target.model.clone(),
        attempts: target.most_attempts(),
        expected_cost_usd: cost,
    }
}

/// `None` where nothing is wrong with the target itself.
fn why_not(stage: &Stage, target: &Target, sight: &Sight<'_>) -> Option<String> {
    if let Some(via) = stage.via.as_deref().filter(|via| !sight.key.may_use(via)) {
        return Some(format!("the key may not use the model `{via}`"));
    }
    if let Some(mismatch) = sight.facts.mismatch(target) {
        return Some(mismatched(target, mismatch, sight.profile));
    }
    let wishes = &sight.profile.wishes;
    if let Some(wished) = &wishes.targets
        && !wished.iter().any(|name| Wishes::names(name, target))
    {
        return Some("the request names other targets".to_owned());
    }
    if target.price.is_none() && sight.budgets_count {
        return Some("nobody knows its price, and a budget counts".to_owned());
    }
    let why = match wishes.no_fallback {
        true => "the request wants no fallback",
        false => "nothing that goes wrong before it leads to it",
    };
    sight.plan.map(|_| why.to_owned())
}

fn mismatched(target: &Target, mismatch: Mismatch, profile: &Profile) -> String {
    match mismatch {
        Mismatch::Condition => {
            let condition = serde_json::to_string(&target.when).unwrap_or_default();
            format!("it is for other requests, those `when` {condition}")
        }
        Mismatch::Need(need) => format!("it cannot do what the request needs: {}", need.name()),
        Mismatch::ContextLength => format!(
            "about {} tokens of input do not fit into its context of {}",
            profile.input_tokens,
            target.context_window.unwrap_or_default()
        ),
    }
}

/// Why they are in this order.
fn ordered(strategy: Strategy, stage: &Stage, tried: &[&Target], wishes: &Wishes) -> String {
    if wishes.targets.is_some() {
        return "the order in which the request names them".to_owned();
    }
    let order = order(strategy, stage, tried);
    match wishes.strategy {
        Some(_) => format!("{order}, as the request wants it"),
        None => order,
    }
}

/// What the strategy means for these targets.
fn order(strategy: Strategy, stage: &Stage, tried: &[&Target]) -> String {
    match strategy {
        Strategy::Priority => "the order of the configuration".to_owned(),
        Strategy::Weighted => weighted(stage, tried),
        Strategy::Cheapest => "the one whose answer is expected to cost least".to_owned(),
        Strategy::Fastest => "the one that has lately been fastest; nothing is known of that \
             here, and a target of which nothing is known is tried to learn it"
            .to_owned(),
        Strategy::LeastBusy => "the one with the fewest requests under way for its weight; none \
             are under way here, and then each has its turn"
            .to_owned(),
        Strategy::Affinity => "the same for every request of this conversation, so that the \
             provider's prompt cache knows its beginning"
            .to_owned(),
    }
}

fn weighted(stage: &Stage, tried: &[&Target]) -> String {
    let total: u64 = tried.iter().map(|target| u64::from(target.weight)).sum();
    let share = |target: &&Target| {
        let percent = u64::from(target.weight) * 100 / total.max(1);
        format!("{}/{} {percent} %", target.provider, target.model)
    };
    let shares: Vec<_> = tried.iter().map(share).collect();
    let shares = shares.join(", ");
    let once = match &stage.sticky {
        None => return format!("each its share of the requests: {shares}"),
        Some(Sticky::Key) => "each key".to_owned(),
        Some(Sticky::User) => "each `user`".to_owned(),
        Some(Sticky::Header(name)) => format!("each value of the header `{name}`"),
    };
    format!("drawn by weight ({shares}), once for {once}")
}
