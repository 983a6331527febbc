//! Token counts: Anthropic's numbers → disjoint buckets.
//!
//! `input_tokens` excludes what was read from or written to the prompt cache, `output_tokens`
//! includes thinking (SDK 2.11.0, `types/usage.py`, checked 2026-11-21). What the server spends on
//! compacting the conversation stands in `iterations` alone (`types/beta/beta_usage.py`, checked
//! 2026-11-25), and is added.

use serde_json::value::RawValue;

use super::wire::read::{self, Iteration};
use crate::chat::Usage;

/// The counts of one answer as they grow.
///
/// In a stream every message gives totals so far, not additions. `message_delta` may raise the
/// input over what `message_start` said, or leave fields out, or give 0 where the host counts
/// input at the start only: so a later number replaces an earlier one, but for a zero input.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    output: u64,
    thinking: u64,
    compaction: Compaction,
}

/// The counts of compactions.
#[derive(Debug, Clone, Copy, Default)]
struct Compaction {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    output: u64,
}

impl Tally {
    /// Takes the next report of the same answer.
    pub(super) fn overlay(&mut self, report: &read::Usage<'_>) {
        replace_unless_zero(&mut self.input, report.input_tokens);
        replace_unless_zero(&mut self.cache_read, report.cache_read_input_tokens);
        replace_unless_zero(&mut self.cache_write, report.cache_creation_input_tokens);
        if let Some(split) = report.cache_creation() {
            let five_minutes = split.ephemeral_5m_input_tokens.unwrap_or(0);
            let hour = split.ephemeral_1h_input_tokens;
            replace_unless_zero(&mut self.cache_write_1h, hour);
            let total = five_minutes.saturating_add(hour.unwrap_or(0));
            self.cache_write = self.cache_write.max(total);
        }
        self.output = report.output_tokens.unwrap_or(self.output);
        if let Some(details) = &report.output_tokens_details {
            self.thinking = details.thinking_tokens.unwrap_or(self.thinking);
        }
        if let Some(compaction) = report.iterations.and_then(Compaction::among) {
            self.compaction = compaction;
        }
    }

    /// The counts in disjoint buckets. Cache writes of unknown lifetime count as the short one,
    /// which is Anthropic's default.
    pub(super) fn usage(&self) -> Usage {
        let reasoning = self.thinking.min(self.output);
        let cache_write_1h = self.cache_write_1h.min(self.cache_write);
        Usage {
            input: self.input.saturating_add(self.compaction.input),
            cache_read: self.cache_read.saturating_add(self.compaction.cache_read),
            cache_write_5m: (self.cache_write - cache_write_1h)
                .saturating_add(self.compaction.cache_write),
            cache_write_1h,
            output: (self.output - reasoning).saturating_add(self.compaction.output),
            reasoning,
            ..Usage::default()
        }
    }
}

impl Compaction {
    /// The sum of the compactions among all rounds; `None` where there are none.
    fn among(iterations: &RawValue) -> Option<Self> {
        if !iterations.get().contains("compaction") {
            return None;
        }
        let rounds: Vec<Iteration<'_>> = serde_json::from_str(iterations.get()).ok()?;
        let compactions = rounds
            .iter()
            .filter(|round| round.kind.as_deref() == Some("compaction"));
        Some(compactions.fold(Self::default(), |sum, round| {
            let add = |count: u64, more: Option<u64>| count.saturating_add(more.unwrap_or(0));
            Self {
                input: add(sum.input, round.input_tokens),
                cache_read: add(sum.cache_read, round.cache_read_input_tokens),
                cache_write: add(sum.cache_write, round.cache_creation_input_tokens),
                output: add(sum.output, round.output_tokens),
            }
        }))
    }
}

fn replace_unless_zero(count: &mut u64, report: Option<u64>) {
    if let Some(new) = report.filter(|&n| n > 0) {
        *count = new;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(reports: &[&str]) -> Usage {
        let mut tally = Tally::default();
        for report in reports {
            tally.overlay(&serde_json::from_str(report).unwrap());
        }
        tally.usage()
    }

    #[test]
    fn cached_input_is_counted_once() {
        let usage = tally(&[
            r#"{"input_tokens":5,"cache_read_input_tokens":1000,"cache_creation_input_tokens":30,
                "cache_creation":{"ephemeral_5m_input_tokens":10,"ephemeral_1h_input_tokens":20},
                "output_tokens":44,"output_tokens_details":{"thinking_tokens":33}}"#,
        ]);
        assert_eq!(
            usage,
            Usage {
                input: 5,
                cache_read: 1000,
                cache_write_5m: 10,
                cache_write_1h: 20,
                output: 11,
                reasoning: 33,
                ..Usage::default()
            }
        );
        assert_eq!(usage.total(), 5 + 1000 + 30 + 44);
    }

    #[test]
    fn cache_writes_without_a_split_have_the_short_lifetime() {
        let usage = tally(&[r#"{"input_tokens":5,"cache_creation_input_tokens":30}"#]);
        assert_eq!((usage.cache_write_5m, usage.cache_write_1h), (30, 0));
    }

    #[test]
    fn a_later_report_replaces_and_is_not_added() {
        let usage = tally(&[
            r#"{"input_tokens":10,"output_tokens":1}"#,
            r#"{"input_tokens":25,"cache_read_input_tokens":7,"output_tokens":30}"#,
            r#"{"output_tokens":42}"#,
        ]);
        assert_eq!((usage.input, usage.cache_read, usage.output), (25, 7, 42));
    }

    #[test]
    fn a_zero_input_does_not_replace() {
        let usage = tally(&[
            r#"{"input_tokens":10,"cache_read_input_tokens":3,"output_tokens":1}"#,
            r#"{"input_tokens":0,"cache_read_input_tokens":0,"output_tokens":0}"#,
        ]);
        assert_eq!((usage.input, usage.cache_read, usage.output), (10, 3, 0));
    }

    #[test]
    fn compactions_are_added_once() {
        let usage = tally(&[
            r#"{"input_tokens":10,"output_tokens":1}"#,
            r#"{"output_tokens":30,"iterations":[
                {"type":"compaction","input_tokens":500,"output_tokens":70,"cache_read_input_tokens":8},
                {"type":"message","input_tokens":10,"output_tokens":30}]}"#,
            r#"{"output_tokens":31}"#,
        ]);
        assert_eq!((usage.input, usage.cache_read, usage.output), (510, 8, 101));
    }

    #[test]
    fn nulls_and_nonsense_do_no_harm() {
        let usage = tally(&[
            r#"{"input_tokens":null,"cache_creation":null,"output_tokens":2,
                "output_tokens_details":{"thinking_tokens":9}}"#,
        ]);
        assert_eq!((usage.output, usage.reasoning), (0, 2));
    }
}
