/// Token counts in disjoint buckets: each token is in exactly one of them, so that each can be
/// priced once.
///
/// Providers disagree on what includes what (OpenAI's `prompt_tokens` includes cached tokens,
/// Anthropic's `input_tokens` excludes them, xAI's `completion_tokens` excludes reasoning); the
/// mapping of each provider settles it here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Text input that was neither read from nor written to a cache.
    pub input: u64,
    /// Input read from the provider's prompt cache.
    pub cache_read: u64,
    /// Input written to the cache for the provider's shorter time (Anthropic: 5 minutes).
    pub cache_write_5m: u64,
    /// Input written to the cache for the longer time (Anthropic: 1 hour).
    pub cache_write_1h: u64,
    /// Audio input.
    pub audio_input: u64,
    /// Text output without reasoning.
    pub output: u64,
    /// Output spent on reasoning.
    pub reasoning: u64,
    /// Audio output.
    pub audio_output: u64,
}

impl Usage {
    /// All input tokens: OpenAI's `prompt_tokens`.
    pub fn total_input(&self) -> u64 {
        self.input
            .saturating_add(self.cache_read)
            .saturating_add(self.cache_write())
            .saturating_add(self.audio_input)
    }

    /// All output tokens: OpenAI's `completion_tokens`.
    pub fn total_output(&self) -> u64 {
        self.output
            .saturating_add(self.reasoning)
            .saturating_add(self.audio_output)
    }

    /// Input written to a cache, whatever its lifetime.
    pub fn cache_write(&self) -> u64 {
        self.cache_write_5m.saturating_add(self.cache_write_1h)
    }

    /// The tokens of a stream so far: what its provider has `said`, else about `input`; and the
    /// `output` that has come beyond that.
    #[must_use]
    pub fn so_far(said: Option<Self>, input: u64, output: u64) -> Self {
        let mut usage = said.unwrap_or(Self {
            input,
            ..Self::default()
        });
        let uncounted = output.saturating_sub(usage.total_output());
        usage.output = usage.output.saturating_add(uncounted);
        usage
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            input: self.input.saturating_add(other.input),
            cache_read: self.cache_read.saturating_add(other.cache_read),
            cache_write_5m: self.cache_write_5m.saturating_add(other.cache_write_5m),
            cache_write_1h: self.cache_write_1h.saturating_add(other.cache_write_1h),
            audio_input: self.audio_input.saturating_add(other.audio_input),
            output: self.output.saturating_add(other.output),
            reasoning: self.reasoning.saturating_add(other.reasoning),
            audio_output: self.audio_output.saturating_add(other.audio_output),
        }
    }

    /// Input and output together: OpenAI's `total_tokens`.
    pub fn total(&self) -> u64 {
        self.total_input().saturating_add(self.total_output())
    }
}
