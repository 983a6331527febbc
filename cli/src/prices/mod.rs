//! What targets cost, from the crate `genai-prices`, as the integers that the filter counts with.
//!
//! That crate holds a table of the vendors' list prices, which its authors keep. It answers
//! questions ("what do so many tokens cost?") in doubles and shows no table, so [`probe`] asks until
//! the table is known: each answer is one price times a round number, and rounding to whole
//! pico-dollars for a token gives the decimal that the vendor has published.
//!
//! Prices are those of the day on which a configuration is read. One that changes with the hour of
//! the day is taken at its dearest; what is billed beside tokens and requests (searches, pages) is
//! left out.

mod clock;
mod command;
mod kinds;
mod probe;
mod table;

use std::time::SystemTime;

use tidegate::pricing::Price;

pub(crate) use clock::today;
pub(crate) use command::{Args, run};
pub(crate) use table::{Row, per_million};

use kinds::Vendor;

/// Where prices come from, for the rows of the ledger. A test holds the version to Cargo.lock.
pub(crate) const VERSION: &str = "genai-prices 0.2.1";

/// A target, as far as it matters to what it costs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// Kind of its provider.
    pub(crate) kind: &'a str,
    /// Where its provider is.
    pub(crate) base_url: &'a str,
    /// The provider's name of the model.
    pub(crate) model: &'a str,
    /// When.
    pub(crate) at: SystemTime,
}

/// A list price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Known {
    pub(crate) price: Price,
    /// The vendor and the vendor's model whose price it is, such as `openai/gpt-4o`.
    pub(crate) entry: String,
}

/// Finds a list price. `None`: nobody knows, or what is known is nothing at all, which is not
/// believed.
pub(crate) fn find(question: Question<'_>) -> Option<Known> {
    let vendor = kinds::vendor(question.kind);
    let vendor = match vendor {
        Vendor::Known(id) => probe::Vendor::Id(id),
        Vendor::ByAddress => probe::Vendor::Url(question.base_url),
    };
    probe::find(vendor, question.model, question.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_the_one_that_is_built_in() {
        let lock = include_str!("../../../Cargo.lock");
        let (name, version) = VERSION.split_once(' ').unwrap();
        assert!(lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")));
    }
}
