//! Each target's price, and what to say where a budget applies to one that has none.

use std::sync::Arc;

use tidegate::config::limits::{LimitsConfig, Measure, UnknownPrice};
use tidegate::config::runtime::{Auth, Model, Target, VirtualKey};

use super::model::RawModel;
use super::{Prices, Provider};

/// Fills in what is known.
pub(super) fn fill(models: &mut [Model], providers: &[Provider], prices: &Prices) {
    let targets = models.iter_mut().flat_map(|model| {
        let targets = model.stages.iter_mut().flat_map(|stage| &mut stage.targets);
        targets.chain(model.shadow.as_mut().map(Arc::make_mut))
    });
    for target in targets {
        let provider = providers.iter().find(|p| p.filter.name == target.provider);
        target.price = provider
            .and_then(|provider| prices.of(provider, &target.model).0)
            .map(Arc::new);
    }
}

/// Reports each target without a price that somebody with a budget can reach.
pub(super) fn report_unknown(
    raw: &[RawModel<'_>],
    models: &[Model],
    providers: &[Provider],
    limits: &LimitsConfig,
    auth: Option<&Auth>,
    prices: &Prices,
) {
    if prices.unknown == UnknownPrice::Free {
        return;
    }
    let mut said: Vec<(&str, &str)> = Vec::new();
    for (raw, model) in raw.iter().zip(models) {
        let Some(budget) = budget_over(model, limits, auth) else {
            continue;
        };
        for target in model.targets().filter(|target| target.price.is_none()) {
            let name = (target.provider.as_str(), target.model.as_str());
            // A provider with a mistake has been reported, and is not here.
            let is_read = providers.iter().any(|p| p.filter.name == target.provider);
            if is_read && !said.contains(&name) {
                raw.field.report(problem(target, budget));
                said.push(name);
            }
        }
    }
}

fn problem(target: &Target, budget: &str) -> String {
    let Target {
        provider, model, ..
    } = target;
    format!(
        "nobody knows what `{model}` of `{provider}` costs, and a budget applies to it ({budget}): \
         give its price under `prices.overrides.{provider}`, or let it be free, by \
         `prices: {{unknown: free}}`"
    )
}

/// A budget that a request for this model can meet.
fn budget_over<'a>(
    model: &Model,
    limits: &'a LimitsConfig,
    auth: Option<&Auth>,
) -> Option<&'a str> {
    let keys = match auth {
        Some(Auth::Keys(keys)) => keys.as_slice(),
        _ => &[],
    };
    let allows = |key: &&VirtualKey| {
        let models = key.models.as_ref();
        models.is_none_or(|models| models.contains(&model.name))
    };
    let of_keys = keys.iter().filter(allows).flat_map(|key| &key.counters);
    let places = limits.everyone.iter().chain(&model.counters).chain(of_keys);
    let mut counters = places.filter_map(|place| limits.counters.get(*place));
    let budget = counters.find(|counter| counter.measure == Measure::Cost);
    budget.map(|counter| counter.id.as_str())
}
