//! One candidate: from parts to blocks.

use std::borrow::Cow;

use super::super::finish_reason::finish_reason;
use super::super::signature;
use super::super::wire::read::{Blob, Candidate as WireCandidate, FunctionCall, Part};
use super::arguments::{self, Arguments};
use super::offsets::Offsets;
use super::{Context, grounding, ids, logprobs, malformed};
use crate::chat::{Annotation, BlockKind, Error, Event, FinishReason, Sink};

/// Most citations of a candidate.
const MAX_ANNOTATIONS: usize = 1024;

/// A candidate so far.
#[derive(Default)]
pub(super) struct Candidate {
    open: Option<Open>,
    /// How many calls there have been.
    calls: u32,
    text: Offsets,
    annotations: Vec<Annotation>,
    /// Whether there is something for the client beside thoughts.
    has_answered: bool,
    finish: Option<FinishReason>,
}

/// The block that is open.
enum Open {
    Text {
        block: u32,
    },
    Reasoning {
        block: u32,
    },
    /// A call whose arguments come piece by piece.
    Call {
        block: u32,
        arguments: Arguments,
    },
}

impl Candidate {
    pub(super) fn is_finished(&self) -> bool {
        self.finish.is_some()
    }

    /// Why it ended, as far as it is known.
    pub(super) fn finish(&self) -> FinishReason {
        match self.finish {
            None | Some(FinishReason::Stop) if self.calls > 0 => FinishReason::ToolCalls,
            known => known.unwrap_or(FinishReason::Stop),
        }
    }

    pub(super) fn has_answered(&self) -> bool {
        self.has_answered
    }

    /// Nothing more comes: the prompt is not answered. Says whether that is news.
    pub(super) fn refuse(&mut self) -> bool {
        let reason = FinishReason::ContentFilter;
        self.has_answered = true;
        self.finish.replace(reason) != Some(reason)
    }

    /// Keeps why it ended, if the chunk tells.
    ///
    /// # Errors
    /// Where it has failed.
    pub(super) fn note_finish(&mut self, wire: &WireCandidate<'_>) -> Result<(), Error> {
        if let Some(reason) = wire.finish_reason.as_deref() {
            let message = wire.finish_message();
            let reason = finish_reason(Some(reason), message.as_deref(), self.calls > 0)?;
            self.finish = Some(reason);
        }
        Ok(())
    }

    /// Reports a part.
    ///
    /// # Errors
    /// Where it cannot be understood.
    pub(super) fn part(
        &mut self,
        choice: u32,
        part: &Part<'_>,
        context: &mut Context,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        let signature = part.thought_signature.as_deref().filter(|s| !s.is_empty());
        self.text.begin_part();
        if let Some(call) = part.function_call().map_err(|_| malformed())? {
            return self.call(choice, &call, signature, context, sink);
        }
        if let Some(blob) = part.inline_data().map_err(|_| malformed())? {
            self.has_answered |= !part.is_thought && show(choice, &blob, sink);
            return Ok(());
        }
        let text = part.text.as_deref().unwrap_or_default();
        self.say(choice, part.is_thought, text, signature, context, sink)
    }

    /// Reports what a chunk tells beside the parts.
    pub(super) fn report_beside(
        &mut self,
        choice: u32,
        wire: &WireCandidate<'_>,
        sink: &mut dyn Sink,
    ) {
        if let Some(tokens) = wire.logprobs_result().as_ref().map(logprobs::tokens)
            && !tokens.is_empty()
        {
            sink.event(Event::Logprobs { choice, tokens });
        }
        let found = grounding::annotations(wire, &self.text);
        for annotation in found {
            if self.annotations.len() < MAX_ANNOTATIONS && !self.annotations.contains(&annotation) {
                self.annotations.push(annotation.clone());
                sink.event(Event::Annotation { choice, annotation });
            }
        }
        self.text.end_chunk();
    }

    /// Closes what is open.
    ///
    /// # Errors
    /// Where a call's arguments have grown too large.
    pub(super) fn close(&mut self, sink: &mut dyn Sink) -> Result<(), Error> {
        let block = match self.open.take() {
            None => return Ok(()),
            Some(Open::Text { block } | Open::Reasoning { block }) => block,
            Some(Open::Call { block, arguments }) => {
                let text = &arguments.into_json()?;
                sink.event(Event::BlockDelta { block, text });
                block
            }
        };
        sink.event(Event::BlockEnd { block });
        Ok(())
    }

    /// Reports text or thoughts; without text there may be a signature, and else nothing.
    fn say(
        &mut self,
        choice: u32,
        is_thought: bool,
        text: &str,
        signature: Option<&str>,
        context: &mut Context,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if text.is_empty() && (signature.is_none() || self.has_nothing_to_sign()) {
            return Ok(());
        }
        let block = match self.open {
            Some(Open::Text { block }) if !is_thought => block,
            Some(Open::Reasoning { block }) if is_thought => block,
            _ => self.open_words(choice, is_thought, context, sink)?,
        };
        if !text.is_empty() {
            sink.event(Event::BlockDelta { block, text });
        }
        if let Some(proof) = signature {
            let signature = &signature::stamp(context.host, proof);
            sink.event(Event::Signature { block, signature });
        }
        if !is_thought {
            self.text.add(text);
        }
        Ok(())
    }

    /// A turn of calls only has no text that an empty part's signature could belong to.
    fn has_nothing_to_sign(&self) -> bool {
        self.calls > 0 && !matches!(self.open, Some(Open::Text { .. }))
    }

    fn open_words(
        &mut self,
        choice: u32,
        is_thought: bool,
        context: &mut Context,
        sink: &mut dyn Sink,
    ) -> Result<u32, Error> {
        self.close(sink)?;
        let kind = if is_thought {
            BlockKind::Reasoning
        } else {
            BlockKind::Text
        };
        let block = context.open_block(choice, kind, sink)?;
        self.has_answered |= !is_thought;
        self.open = Some(if is_thought {
            Open::Reasoning { block }
        } else {
            Open::Text { block }
        });
        Ok(block)
    }

    fn call(
        &mut self,
        choice: u32,
        call: &FunctionCall<'_>,
        signature: Option<&str>,
        context: &mut Context,
        sink: &mut dyn Sink,
    ) -> Result<(), Error> {
        if let Some(name) = call.name.as_deref().filter(|name| !name.is_empty()) {
            self.close(sink)?;
            let text = &*call.args.map_or(Cow::Borrowed("{}"), arguments::compact);
            let id = call.id.as_deref().filter(|id| !id.is_empty());
            let block = self.open_call(choice, id, (name, text), signature, context, sink)?;
            let is_whole = call.partial_args.is_none() && call.will_continue != Some(true);
            if is_whole {
                sink.event(Event::BlockDelta { block, text });
                sink.event(Event::BlockEnd { block });
                return Ok(());
            }
            let arguments = Arguments::new(call.args);
            self.open = Some(Open::Call { block, arguments });
        }
        self.go_on(call, sink)
    }

    /// Takes pieces of the open call's arguments.
    fn go_on(&mut self, call: &FunctionCall<'_>, sink: &mut dyn Sink) -> Result<(), Error> {
        let pieces = call.partial_args.as_deref().unwrap_or_default();
        match &mut self.open {
            Some(Open::Call { arguments, .. }) => {
                for piece in pieces {
                    arguments.add(piece)?;
                }
            }
            // The end of a call that has ended already.
            _ if pieces.is_empty() && call.args.is_none() => return Ok(()),
            _ => return Err(malformed()),
        }
        if call.will_continue == Some(true) {
            return Ok(());
        }
        self.close(sink)
    }

    fn open_call(
        &mut self,
        choice: u32,
        id: Option<&str>,
        call: (&str, &str),
        signature: Option<&str>,
        context: &mut Context,
        sink: &mut dyn Sink,
    ) -> Result<u32, Error> {
        let (name, _) = call;
        let id = match id {
            Some(id) => Cow::Borrowed(id),
            None => Cow::Owned(ids::made_up(&context.id, choice, self.calls, call)),
        };
        self.calls = self.calls.checked_add(1).ok_or_else(malformed)?;
        self.has_answered = true;
        let known = context.names.get(name).cloned();
        let signature = signature.map(|proof| signature::stamp(context.host, proof));
        let kind = BlockKind::ToolCall {
            id: &id,
            name: known.as_deref().unwrap_or(name),
            signature: signature.as_deref(),
        };
        context.open_block(choice, kind, sink)
    }
}

/// Reports a picture or speech, and whether it is one; the API makes nothing else.
fn show(choice: u32, blob: &Blob<'_>, sink: &mut dyn Sink) -> bool {
    let media_type = blob.mime_type.as_deref().unwrap_or_default();
    let Some(base64) = blob.data.as_deref().filter(|data| !data.is_empty()) else {
        return false;
    };
    if media_type.starts_with("image/") {
        sink.event(Event::Image {
            choice,
            media_type,
            base64,
        });
        return true;
    }
    let is_audio = media_type.starts_with("audio/");
    if is_audio {
        sink.event(Event::Audio { choice, base64 });
    }
    is_audio
}
