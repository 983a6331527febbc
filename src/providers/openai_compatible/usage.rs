//! Token counts of the family, settled into disjoint buckets.
//!
//! `prompt_tokens` includes cached tokens and `completion_tokens` includes reasoning, except where
//! they do not: xAI leaves reasoning out of `completion_tokens`, and its `prompt_tokens` can be
//! smaller than what it read from the cache. The counts themselves tell which it is, so that this
//! holds for the same models behind another vendor's door too.

use serde_json::{Map, Value, json};

use crate::chat::Usage;
use crate::json::{Fault, Reader};

/// The `usage` object, in all the spellings that are live.
#[derive(Default)]
struct Counts {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_tokens_details: PromptDetails,
    /// Mistral, beside the usual spelling (client SDK mistralai 3.7.0, checked 2026-11-21).
    prompt_token_details: PromptDetails,
    /// Mistral's third spelling.
    num_cached_tokens: Option<u64>,
    /// DeepSeek (api-docs.deepseek.com, context caching, checked 2026-11-21).
    prompt_cache_hit_tokens: Option<u64>,
    completion_tokens_details: CompletionDetails,
}

#[derive(Default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

#[derive(Default)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

/// Takes the token counts of a `usage` object; nothing where it is not an object.
pub(super) fn take(reader: &mut Reader<'_>) -> Result<Option<Usage>, Fault> {
    let mut counts = Counts::default();
    let is_object = reader.members(|reader, name| counts.member(reader, name))?;
    Ok(is_object.then(|| counts.settle()))
}

impl Counts {
    fn member(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<(), Fault> {
        match name {
            "prompt_tokens" => self.prompt_tokens = count(reader)?,
            "completion_tokens" => self.completion_tokens = count(reader)?,
            "total_tokens" => self.total_tokens = count(reader)?,
            "num_cached_tokens" => self.num_cached_tokens = count(reader)?,
            "prompt_cache_hit_tokens" => self.prompt_cache_hit_tokens = count(reader)?,
            "prompt_tokens_details" => self.prompt_tokens_details.take(reader)?,
            "prompt_token_details" => self.prompt_token_details.take(reader)?,
            "completion_tokens_details" => self.completion_tokens_details.take(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

impl PromptDetails {
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let member = |reader: &mut Reader<'_>, name: &str| {
            match name {
                "cached_tokens" => self.cached_tokens = count(reader)?,
                "cache_write_tokens" => self.cache_write_tokens = count(reader)?,
                "audio_tokens" => self.audio_tokens = count(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        };
        reader.members(member).map(drop)
    }
}

impl CompletionDetails {
    fn take(&mut self, reader: &mut Reader<'_>) -> Result<(), Fault> {
        let member = |reader: &mut Reader<'_>, name: &str| {
            match name {
                "reasoning_tokens" => self.reasoning_tokens = count(reader)?,
                "audio_tokens" => self.audio_tokens = count(reader)?,
                _ => reader.skip()?,
            }
            Ok(())
        };
        reader.members(member).map(drop)
    }
}

/// The token counts of a `usage` object's bytes.
pub(super) fn read_json(json: &[u8]) -> Option<Usage> {
    take(&mut Reader::new(json).ok()?).ok()?
}

/// Writes the counts into the client's `usage` object as OpenAI would; other fields stay.
pub(super) fn write(usage: &Usage, object: &mut Map<String, Value>) {
    object.insert("prompt_tokens".to_owned(), json!(usage.total_input()));
    object.insert("completion_tokens".to_owned(), json!(usage.total_output()));
    object.insert("total_tokens".to_owned(), json!(usage.total()));
    set_detail(
        object,
        "prompt_tokens_details",
        "cached_tokens",
        usage.cache_read,
    );
    set_detail(
        object,
        "completion_tokens_details",
        "reasoning_tokens",
        usage.reasoning,
    );
}

/// Sets one detail, unless it is zero and nobody has spoken of it.
fn set_detail(object: &mut Map<String, Value>, details: &str, name: &str, count: u64) {
    match object.get_mut(details) {
        Some(Value::Object(details)) => {
            details.insert(name.to_owned(), json!(count));
        }
        _ if count > 0 => {
            object.insert(details.to_owned(), json!({ name: count }));
        }
        _ => {}
    }
}

impl Counts {
    fn settle(&self) -> Usage {
        let cache_read = self.cached();
        let prompt = &self.prompt_tokens_details;
        let cache_write = prompt.cache_write_tokens.unwrap_or(0);
        let audio_input = prompt.audio_tokens.unwrap_or(0);
        let completion = &self.completion_tokens_details;
        let reasoning = completion.reasoning_tokens.unwrap_or(0);
        let audio_output = completion.audio_tokens.unwrap_or(0);
        Usage {
            input: self.uncached_prompt(cache_read, cache_write.saturating_add(audio_input)),
            cache_read,
            cache_write_5m: cache_write,
            cache_write_1h: 0,
            audio_input,
            output: self.text_output(reasoning).saturating_sub(audio_output),
            reasoning,
            audio_output,
        }
    }

    fn cached(&self) -> u64 {
        (self.prompt_tokens_details.cached_tokens)
            .or(self.prompt_token_details.cached_tokens)
            .or(self.num_cached_tokens)
            .or(self.prompt_cache_hit_tokens)
            .unwrap_or(0)
    }

    /// What is left of the prompt without the cached part. A prompt smaller than its cached part
    /// has left it out (seen with xAI).
    fn uncached_prompt(&self, cached: u64, other: u64) -> u64 {
        let prompt = self.prompt_tokens.unwrap_or(0);
        let included = if cached > prompt { 0 } else { cached };
        prompt.saturating_sub(included).saturating_sub(other)
    }

    /// What is left of the completion without reasoning. The total says whether the completion
    /// includes it: xAI's does not (recorded: 12 prompt + 1 completion + 290 reasoning = 303).
    fn text_output(&self, reasoning: u64) -> u64 {
        let completion = self.completion_tokens.unwrap_or(0);
        let apart = self
            .prompt_tokens
            .unwrap_or(0)
            .saturating_add(completion)
            .saturating_add(reasoning);
        let is_apart = self.total_tokens == Some(apart) || reasoning > completion;
        completion.saturating_sub(if is_apart { 0 } else { reasoning })
    }
}

/// Takes a count that may be `null`, a float without a fraction, or nonsense.
fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    let text = reader.text()?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    Ok(whole.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Usage> {
        take(&mut Reader::new(json.as_bytes()).unwrap()).unwrap()
    }

    fn settled(json: &str) -> Usage {
        read(json).unwrap()
    }

    #[test]
    fn openai_prompt_includes_cached_and_completion_includes_reasoning() {
        let usage = settled(
            r#"{"prompt_tokens":100,"completion_tokens":50,"total_tokens":150,
                "prompt_tokens_details":{"cached_tokens":60,"cache_write_tokens":10,"audio_tokens":5},
                "completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":4}}"#,
        );
        let expected = Usage {
            input: 25,
            cache_read: 60,
            cache_write_5m: 10,
            cache_write_1h: 0,
            audio_input: 5,
            output: 16,
            reasoning: 30,
            audio_output: 4,
        };
        assert_eq!(usage, expected);
        assert_eq!(usage.total(), 150);
    }

    #[test]
    fn xai_completion_excludes_reasoning() {
        let usage = settled(
            r#"{"prompt_tokens":12,"completion_tokens":1,"total_tokens":303,
                "prompt_tokens_details":{"cached_tokens":11},
                "completion_tokens_details":{"reasoning_tokens":290}}"#,
        );
        assert_eq!((usage.output, usage.reasoning), (1, 290));
        assert_eq!((usage.input, usage.cache_read), (1, 11));
        assert_eq!(usage.total(), 303);
    }

    #[test]
    fn xai_prompt_smaller_than_its_cached_part_excludes_it() {
        let usage = settled(
            r#"{"prompt_tokens":4,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":9}}"#,
        );
        assert_eq!((usage.input, usage.cache_read), (4, 9));
    }

    #[test]
    fn cached_tokens_are_found_in_every_spelling() {
        for json in [
            r#"{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":4}}"#,
            r#"{"prompt_tokens":9,"prompt_token_details":{"cached_tokens":4}}"#,
            r#"{"prompt_tokens":9,"num_cached_tokens":4}"#,
            r#"{"prompt_tokens":9,"prompt_cache_hit_tokens":4,"prompt_cache_miss_tokens":5}"#,
        ] {
            let usage = settled(json);
            assert_eq!((usage.input, usage.cache_read), (5, 4), "{json}");
        }
    }

    #[test]
    fn null_float_and_nonsense_counts_are_read_as_far_as_they_go() {
        let usage = settled(
            r#"{"prompt_tokens":3.0,"completion_tokens":null,"total_tokens":"x","prompt_tokens_details":[]}"#,
        );
        assert_eq!((usage.input, usage.output), (3, 0));
    }

    #[test]
    fn a_usage_that_is_no_object_is_none() {
        assert!(read("[1]").is_none());
    }

    #[test]
    fn rewritten_usage_keeps_the_vendors_extras() {
        let mut object: Map<String, Value> = serde_json::from_str(
            r#"{"prompt_tokens":12,"completion_tokens":1,"total_tokens":303,"num_sources_used":0,
                "completion_tokens_details":{"reasoning_tokens":290,"audio_tokens":0}}"#,
        )
        .unwrap();
        let usage = Usage {
            input: 12,
            output: 1,
            reasoning: 290,
            ..Usage::default()
        };
        write(&usage, &mut object);
        assert_eq!(
            Value::Object(object),
            json!({"prompt_tokens":12,"completion_tokens":291,"total_tokens":303,"num_sources_used":0,
                   "completion_tokens_details":{"reasoning_tokens":290,"audio_tokens":0}})
        );
    }
}
