//! Token counts.
//!
//! `input_tokens` includes what was read from the cache or written to it, `output_tokens` includes
//! reasoning. Cache entries live for half an hour or for twelve; the shorter is counted with other
//! providers' shorter.

use serde::Deserialize;

use crate::chat::Usage;

/// The `usage` object.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Counts {
    input_tokens: Option<u64>,
    input_tokens_details: Option<InputDetails>,
    output_tokens: Option<u64>,
    output_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
struct InputDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    cache_write_tokens_details: Option<CacheWriteDetails>,
}

#[derive(Debug, Default, Deserialize)]
struct CacheWriteDetails {
    ttl_12h_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
}

impl Counts {
    /// The counts in disjoint buckets.
    pub(super) fn usage(&self) -> Usage {
        let input = self.input_tokens.unwrap_or(0);
        let details = self.input_tokens_details.as_ref();
        let cache_read = details.and_then(|d| d.cached_tokens).unwrap_or(0);
        let cache_write = details.and_then(|d| d.cache_write_tokens).unwrap_or(0);
        let lifetimes = details.and_then(|d| d.cache_write_tokens_details.as_ref());
        let longer = lifetimes.and_then(|d| d.ttl_12h_tokens).unwrap_or(0);
        let longer = longer.min(cache_write);
        let output = self.output_tokens.unwrap_or(0);
        let of_output = self.output_tokens_details.as_ref();
        let reasoning = of_output.and_then(|d| d.reasoning_tokens).unwrap_or(0);
        let reasoning = reasoning.min(output);
        Usage {
            input: input.saturating_sub(cache_read).saturating_sub(cache_write),
            cache_read,
            cache_write_5m: cache_write - longer,
            cache_write_1h: longer,
            output: output - reasoning,
            reasoning,
            ..Usage::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(json: &str) -> Usage {
        serde_json::from_str::<Counts>(json).unwrap().usage()
    }

    #[test]
    fn each_token_is_in_one_bucket() {
        let usage = usage(
            r#"{"input_tokens":100,"output_tokens":50,"total_tokens":150,
                "input_tokens_details":{"cached_tokens":60,"cache_write_tokens":30,
                  "cache_write_tokens_details":{"ttl_30m_tokens":20,"ttl_12h_tokens":10}},
                "output_tokens_details":{"reasoning_tokens":44}}"#,
        );
        assert_eq!((usage.input, usage.cache_read), (10, 60));
        assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (20, 10));
        assert_eq!((usage.output, usage.reasoning), (6, 44));
        assert_eq!(usage.total(), 150);
    }

    #[test]
    fn details_may_be_missing_or_larger_than_the_whole() {
        let seen = usage(r#"{"input_tokens":3,"output_tokens":2,"input_tokens_details":null}"#);
        assert_eq!((seen.input, seen.output), (3, 2));
        let seen = usage(
            r#"{"input_tokens":3,"output_tokens":2,"input_tokens_details":{"cached_tokens":9,
                "cache_write_tokens_details":{"ttl_12h_tokens":7}},
                "output_tokens_details":{"reasoning_tokens":5}}"#,
        );
        assert_eq!((seen.input, seen.reasoning, seen.cache_write_1h), (0, 2, 0));
    }
}
