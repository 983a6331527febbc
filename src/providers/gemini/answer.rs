//! What an answer says, chunk by chunk.
//!
//! A candidate is a choice. Its parts become blocks: a part of the same sort as the one before goes
//! on with its block, any other closes it. Calls come whole, in one part or in several chunks; only
//! Vertex can be made to send arguments piece by piece, and then they are put together first.
//!
//! Why a candidate ended is reported with the end of the answer only: until then the stream can
//! still fail.

use std::collections::BTreeMap;

use super::endpoint::Host;
use super::usage::Tally;
use super::wire::read::{Candidate as WireCandidate, Chunk, MAX_CANDIDATES, PromptFeedback};
use crate::chat::{BlockKind, Error, Event, Sink};
use candidate::Candidate;

mod arguments;
mod candidate;
mod grounding;
mod ids;
mod logprobs;
mod offsets;

/// The answer so far.
pub(super) struct Answer {
    context: Context,
    candidates: BTreeMap<u32, Candidate>,
    tally: Tally,
    tier: Option<&'static str>,
    has_started: bool,
}

/// What is the same for all candidates.
struct Context {
    host: Host,
    /// Names of functions: as sent → as the client knows them.
    names: BTreeMap<String, String>,
    /// The upstream's id of the answer.
    id: String,
    /// Number of the next block.
    next_block: u32,
}

impl Context {
    fn open_block(
        &mut self,
        choice: u32,
        kind: BlockKind<'_>,
        sink: &mut dyn Sink,
    ) -> Result<u32, Error> {
        let block = self.next_block;
        self.next_block = block.checked_add(1).ok_or_else(malformed)?;
        sink.event(Event::BlockStart {
            block,
            choice,
            kind,
        });
        Ok(block)
    }
}

impl Answer {
    pub(super) fn new(host: Host, names: BTreeMap<String, String>) -> Self {
        Self {
            context: Context {
                host,
                names,
                id: String::new(),
                next_block: 0,
            },
            candidates: BTreeMap::new(),
            tally: Tally::default(),
            tier: None,
            has_started: false,
        }
    }

    /// Reports what a chunk says.
    ///
    /// # Errors
    /// Where a part cannot be understood, or a candidate has failed.
    pub(super) fn chunk(&mut self, chunk: &Chunk<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        self.start(chunk, sink);
        for (place, candidate) in (0..).zip(chunk.candidates.iter()) {
            self.candidate(candidate.index.unwrap_or(place), candidate, sink)?;
        }
        if let Some(feedback) = chunk.prompt_feedback() {
            self.feedback(&feedback, sink)?;
        }
        if let Some(report) = &chunk.usage_metadata {
            self.tell_tier(report.tier(), sink);
            self.tally.overlay(report);
            sink.event(Event::Usage(self.tally.usage()));
        }
        Ok(())
    }

    /// Reports the tier, which comes with every chunk, where it is news.
    fn tell_tier(&mut self, tier: Option<&'static str>, sink: &mut dyn Sink) {
        if let Some(name) = tier.filter(|_| tier != self.tier) {
            self.tier = tier;
            sink.event(Event::ServiceTier(name));
        }
    }

    /// The body of a stream is over.
    ///
    /// # Errors
    /// Where the answer is not complete.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.candidates.is_empty() {
            return Err(Error::upstream(
                "Gemini's stream ended before the answer began",
            ));
        }
        if self
            .candidates
            .values()
            .any(|candidate| !candidate.is_finished())
        {
            return Err(Error::upstream(
                "Gemini's stream ended before the answer was complete",
            ));
        }
        self.end_candidates(sink)
    }

    /// There is no more of a whole answer, which need not tell why it ended.
    ///
    /// # Errors
    /// Where there is no answer in it.
    pub(super) fn end_whole(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        if self.candidates.is_empty() {
            return Err(Error::upstream("Gemini's answer holds no candidate"));
        }
        self.end_candidates(sink)
    }

    fn end_candidates(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        for (&choice, candidate) in &mut self.candidates {
            candidate.close(sink)?;
            if !candidate.has_answered() {
                // Withheld, or cut off in its thoughts: clients read an empty text.
                let block = self.context.open_block(choice, BlockKind::Text, sink)?;
                sink.event(Event::BlockEnd { block });
            }
            let reason = candidate.finish();
            sink.event(Event::Finish { choice, reason });
        }
        sink.event(Event::End);
        Ok(())
    }

    fn start(&mut self, chunk: &Chunk<'_>, sink: &mut dyn Sink) {
        if std::mem::replace(&mut self.has_started, true) {
            return;
        }
        let (id, model) = (chunk.response_id(), chunk.model_version());
        let id = id.as_deref().filter(|id| !id.is_empty());
        id.unwrap_or_default().clone_into(&mut self.context.id);
        sink.event(Event::Start {
            id,
            model: model.as_deref(),
        });
    }

    fn candidate(
        &mut self,
        index: u32,
        wire: &WireCandidate<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if index >= MAX_CANDIDATES {
            return Err(malformed());
        }
        let candidate = self.candidates.entry(index).or_default();
        for part in wire.parts.iter() {
            let part = part.as_ref().ok_or_else(malformed)?;
            candidate.part(index, part, &mut self.context, sink)?;
        }
        candidate.report_beside(index, wire, sink);
        candidate.note_finish(wire)
    }

    /// A prompt that is not answered: the client gets a refusal.
    fn feedback(
        &mut self,
        feedback: &PromptFeedback<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let Some(reason) = feedback.block_reason.as_deref() else {
            return Ok(());
        };
        let candidate = self.candidates.entry(0).or_default();
        candidate.close(sink)?;
        if candidate.refuse() {
            let message = feedback.block_reason_message.as_deref();
            let text = match message.filter(|message| !message.is_empty()) {
                Some(message) => message.to_owned(),
                None => format!("The prompt was blocked: {reason}."),
            };
            let block = self.context.open_block(0, BlockKind::Refusal, sink)?;
            sink.event(Event::BlockDelta { block, text: &text });
            sink.event(Event::BlockEnd { block });
        }
        Ok(())
    }
}

fn malformed() -> Error {
    Error::upstream("Gemini's answer holds a part that cannot be understood")
}
