//! Answers with status 200 that the operator counts as failures.
//!
//! An answer is judged only where there is another attempt to go on to: the last one's reaches the
//! client as it is, unread and unheld.

use super::wire::{JSON, WholeAnswer};
use super::{Provider, ThisAttempt, Turn};
use crate::config::routing::{Flaw, Flaws};
use crate::headers::Headers;
use crate::providers::Observed;
use crate::role::Flow;
use crate::routing::flaws::{self, Beginning};

impl Provider {
    /// Gives the client a whole answer, or leaves it for another attempt; `own` is the provider's,
    /// where its bytes are the client's, and `held` its length.
    pub(super) fn give_or_leave(
        &mut self,
        upstream: &Headers,
        answer: WholeAnswer,
        own: &[u8],
        held: usize,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let Some(flaw) = self.flaw_of(&answer, own) else {
            return self.give(upstream, answer, held, turn);
        };
        self.note(answer.usage, None, answer.service_tier.as_deref());
        self.leave(upstream, flaw, turn)
    }

    /// Leaves a stream that is held: what it has brought is billed.
    pub(super) fn leave_stream(
        &mut self,
        upstream: &Headers,
        observed: &Observed,
        flaw: Flaw,
        turn: &mut Turn<'_>,
    ) -> Flow {
        let usage = self.counted(observed);
        self.note(Some(usage), None, observed.service_tier.as_deref());
        self.leave(upstream, flaw, turn)
    }

    fn leave(&mut self, upstream: &Headers, flaw: Flaw, turn: &mut Turn<'_>) -> Flow {
        if let Some(attempt) = &self.attempt {
            attempt.is_flawed(flaw);
        }
        self.fail(upstream, flaws::error(flaw).into(), turn)
    }

    /// What is to be seen of a stream before it may go; `None` where it need not be held.
    pub(super) fn beginning(&self) -> Option<Beginning> {
        Beginning::of(self.flaws())
    }

    /// The flaws that lead to another attempt.
    pub(super) fn flaws(&self) -> Flaws {
        self.attempt
            .as_ref()
            .map_or(Flaws::NONE, ThisAttempt::flaws)
    }

    fn flaw_of(&self, answer: &WholeAnswer, own: &[u8]) -> Option<Flaw> {
        let wanted = self.flaws();
        if wanted.is_empty() {
            return None;
        }
        let body = answer.body.as_deref().unwrap_or(own);
        if answer.content_type == JSON {
            return flaws::of_whole(body, wanted);
        }
        let mut beginning = Beginning::of(wanted)?;
        beginning.push(body);
        beginning.flaw(true)
    }
}

impl ThisAttempt {
    /// Those of the flaws to look for after which the request goes on to another attempt.
    fn flaws(&self) -> Flaws {
        let wanted = self
            .exchange()
            .map_or(Flaws::NONE, |exchange| exchange.borrow().flaws);
        let flaws = wanted.iter();
        flaws
            .filter(|flaw| self.may_fall_back(&flaws::error(*flaw)))
            .collect()
    }

    /// Notes the flaw for which its answer is left.
    fn is_flawed(&self, flaw: Flaw) {
        if let Some(exchange) = self.exchange()
            && let Some(attempt) = self.entry_of(&mut exchange.borrow_mut())
        {
            attempt.flaw = Some(flaw);
        }
    }
}
