//! Token counts: Cohere's numbers → disjoint buckets.
//!
//! `tokens` counts what the model has read and written, its own template included; what is billed
//! is less, and stands in where that is all there is. Cached tokens are among the input (recorded).

use super::wire::read;
use crate::chat::Usage;

/// The counts in disjoint buckets.
pub(super) fn usage(report: &read::Usage) -> Usage {
    let tokens = report.tokens.or(report.billed_units).unwrap_or_default();
    let input = count(tokens.input_tokens);
    let cache_read = count(report.cached_tokens).min(input);
    Usage {
        input: input - cache_read,
        cache_read,
        output: count(tokens.output_tokens),
        ..Usage::default()
    }
}

/// A count that comes as a floating-point number; nonsense is nothing.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what is out of range saturates, and the counts are whole and not negative"
)]
fn count(number: Option<f64>) -> u64 {
    number.unwrap_or(0.0).round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Usage {
        usage(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn cached_tokens_are_among_the_input_and_counted_once() {
        let usage = read(
            r#"{"billed_units":{"input_tokens":12,"output_tokens":7},
                "tokens":{"input_tokens":507.0,"output_tokens":10.0},"cached_tokens":448.0}"#,
        );
        assert_eq!((usage.input, usage.cache_read, usage.output), (59, 448, 10));
        assert_eq!(usage.total(), 517);
    }

    #[test]
    fn billed_tokens_stand_in_for_missing_ones() {
        let usage = read(r#"{"billed_units":{"input_tokens":12,"output_tokens":7}}"#);
        assert_eq!((usage.input, usage.output), (12, 7));
    }

    #[test]
    fn nonsense_does_no_harm() {
        let usage =
            read(r#"{"tokens":{"input_tokens":-3.5,"output_tokens":1e300},"cached_tokens":9}"#);
        assert_eq!((usage.input, usage.cache_read), (0, 0));
        assert_eq!(usage.output, u64::MAX);
        assert_eq!(read("{}"), Usage::default());
        assert_eq!(
            read(r#"{"tokens":null,"cached_tokens":null}"#),
            Usage::default()
        );
    }
}
