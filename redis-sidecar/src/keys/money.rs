//! Dollars as they are written: decimals that are never rounded.

use std::fmt;

use serde::de::{Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use tidegate::config::written::{BUDGET_PLACES, LARGEST_BUDGET, Unreadable, decimal};
use tidegate::decimal::plain;

const NANO: u64 = 1_000_000_000;

/// An amount in nano-dollars. It is read from a number or a text with a decimal in it, and written
/// as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usd(u64);

impl Usd {
    /// In nano-dollars.
    pub fn nano(self) -> u64 {
        self.0
    }

    fn parse(text: &str) -> Result<Self, String> {
        let bounds = || format!("more than 0 and at most {LARGEST_BUDGET} dollars");
        let nano = decimal(text, BUDGET_PLACES).map_err(|why| match why {
            Unreadable::NoNumber => "a number of dollars such as `50` or `0.25`".to_owned(),
            Unreadable::TooFine => format!("at most {BUDGET_PLACES} digits after the point"),
            Unreadable::TooLarge => bounds(),
        })?;
        let is_within = (1..=LARGEST_BUDGET * NANO).contains(&nano);
        is_within.then_some(Self(nano)).ok_or_else(bounds)
    }
}

impl fmt::Display for Usd {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&plain(self.0 / NANO, self.0 % NANO, BUDGET_PLACES))
    }
}

impl Serialize for Usd {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Usd {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Decimal)
    }
}

struct Decimal;

impl Visitor<'_> for Decimal {
    type Value = Usd;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a number of dollars")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Usd, E> {
        let wrong = |expected: String| E::invalid_value(Unexpected::Str(text), &expected.as_str());
        Usd::parse(text).map_err(wrong)
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<Usd, E> {
        self.visit_str(&number.to_string())
    }

    /// The shortest decimal that means this number is the one that was written.
    fn visit_f64<E: de::Error>(self, number: f64) -> Result<Usd, E> {
        self.visit_str(&number.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<u64, String> {
        let usd: Result<Usd, _> = serde_json::from_str(json);
        usd.map(Usd::nano).map_err(|error| error.to_string())
    }

    #[test]
    fn amounts_are_exact_as_numbers_and_as_texts() {
        for (json, nano) in [
            ("50", 50_000_000_000),
            ("0.1", 100_000_000),
            ("\"0.1\"", 100_000_000),
            ("1e-9", 1),
            ("\"0.000000001\"", 1),
            ("1234567.891234567", 1_234_567_891_234_567),
            ("9000000", 9_000_000_000_000_000),
        ] {
            assert_eq!(read(json), Ok(nano), "{json}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for json in [
            "0",
            "-1",
            "0.0000000001",
            "9000001",
            "1e30",
            "\"\"",
            "\"1e3\"",
            "\"$5\"",
            "\".5\"",
            "\"5.\"",
            "null",
            "true",
        ] {
            assert!(read(json).is_err(), "{json}: {:?}", read(json));
        }
    }

    #[test]
    fn an_amount_is_written_as_it_is_read() {
        for text in ["50", "0.1", "0.000000001", "1234567.891234567"] {
            assert_eq!(Usd::parse(text).unwrap().to_string(), text);
        }
    }
}
