//! What tokens cost, in whole pico-dollars (10⁻¹² USD): no float, no rounding.
//!
//! A price of $0.075 for a million tokens is 75,000 pico-dollars for one. Prices come from the
//! `tidegate` command, compiled into the filter's configuration.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::chat::Usage;
use crate::decimal;

/// Pico-dollars in a nano-dollar, the unit of budgets.
pub const PICO_PER_NANO: u64 = 1_000;
/// The factor of the normal price, in thousandths.
const NORMAL: u64 = 1_000;

/// What one target's tokens cost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Prices by the size of the input: the last one whose `above` is less than the request's input
    /// tokens counts for all of its tokens. The first one's is 0; never empty in a valid price.
    pub tiers: Vec<Tier>,
    /// What a request costs beside its tokens, in pico-dollars.
    #[serde(default)]
    pub request: u64,
    /// Factors for service tiers that the provider says it has used, in thousandths: `batch` 500,
    /// `priority` 2000. One that is not listed costs the normal price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_tiers: Vec<(String, u64)>,
}

/// Pico-dollars for a token of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Counts for requests with more input tokens than this.
    #[serde(default)]
    pub above: u64,
    /// Input that was neither read from nor written to a cache.
    pub input: u64,
    /// Input read from the provider's cache.
    pub cache_read: u64,
    /// Input written to the cache for the shorter time.
    pub cache_write_5m: u64,
    /// Input written to the cache for the longer time.
    pub cache_write_1h: u64,
    /// Audio input.
    pub audio_input: u64,
    /// Output, reasoning included.
    pub output: u64,
    /// Audio output.
    pub audio_output: u64,
}

impl Price {
    /// What this usage costs, in pico-dollars. `service_tier` is what the response says.
    pub fn cost(&self, usage: &Usage, service_tier: Option<&str>) -> u64 {
        let tier = self.tier(usage.total_input());
        let parts = [
            (usage.input, tier.input),
            (usage.cache_read, tier.cache_read),
            (usage.cache_write_5m, tier.cache_write_5m),
            (usage.cache_write_1h, tier.cache_write_1h),
            (usage.audio_input, tier.audio_input),
            (usage.output.saturating_add(usage.reasoning), tier.output),
            (usage.audio_output, tier.audio_output),
        ];
        let tokens = parts.into_iter().fold(0u64, |sum, (count, each)| {
            sum.saturating_add(count.saturating_mul(each))
        });
        let named = self
            .service_tiers
            .iter()
            .find(|(name, _)| Some(&**name) == service_tier);
        let thousandths = named.map_or(NORMAL, |(_, factor)| *factor);
        scaled(tokens, thousandths).saturating_add(self.request)
    }

    /// The most that a request can cost, in pico-dollars: each token at the dearest price of its
    /// direction, in whatever service tier.
    pub fn worst(&self, input: u64, output: u64) -> u64 {
        let most = |price: fn(&Tier) -> u64| self.tiers.iter().map(price).max().unwrap_or(0);
        let input_price = most(|tier| {
            let writes = tier.cache_write_5m.max(tier.cache_write_1h);
            tier.input.max(writes).max(tier.audio_input)
        });
        let output_price = most(|tier| tier.output.max(tier.audio_output));
        let tokens = input
            .saturating_mul(input_price)
            .saturating_add(output.saturating_mul(output_price));
        let factors = self.service_tiers.iter().map(|(_, factor)| *factor);
        let thousandths = factors.fold(NORMAL, u64::max);
        scaled(tokens, thousandths).saturating_add(self.request)
    }

    fn tier(&self, input: u64) -> Tier {
        let reached = self.tiers.iter().rev().find(|tier| tier.above < input);
        reached.or(self.tiers.first()).copied().unwrap_or_default()
    }
}

/// What a request costs while it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bill {
    /// What its earlier attempts have cost, in pico-dollars.
    pub before: u64,
    /// The price of the attempt under way.
    pub price: Arc<Price>,
}

impl Bill {
    /// All attempts together in pico-dollars, with this usage of the one under way.
    pub fn total(&self, usage: &Usage, service_tier: Option<&str>) -> u64 {
        let now = self.price.cost(usage, service_tier);
        self.before.saturating_add(now)
    }

    /// The same in US dollars, as a JSON number.
    pub fn dollars(&self, usage: &Usage, service_tier: Option<&str>) -> String {
        let mut text = String::new();
        decimal::dollars(&mut text, self.total(usage, service_tier));
        text
    }
}

/// An amount times a factor in thousandths, rounded up. Division of 128 bits is slow in wasm, and
/// hardly ever needed.
fn scaled(amount: u64, thousandths: u64) -> u64 {
    if thousandths == NORMAL {
        return amount;
    }
    if let Some(product) = amount.checked_mul(thousandths) {
        return product.div_ceil(NORMAL);
    }
    let product = u128::from(amount) * u128::from(thousandths);
    u64::try_from(product.div_ceil(u128::from(NORMAL))).unwrap_or(u64::MAX)
}

/// A cost in nano-dollars, rounded up.
pub fn nano(pico: u64) -> u64 {
    pico.div_ceil(PICO_PER_NANO)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price() -> Price {
        let low = Tier {
            input: 3_000_000,
            cache_read: 300_000,
            cache_write_5m: 3_750_000,
            cache_write_1h: 6_000_000,
            output: 15_000_000,
            ..Tier::default()
        };
        let high = Tier {
            above: 200_000,
            input: 6_000_000,
            output: 22_500_000,
            ..low
        };
        Price {
            tiers: vec![low, high],
            request: 7,
            service_tiers: vec![("batch".into(), 500), ("priority".into(), 2000)],
        }
    }

    #[test]
    fn each_token_is_priced_once_by_its_kind() {
        let usage = Usage {
            input: 10,
            cache_read: 100,
            cache_write_5m: 1,
            output: 2,
            reasoning: 3,
            ..Usage::default()
        };
        let tokens = 30_000_000 + 30_000_000 + 3_750_000 + 75_000_000;
        assert_eq!(price().cost(&usage, None), tokens + 7);
        assert_eq!(price().cost(&usage, Some("batch")), tokens / 2 + 7);
        assert_eq!(price().cost(&usage, Some("unheard-of")), tokens + 7);
    }

    #[test]
    fn a_long_input_costs_its_tier_for_all_tokens() {
        let usage = |input| Usage {
            input,
            ..Usage::default()
        };
        assert_eq!(price().cost(&usage(200_000), None), 600_000_000_007);
        assert_eq!(price().cost(&usage(200_001), None), 1_200_006_000_007);
    }

    #[test]
    fn the_worst_is_never_less_than_the_cost() {
        let price = price();
        for (input, output) in [(0, 0), (1, 1), (200_001, 4096), (7, 100_000)] {
            for service_tier in [None, Some("batch"), Some("priority")] {
                for usage in [
                    Usage {
                        input,
                        output,
                        ..Usage::default()
                    },
                    Usage {
                        cache_write_1h: input,
                        reasoning: output,
                        ..Usage::default()
                    },
                ] {
                    assert!(price.cost(&usage, service_tier) <= price.worst(input, output));
                }
            }
        }
        assert_eq!(price.worst(u64::MAX, u64::MAX), u64::MAX);
    }

    #[test]
    fn factors_are_exact_however_large_the_amount() {
        assert_eq!(
            (scaled(3, 1_000), scaled(3, 500), scaled(7, 2_000)),
            (3, 2, 14)
        );
        assert_eq!(scaled(u64::MAX, 500), u64::MAX / 2 + 1);
        assert_eq!(scaled(u64::MAX, 1_001), u64::MAX);
    }

    #[test]
    fn nano_dollars_are_rounded_up() {
        assert_eq!((nano(0), nano(1), nano(1000), nano(1001)), (0, 1, 1, 2));
    }
}
