//! `prices`: what targets cost where no list says it, or not what is paid.

use std::collections::BTreeMap;
use std::time::SystemTime;

use tidegate::config::limits::UnknownPrice;
use tidegate::pricing::{Price, Tier};

use super::Provider;
use super::field::{Field, Section};
use super::model::RawModel;
use super::money::Amount;
use crate::prices::{self, Question, per_million};

/// Pico-dollars for a token. No vendor asks for a third of it.
const TOKEN: Amount = Amount {
    places: 6,
    max: 2_000,
    what: "US dollars for a million tokens",
};
/// Pico-dollars for a request.
const REQUEST: Amount = Amount {
    places: 12,
    max: 100,
    what: "US dollars for a request",
};

const TOKENS: [&str; 7] = [
    "input",
    "cached_input",
    "cache_write",
    "cache_write_1h",
    "audio_input",
    "output",
    "audio_output",
];

/// What the file says about prices.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Prices {
    pub(super) unknown: UnknownPrice,
    /// By provider and the provider's name of the model.
    overrides: BTreeMap<(String, String), Price>,
    /// The day whose list prices count.
    at: SystemTime,
}

/// A price and where it is from.
pub(super) type Found = (Option<Price>, String);

impl Prices {
    /// What a target costs.
    pub(super) fn of(&self, provider: &Provider, model: &str) -> Found {
        let key = (provider.filter.name.clone(), model.to_owned());
        if let Some(price) = self.overrides.get(&key) {
            return (Some(price.clone()), "prices.overrides".to_owned());
        }
        match self.list_price(provider, model) {
            Some(known) => (
                Some(known.price),
                format!("{}: {}", prices::VERSION, known.entry),
            ),
            None => (None, "not known".to_owned()),
        }
    }

    /// Where prices are from, for rows of the ledger.
    pub(super) fn version(&self) -> String {
        match self.overrides.is_empty() {
            true => prices::VERSION.to_owned(),
            false => format!("{} with overrides", prices::VERSION),
        }
    }

    fn list_price(&self, provider: &Provider, model: &str) -> Option<prices::Known> {
        prices::find(Question {
            kind: &provider.filter.kind,
            base_url: &provider.base_url(),
            model,
            at: self.at,
        })
    }
}

/// Reads the section.
pub(super) fn read(
    root: &Section<'_>,
    models: &[RawModel<'_>],
    providers: &[Provider],
    at: SystemTime,
) -> Prices {
    let mut prices = Prices {
        unknown: UnknownPrice::default(),
        overrides: BTreeMap::new(),
        at,
    };
    let section = root.optional("prices");
    let Some(section) = section.and_then(|field| field.section(&["unknown", "overrides"], &[]))
    else {
        return prices;
    };
    let unknown = section.optional("unknown").and_then(|field| {
        field.choice(&[
            ("refuse", UnknownPrice::Refuse),
            ("free", UnknownPrice::Free),
        ])
    });
    prices.unknown = unknown.unwrap_or_default();
    let overrides = section
        .optional("overrides")
        .and_then(|field| field.entries());
    for (name, field) in overrides.unwrap_or_default() {
        let Some(provider) = providers
            .iter()
            .find(|provider| provider.filter.name == name)
        else {
            let known = providers
                .iter()
                .map(|provider| provider.filter.name.as_str());
            field.report_unknown("there is no provider", name, known);
            continue;
        };
        read_provider(&mut prices, provider, &field, models);
    }
    prices
}

fn read_provider(
    prices: &mut Prices,
    provider: &Provider,
    field: &Field<'_>,
    models: &[RawModel<'_>],
) {
    let name = &provider.filter.name;
    let targets = models.iter();
    let targets = targets.flat_map(|model| model.targets.iter().chain(&model.shadow));
    let targets = targets.filter(|target| target.provider == *name);
    let known: Vec<_> = targets.map(|target| target.model.as_str()).collect();
    for (model, field) in field.entries().unwrap_or_default() {
        if !known.contains(&model) {
            let what = format!("no target of `{name}` has the model");
            field.report_unknown(&what, model, known.iter().copied());
        }
        let Some(price) = read_price(&field) else {
            continue;
        };
        report_far_from_list(prices, provider, model, &field, &price);
        prices
            .overrides
            .insert((name.clone(), model.to_owned()), price);
    }
}

fn read_price(field: &Field<'_>) -> Option<Price> {
    let known = [&TOKENS[..], &["request", "tiers", "service_tiers"]].concat();
    let section = field.section(&known, &[])?;
    let first = read_tier(&section, 0);
    let request = section.optional("request");
    let request = request.map_or(Some(0), |field| REQUEST.read(&field));
    let mut tiers: Vec<_> = first.into_iter().collect();
    let more = section.optional("tiers").and_then(|field| field.items());
    for item in more.unwrap_or_default() {
        let above = tiers.last().map_or(0, |tier| tier.above);
        tiers.extend(read_larger(&item, above));
    }
    let service_tiers = section.optional("service_tiers");
    let service_tiers = service_tiers.map(|field| read_factors(&field));
    Some(Price {
        tiers: first.map(|_| tiers)?,
        request: request?,
        service_tiers: service_tiers.unwrap_or_default(),
    })
}

/// Prices of requests with more than so many tokens of input.
fn read_larger(field: &Field<'_>, last: u64) -> Option<Tier> {
    let section = field.section(&[&TOKENS[..], &["above"]].concat(), &[])?;
    let above = section.required("above");
    let size = above
        .as_ref()
        .and_then(|field| field.integer(1..=1_000_000_000));
    if let (Some(field), Some(size)) = (above, size)
        && size <= last
    {
        field.report("must be larger than in the tier before");
    }
    read_tier(&section, size?)
}

/// What is not said costs what the next wider kind of tokens does: nothing is free by omission.
fn read_tier(section: &Section<'_>, above: u64) -> Option<Tier> {
    let read = |name: &str| section.optional(name).map(|field| read_token(&field));
    let required = |name: &str| section.required(name).and_then(|field| read_token(&field));
    let (input, output) = (required("input"), required("output"));
    let (cached, audio, audio_out) = (
        read("cached_input"),
        read("audio_input"),
        read("audio_output"),
    );
    let (written, written_1h) = (read("cache_write"), read("cache_write_1h"));
    let (input, output) = (input?, output?);
    let written = written.unwrap_or(Some(input))?;
    Some(Tier {
        above,
        input,
        cache_read: cached.unwrap_or(Some(input))?,
        cache_write_5m: written,
        cache_write_1h: written_1h.unwrap_or(Some(written))?,
        audio_input: audio.unwrap_or(Some(input))?,
        output,
        audio_output: audio_out.unwrap_or(Some(output))?,
    })
}

fn read_token(field: &Field<'_>) -> Option<u64> {
    /// A tenth of a cent for a million tokens: half of the least that any vendor asks for.
    const LEAST: u64 = 1_000;
    let price = TOKEN.read(field)?;
    if (1..LEAST).contains(&price) {
        field.report(
            "is less than 0.001; prices are US dollars for a million tokens, and `0` is free",
        );
    }
    Some(price)
}

/// Factors of the normal price, by the service tier that the provider says it has used.
fn read_factors(field: &Field<'_>) -> Vec<(String, u64)> {
    const FACTOR: Amount = Amount {
        places: 3,
        max: 100,
        what: "times the normal price",
    };
    let entries = field.entries().unwrap_or_default().into_iter();
    let factor = |(name, field): (&str, Field<'_>)| Some((name.to_owned(), FACTOR.read(&field)?));
    entries.filter_map(factor).collect()
}

/// A price that is a hundred times the list price, or a hundredth, is a price for another number
/// of tokens.
fn report_far_from_list(
    prices: &Prices,
    provider: &Provider,
    model: &str,
    field: &Field<'_>,
    price: &Price,
) {
    const FAR: u64 = 100;
    let known = prices.list_price(provider, model);
    let Some((list, said)) = known
        .as_ref()
        .and_then(|known| Some((known.price.tiers.first()?, price.tiers.first()?)))
    else {
        return;
    };
    let pairs = [
        ("input", list.input, said.input),
        ("output", list.output, said.output),
    ];
    for (name, list, said) in pairs {
        let is_far = said > list.saturating_mul(FAR) || said.saturating_mul(FAR) < list;
        if said > 0
            && list > 0
            && is_far
            && let Some(field) = field.lookup(name)
        {
            let (said, list) = (per_million(said), per_million(list));
            field.report(format!(
                "{said} is far from the list price, {list} US dollars for a million tokens"
            ));
        }
    }
}
