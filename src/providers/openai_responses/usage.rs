//! Token counts.
//!
//! `input_tokens` includes what was read from the cache or written to it, `output_tokens` includes
//! reasoning. Cache entries live for half an hour or for twelve; the shorter is counted with other
//! providers' shorter.

use crate::chat::Usage;
use crate::json::{Fault, Reader};

/// The `usage` object.
#[derive(Debug, Default)]
pub(super) struct Counts {
    input: u64,
    cache_read: u64,
    cache_write: u64,
    /// What of `cache_write` lives for twelve hours.
    cache_write_12h: u64,
    output: u64,
    reasoning: u64,
}

impl Counts {
    /// Takes the counts; one that is missing is zero.
    ///
    /// # Errors
    /// [`Fault`] where something else comes.
    pub(super) fn read(reader: &mut Reader<'_>) -> Result<Self, Fault> {
        let mut counts = Self::default();
        reader.object(|reader, name| counts.member(reader, &name.text))?;
        Ok(counts)
    }

    fn member(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "input_tokens" => self.input = count(reader)?,
            "output_tokens" => self.output = count(reader)?,
            "input_tokens_details" => details(reader, &mut |reader, name| {
                match name {
                    "cached_tokens" => self.cache_read = count(reader)?,
                    "cache_write_tokens" => self.cache_write = count(reader)?,
                    "cache_write_tokens_details" => {
                        one_of(reader, "ttl_12h_tokens", &mut self.cache_write_12h)?;
                    }
                    _ => reader.skip()?,
                }
                Ok(())
            })?,
            "output_tokens_details" => one_of(reader, "reasoning_tokens", &mut self.reasoning)?,
            _ => reader.skip()?,
        }
        Ok(())
    }

    /// The counts in disjoint buckets.
    pub(super) fn usage(&self) -> Usage {
        let longer = self.cache_write_12h.min(self.cache_write);
        let reasoning = self.reasoning.min(self.output);
        let cached = self.cache_read.saturating_add(self.cache_write);
        Usage {
            input: self.input.saturating_sub(cached),
            cache_read: self.cache_read,
            cache_write_5m: self.cache_write - longer,
            cache_write_1h: longer,
            output: self.output - reasoning,
            reasoning,
            ..Usage::default()
        }
    }
}

/// Takes an object or `null`.
fn details<'a>(
    reader: &mut Reader<'a>,
    member: &mut dyn FnMut(&mut Reader<'a>, &str) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let object = reader.optional(|reader| reader.object(|reader, name| member(reader, &name.text)));
    object.map(drop)
}

/// Takes details of which only one count is wanted.
fn one_of(reader: &mut Reader<'_>, wanted: &str, kept: &mut u64) -> Result<(), Fault> {
    details(reader, &mut |reader, name| {
        if name != wanted {
            return reader.skip();
        }
        *kept = count(reader)?;
        Ok(())
    })
}

fn count(reader: &mut Reader<'_>) -> Result<u64, Fault> {
    Ok(reader.optional(Reader::integer)?.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(json: &str) -> Usage {
        let mut reader = Reader::new(json.as_bytes()).unwrap();
        Counts::read(&mut reader).unwrap().usage()
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
