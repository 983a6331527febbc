//! The way back: a stream that comes where the client wants the whole answer.
//!
//! The provider was asked for it because the model does not answer otherwise, or answers so by
//! itself. The host holds the stream until it is over, up to the same limit as a whole answer.

use super::wire::{JSON, WholeAnswer};
use super::{Provider, State, Turn};
use crate::chat::Error;
use crate::headers::Headers;
use crate::providers::openai_compatible::Fold;
use crate::role::Flow;

impl Provider {
    /// Takes the next bytes of the stream, `size` with those before them.
    pub(super) fn fold(
        &mut self,
        upstream: Headers,
        mut fold: Box<Fold>,
        size: usize,
        bytes: &[u8],
        end: bool,
        turn: &mut Turn<'_>,
    ) -> Flow {
        fold.push(bytes);
        if let Some(error) = fold.failure() {
            return self.fail(&upstream, error.into(), turn);
        }
        if size > self.settings.max_body_bytes {
            let error = Error::upstream("The provider's answer is too large.");
            return self.fail(&upstream, error.into(), turn);
        }
        if !end {
            self.came(fold.output_tokens());
            self.state = State::Folding {
                upstream,
                fold,
                size,
            };
            return Flow::Pause;
        }
        match fold.finish() {
            Ok(whole) => {
                let answer = WholeAnswer {
                    content_type: JSON,
                    body: whole.body,
                    usage: whole.usage,
                    model: whole.model,
                    service_tier: whole.service_tier,
                };
                self.give_or_leave(&upstream, answer, &[], size, turn)
            }
            Err(error) => self.fail(&upstream, error.into(), turn),
        }
    }
}
