//! A streamed answer folded into a whole one, for a model that only streams and a client that does
//! not.
//!
//! What is folded is what a streaming client would have been sent, so that all that is mended there
//! is mended here. A stream that fails or stops without its end is a failure, whatever came before:
//! the client has been sent nothing, and another target can be tried.
//!
//! What it holds is bounded by the size of the answer itself, not of its stream.

mod draft;
mod join;

use super::{AnswerOptions, ClientUsage, Content, Framer, Item};
use crate::chat::Error;
use crate::providers::openai_compatible::preset::Preset;
use crate::providers::openai_compatible::response::Whole;
use crate::providers::{Observed, Passed, Phase, ResponseStream};
use draft::Draft;

/// The answer so far.
pub struct Fold {
    stream: Box<dyn ResponseStream>,
    framer: Framer,
    /// The client's bytes of the last chunk.
    passed: Vec<u8>,
    draft: Draft,
}

impl Fold {
    /// An empty answer, which may have `limit` bytes.
    pub fn new(preset: &'static Preset, options: AnswerOptions, limit: usize) -> Self {
        let options = AnswerOptions {
            usage: ClientUsage::AtEnd,
            bill: None,
            ..options
        };
        Self {
            stream: super::start(preset, options),
            framer: Framer::with_limit(usize::MAX),
            passed: Vec::new(),
            draft: Draft::new(limit),
        }
    }

    /// Takes the next bytes from the upstream.
    pub fn push(&mut self, chunk: &[u8]) {
        self.passed.clear();
        let passed = self.stream.push(chunk, &mut self.passed);
        let bytes = match passed {
            Passed::Unchanged => chunk,
            Passed::Replaced => &self.passed,
        };
        let draft = &mut self.draft;
        let _ = self.framer.push(bytes, |item| take(draft, item));
    }

    /// About how many output tokens have come.
    pub fn output_tokens(&self) -> u64 {
        self.stream.observed().output_tokens
    }

    /// Why there will be no answer, if that is known already.
    pub fn failure(&self) -> Option<Error> {
        match &self.stream.observed().phase {
            Phase::Failed(error) => Some(error.clone()),
            _ => self.draft.too_large(),
        }
    }

    /// The upstream's body is over: the whole answer.
    ///
    /// # Errors
    /// The stream's own error, or that it has stopped too early, or that the answer is too large.
    pub fn finish(mut self) -> Result<Whole, Error> {
        self.passed.clear();
        self.stream.finish(&mut self.passed);
        let draft = &mut self.draft;
        let _ = self.framer.push(&self.passed, |item| take(draft, item));
        self.framer.finish(|item| take(draft, item));
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let Observed {
            usage,
            model,
            service_tier,
            ..
        } = self.stream.observed();
        Ok(Whole {
            usage: *usage,
            model: model.clone(),
            service_tier: service_tier.clone(),
            body: Some(self.draft.into_answer()),
        })
    }
}

fn take(draft: &mut Draft, item: Item<'_>) {
    if let Content::Event(frame) = item.content
        && let Ok(chunk) = serde_json::from_slice(frame.data)
    {
        draft.add(chunk);
    }
}

#[cfg(test)]
mod tests;
