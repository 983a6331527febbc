//! Amounts of money, read as the decimals that they are: no float ever holds one.

use super::field::Field;

/// An amount: at most this, with at most so many digits after the point.
#[derive(Debug, Clone, Copy)]
pub(super) struct Amount {
    /// Digits after the point that the unit can hold: 9 for nano-dollars.
    pub(super) places: u32,
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
        let Some((whole, fraction)) = decimal(text) else {
            return Err(format!(
                "must be a number of {} such as `50` or `0.25`, not `{text}`",
                self.what
            ));
        };
        let fraction = fraction.trim_end_matches('0');
        let places = usize::try_from(self.places).unwrap_or(usize::MAX);
        if fraction.len() > places {
            return Err(format!(
                "has more than {places} digits after the point; an amount is never rounded"
            ));
        }
        let digits = format!("{whole}{fraction:0<places$}");
        let amount = digits.parse::<u64>().ok();
        let most = self.max.saturating_mul(10u64.saturating_pow(self.places));
        let amount = amount.filter(|amount| *amount <= most);
        amount.ok_or_else(|| format!("must be at most {} {}", self.max, self.what))
    }
}

/// The digits before and after the point.
fn decimal(text: &str) -> Option<(&str, &str)> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('.') {
        None => digits(text).then_some((text, "")),
        Some((whole, fraction)) => (digits(whole) && digits(fraction)).then_some((whole, fraction)),
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
