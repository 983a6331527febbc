//! Prices as a person reads them: US dollars for a million tokens.

use tidegate::pricing::{Price, Tier};

use crate::table;

/// A target and what it costs.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) provider: String,
    pub(crate) model: String,
    /// `None`: nobody knows.
    pub(crate) price: Option<Price>,
    /// Where the price is from.
    pub(crate) source: String,
}

const HEAD: [&str; 8] = [
    "provider", "model", "input", "cached", "written", "output", "beside", "source",
];

/// The table, one line a target and one more for each larger size of input.
pub(super) fn text(rows: &[Row]) -> String {
    let mut lines = vec![HEAD.map(str::to_owned)];
    lines.extend(rows.iter().flat_map(row_lines));
    table::text(&lines, 2..6)
}

fn row_lines(row: &Row) -> Vec<[String; 8]> {
    let Some(price) = &row.price else {
        let cells = [
            row.provider.as_str(),
            &row.model,
            "?",
            "?",
            "?",
            "?",
            "",
            &row.source,
        ];
        return vec![cells.map(str::to_owned)];
    };
    let tiers = price.tiers.iter().enumerate();
    tiers
        .map(|(index, tier)| tier_line(row, price, tier, index == 0))
        .collect()
}

fn tier_line(row: &Row, price: &Price, tier: &Tier, is_first: bool) -> [String; 8] {
    let (provider, model, source) = match is_first {
        true => (row.provider.clone(), row.model.clone(), row.source.clone()),
        false => (
            String::new(),
            format!("  input > {}", tier.above),
            String::new(),
        ),
    };
    [
        provider,
        model,
        per_million(tier.input),
        per_million(tier.cache_read),
        per_million(tier.cache_write_5m),
        per_million(tier.output),
        if is_first {
            beside(price)
        } else {
            String::new()
        },
        source,
    ]
}

/// Factors of service tiers, and what a request costs by itself.
fn beside(price: &Price) -> String {
    let tiers = price.service_tiers.iter();
    let mut parts: Vec<_> = tiers
        .map(|(name, factor)| format!("{name} ×{}", decimal(*factor, 3)))
        .collect();
    if price.request > 0 {
        parts.push(format!("request {}", decimal(price.request, 12)));
    }
    parts.join(", ")
}

/// Pico-dollars for one token → dollars for a million.
pub(crate) fn per_million(pico: u64) -> String {
    decimal(pico, 6)
}

/// A number of units of 10 to the minus `places`.
fn decimal(number: u64, places: usize) -> String {
    let digits = format!("{number:0>width$}", width = places + 1);
    let (whole, fraction) = digits.split_at(digits.len() - places);
    match fraction.trim_end_matches('0') {
        "" => whole.to_owned(),
        fraction => format!("{whole}.{fraction}"),
    }
}
