//! Finds a model's price list by asking what usage would cost.

#[cfg(test)]
mod tests;

use std::ops::Range;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use genai_prices::{Calculator, PriceCalculation, PriceRequest, Usage};
use tidegate::pricing::{Price, Tier};

use super::Known;

/// Whom to ask about.
#[derive(Debug, Clone, Copy)]
pub(super) enum Vendor<'a> {
    Id(&'a str),
    Url(&'a str),
}

/// No vendor's price changes beyond this size.
const LARGEST: u64 = 1_056_000;
/// So many output tokens make an answer whose price is not lost in rounding.
const MANY: u64 = 1_000_000;

/// How the crate says service tiers, and how providers do.
const SERVICE_TIERS: [(&str, &str, &str); 4] = [
    ("service_tier", "flex", "flex"),
    ("service_tier", "priority", "priority"),
    ("service_tier", "fast", "fast"),
    ("processing", "batch", "batch"),
];

/// Finds the price list.
pub(super) fn find(vendor: Vendor<'_>, model: &str, at: SystemTime) -> Option<Known> {
    let mut model = Model {
        vendor,
        model,
        at,
        context: None,
    };
    let found = model.ask(&[])?;
    model.at = model.dearest_hour();
    let tiers = model.tiers();
    if tiers.iter().all(|tier| tier.input == 0 && tier.output == 0) {
        return None;
    }
    Some(Known {
        entry: format!("{}/{}", found.provider_id, found.model_id),
        price: Price {
            request: pico(found.total_price, 1),
            service_tiers: model.service_tiers(&tiers),
            tiers,
        },
    })
}

/// A model at a time, in a service tier.
#[derive(Debug, Clone, Copy)]
struct Model<'a> {
    vendor: Vendor<'a>,
    model: &'a str,
    at: SystemTime,
    context: Option<(&'a str, &'a str)>,
}

impl Model<'_> {
    /// What so much usage costs; `None`: vendor or model are not known.
    fn ask(&self, usage: &[(&'static str, u64)]) -> Option<PriceCalculation> {
        let usage: Usage = usage
            .iter()
            .map(|(key, count)| (*key, double(*count)))
            .collect();
        let mut request = PriceRequest::new(self.model, &usage).with_timestamp(self.at);
        request = match self.vendor {
            Vendor::Id(id) => request.with_provider_id(id),
            Vendor::Url(url) => request.with_provider_api_url(url),
        };
        if let Some((key, value)) = self.context {
            request = request.with_price_context(key, value);
        }
        Calculator::bundled().calculate(&request).ok()
    }

    /// Pico-dollars for a token of input that is all of this kind, which is named from the widest
    /// kind to the narrowest.
    fn input(&self, size: u64, kinds: &[&'static str]) -> u64 {
        let usage: Vec<_> = kinds.iter().map(|kind| (*kind, size)).collect();
        let price = self.ask(&usage).map_or(0.0, |found| found.input_price);
        pico(price, size)
    }

    /// Pico-dollars for a token of output behind so much input.
    fn output(&self, size: u64, kinds: &[&'static str]) -> u64 {
        let mut usage: Vec<_> = kinds.iter().map(|kind| (*kind, MANY)).collect();
        usage.push(("input_tokens", size));
        let price = self.ask(&usage).map_or(0.0, |found| found.output_price);
        pico(price, MANY)
    }

    /// All prices for requests of this size.
    fn tier(&self, above: u64) -> Tier {
        const ALL: &str = "input_tokens";
        const WRITTEN: &str = "cache_write_tokens";
        let size = above + 1;
        Tier {
            above,
            input: self.input(size, &[ALL]),
            cache_read: self.input(size, &[ALL, "cache_read_tokens"]),
            cache_write_5m: self.input(size, &[ALL, WRITTEN]),
            cache_write_1h: self.input(size, &[ALL, WRITTEN, "cache_write_1h_tokens"]),
            audio_input: self.input(size, &[ALL, "input_audio_tokens"]),
            output: self.output(size, &["output_tokens"]),
            audio_output: self.output(size, &["output_tokens", "output_audio_tokens"]),
        }
    }

    /// The price lists by size of the input.
    fn tiers(&self) -> Vec<Tier> {
        let mut above = vec![0];
        self.changes(1..LARGEST, &mut above);
        above.into_iter().map(|above| self.tier(above)).collect()
    }

    /// The sizes of this range behind which prices change. Prices that are the same at both ends are
    /// the same in between: no vendor makes large input cheaper again.
    fn changes(&self, range: Range<u64>, found: &mut Vec<u64>) {
        let Range { start, end } = range;
        if self.marks(start) == self.marks(end) {
            return;
        }
        if end - start == 1 {
            found.push(start);
            return;
        }
        let middle = start.midpoint(end);
        self.changes(start..middle, found);
        self.changes(middle..end, found);
    }

    /// Prices by which one list is told from another.
    fn marks(&self, size: u64) -> [u64; 2] {
        [
            self.input(size, &["input_tokens"]),
            self.output(size, &["output_tokens"]),
        ]
    }

    /// The time of the day, to the hour, at which tokens cost most.
    fn dearest_hour(&self) -> SystemTime {
        const DAY: u64 = 86_400;
        let since = self
            .at
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        let midnight = UNIX_EPOCH + Duration::from_secs(since - since % DAY);
        let hours = (0..24).map(|hour| midnight + Duration::from_secs(hour * 3_600));
        let cost = |at: &SystemTime| Model { at: *at, ..*self }.sum();
        hours.max_by_key(cost).unwrap_or(self.at)
    }

    /// What much usage of all kinds costs together.
    fn sum(&self) -> u64 {
        const USAGE: [(&str, u64); 3] = [
            ("input_tokens", MANY),
            ("cache_read_tokens", MANY / 2),
            ("output_tokens", MANY),
        ];
        self.ask(&USAGE)
            .map_or(0, |found| pico(found.total_price, 1))
    }

    /// Factors of the service tiers that have prices of their own.
    fn service_tiers(&self, tiers: &[Tier]) -> Vec<(String, u64)> {
        let normal = self.sum();
        let factor = |(key, value, name): &(&'static str, &'static str, &'static str)| {
            let served = Model {
                context: Some((key, value)),
                ..*self
            };
            if served.sum() == normal {
                return None;
            }
            let factors = tiers
                .iter()
                .flat_map(|tier| factors(tier, &served.tier(tier.above)));
            let dearest = factors.max()?;
            (dearest != NORMAL).then(|| ((*name).to_owned(), dearest))
        };
        SERVICE_TIERS.iter().filter_map(factor).collect()
    }
}

/// A factor of one, in thousandths.
const NORMAL: u64 = 1_000;

/// By how much each price differs, in thousandths, rounded up.
fn factors(normal: &Tier, served: &Tier) -> impl Iterator<Item = u64> + use<> {
    let pairs = [
        (normal.input, served.input),
        (normal.cache_read, served.cache_read),
        (normal.output, served.output),
    ];
    let factor = |(normal, served): (u64, u64)| {
        served
            .saturating_mul(NORMAL)
            .checked_add(normal.checked_sub(1)?)?
            .checked_div(normal)
    };
    pairs.into_iter().filter_map(factor)
}

/// A count of tokens; all that are asked about are exact in a double.
fn double(count: u64) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Dollars for so many tokens → the nearest pico-dollar for one.
fn pico(dollars: f64, tokens: u64) -> u64 {
    let each = (dollars * 1e12 / double(tokens)).round();
    // A whole number is written as one; a double has no other way to an integer that cannot fail.
    format!("{each:.0}").parse().unwrap_or(u64::MAX)
}
