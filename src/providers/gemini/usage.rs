//! Token counts: Gemini's numbers → disjoint buckets.
//!
//! `promptTokenCount` includes what was read from the cache, and `candidatesTokenCount` excludes
//! thoughts; what Google's own tools have returned is counted beside the prompt (google-genai 3.4.0:
//! the total is the sum of prompt, tools, candidates and thoughts).

use super::wire::read::UsageMetadata;
use crate::chat::Usage;

/// The counts of one answer as they grow. Each chunk tells totals so far; a later one may correct
/// the prompt, or leave a field out.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    prompt: u64,
    prompt_audio: u64,
    tool_results: u64,
    tool_results_audio: u64,
    cached: u64,
    cached_audio: u64,
    candidates: u64,
    candidates_audio: u64,
    thoughts: u64,
}

impl Tally {
    /// Takes the next report of the same answer.
    pub(super) fn overlay(&mut self, report: &UsageMetadata<'_>) {
        let counts = [
            (&mut self.prompt, report.prompt_token_count),
            (&mut self.prompt_audio, report.prompt_audio),
            (&mut self.tool_results, report.tool_use_prompt_token_count),
            (&mut self.tool_results_audio, report.tool_use_prompt_audio),
            (&mut self.cached, report.cached_content_token_count),
            (&mut self.cached_audio, report.cache_audio),
            (&mut self.candidates, report.candidates_token_count),
            (&mut self.candidates_audio, report.candidates_audio),
            (&mut self.thoughts, report.thoughts_token_count),
        ];
        for (count, report) in counts {
            if let Some(new) = report.filter(|&n| n > 0) {
                *count = new;
            }
        }
    }

    /// The counts in disjoint buckets.
    pub(super) fn usage(&self) -> Usage {
        let cached = self.cached.min(self.prompt);
        let given = self.prompt.saturating_add(self.tool_results);
        let fresh = given.saturating_sub(cached);
        let audio = self.prompt_audio.saturating_sub(self.cached_audio);
        let audio_input = audio.saturating_add(self.tool_results_audio).min(fresh);
        let audio_output = self.candidates_audio.min(self.candidates);
        Usage {
            input: fresh.saturating_sub(audio_input),
            cache_read: cached,
            audio_input,
            output: self.candidates.saturating_sub(audio_output),
            reasoning: self.thoughts,
            audio_output,
            ..Usage::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::Reader;

    fn tally(reports: &[&str]) -> Usage {
        let mut tally = Tally::default();
        for report in reports {
            let mut reader = Reader::new(report.as_bytes()).unwrap();
            tally.overlay(&UsageMetadata::read(&mut reader).unwrap());
        }
        tally.usage()
    }

    #[test]
    fn each_token_is_counted_once() {
        let usage = tally(&[r#"{"promptTokenCount":100,"cachedContentTokenCount":40,
            "toolUsePromptTokenCount":7,"candidatesTokenCount":20,"thoughtsTokenCount":30,
            "promptTokensDetails":[{"modality":"TEXT","tokenCount":75},{"modality":"AUDIO","tokenCount":25}],
            "cacheTokensDetails":[{"modality":"AUDIO","tokenCount":10}],
            "candidatesTokensDetails":[{"modality":"AUDIO","tokenCount":5}]}"#]);
        let expected = Usage {
            input: 52,
            cache_read: 40,
            audio_input: 15,
            output: 15,
            reasoning: 30,
            audio_output: 5,
            ..Usage::default()
        };
        assert_eq!(usage, expected);
        assert_eq!(usage.total(), 100 + 7 + 20 + 30);
    }

    #[test]
    fn a_later_report_corrects_and_does_not_erase() {
        let usage = tally(&[
            r#"{"promptTokenCount":15,"thoughtsTokenCount":9}"#,
            r#"{"promptTokenCount":13,"candidatesTokenCount":8,"thoughtsTokenCount":0}"#,
            r#"{"trafficType":"ON_DEMAND"}"#,
        ]);
        assert_eq!((usage.input, usage.output, usage.reasoning), (13, 8, 9));
    }

    #[test]
    fn nonsense_does_no_harm() {
        let usage = tally(&[r#"{"promptTokenCount":-1,"cachedContentTokenCount":9,
            "candidatesTokenCount":"x","candidatesTokensDetails":[7],"thoughtsTokenCount":null}"#]);
        assert_eq!(usage, Usage::default());
    }
}
