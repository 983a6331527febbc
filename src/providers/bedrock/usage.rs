//! Token counts: Bedrock's numbers → disjoint buckets.
//!
//! `inputTokens` excludes what was read from or written to the prompt cache (recorded: `totalTokens`
//! is the sum of all four); reasoning is not told apart from the rest of the output.

use super::wire::read;
use crate::chat::Usage;

/// The counts of an answer. Cache writes of unknown lifetime count as the short one, which is the
/// default.
pub(super) fn buckets(report: &read::Usage<'_>) -> Usage {
    let written = report.cache_write_input_tokens.unwrap_or(0);
    let details = report.cache_details.iter().flatten();
    let hour = details
        .filter(|detail| detail.ttl.as_deref() == Some("1h"))
        .fold(0_u64, |sum, detail| {
            sum.saturating_add(detail.input_tokens.unwrap_or(0))
        });
    let cache_write_1h = hour.min(written);
    Usage {
        input: report.input_tokens.unwrap_or(0),
        cache_read: report.cache_read_input_tokens.unwrap_or(0),
        cache_write_5m: written - cache_write_1h,
        cache_write_1h,
        output: report.output_tokens.unwrap_or(0),
        ..Usage::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Usage {
        buckets(&serde_json::from_str(json).unwrap())
    }

    #[test]
    fn every_token_is_in_one_bucket() {
        let usage = read(
            r#"{"inputTokens":2,"outputTokens":5,"totalTokens":1337,"cacheReadInputTokens":1000,
                "cacheReadInputTokenCount":1000,"cacheWriteInputTokens":330,"serverToolUsage":{},
                "cacheDetails":[{"ttl":"1h","inputTokens":300},{"ttl":"5m","inputTokens":30}]}"#,
        );
        assert_eq!(
            usage,
            Usage {
                input: 2,
                cache_read: 1000,
                cache_write_5m: 30,
                cache_write_1h: 300,
                output: 5,
                ..Usage::default()
            }
        );
        assert_eq!(usage.total(), 1337);
    }

    #[test]
    fn what_is_missing_or_null_is_nothing() {
        let usage = read(r#"{"inputTokens":1,"cacheReadInputTokens":null,"cacheDetails":null}"#);
        assert_eq!((usage.input, usage.total()), (1, 1));
        let usage = read(r#"{"cacheWriteInputTokens":10}"#);
        assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (10, 0));
    }
}
