//! Amounts of money, read as the decimals that they are: no float ever holds one.

use tidegate::config::written::{Unreadable, decimal};

use super::field::Field;

/// An amount: at most this, with at most so many digits after the point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    /// Digits after the point that the unit can hold: 9 for nano-dollars.
    pub(super) places: usize,
    /// The most, in whole dollars.
    pub(super) max: u64,
    /// Such as `US dollars`.
    pub(super) what: &'static str,
}

impl Amount {
    /// Reads it, in units of 10 to the minus [`places`](Self::places) dollars.
    pub(super) fn read(self, field: &Field<'_>) -> Option<u64> {
        let text = field.text()?;
        let read = self.parse(text);
        if let Err(problem) = &read {
            field.report(problem);
        }
        read.ok()
    }

    fn parse(self, text: &str) -> Result<u64, String> {
        let Self { places, max, what } = self;
        let too_large = || format!("must be at most {max} {what}");
        let amount = decimal(text, places).map_err(|why| match why {
            Unreadable::NoNumber => {
                format!("must be a number of {what} such as `50` or `0.25`, not `{text}`")
            }
            Unreadable::TooFine => {
                format!("has more than {places} digits after the point; an amount is never rounded")
            }
            Unreadable::TooLarge => too_large(),
        })?;
        let places = u32::try_from(places).unwrap_or(u32::MAX);
        let most = max.saturating_mul(10u64.saturating_pow(places));
        (amount <= most).then_some(amount).ok_or_else(too_large)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NANO: Amount = Amount {
        places: 9,
        max: 9_000_000,
        what: "US dollars",
    };

    #[test]
    fn decimals_are_exact() {
        for (text, nano) in [
            ("50", 50_000_000_000),
            ("0.1", 100_000_000),
            ("0.000000001", 1),
            ("0.30", 300_000_000),
            ("9000000", 9_000_000_000_000_000),
            ("0.1000000000000", 100_000_000),
            ("007", 7_000_000_000),
        ] {
            assert_eq!(NANO.parse(text), Ok(nano), "{text}");
        }
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for wrong in [
            "", "$5", "1e3", "-1", "1_000", ".5", "5.", "1,5", "0x1", "٣", "1.2.3",
        ] {
            assert!(
                NANO.parse(wrong).unwrap_err().contains("such as"),
                "{wrong}"
            );
        }
        assert!(NANO.parse("0.0000000001").unwrap_err().contains("digits"));
        for much in ["9000000.1", "9000001", "99999999999999999999999"] {
            assert!(NANO.parse(much).unwrap_err().contains("at most"), "{much}");
        }
    }
}
