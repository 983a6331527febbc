//! The items of an answer: from the API's places to blocks.
//!
//! Each item opens a block for each of its parts with the part's first text. What no delta has told
//! is told when the item is done, and what no item has told when the answer is over.

use super::finish::finish_reason;
use super::slot::{self, Blocks, Form, OpenPart, OpenThought, Slot};
use super::thought::Held;
use crate::chat::{Annotation, BlockKind, Event, Sink, TokenLogprob};
use crate::providers::json::Few;
use crate::providers::openai_responses::usage::Counts;
use crate::providers::openai_responses::wire::event::{Event as Wire, Piece};
use crate::providers::openai_responses::wire::read::{Answer, Content, Item, Malformed};

/// More open items at a time than any answer has; the API opens one after the other.
const MAX_OPEN: usize = 64;

/// The items so far.
pub(in super::super) struct Items {
    pub(super) service: &'static str,
    pub(super) blocks: Blocks,
    pub(super) open: Vec<Slot>,
    /// The last thought, as long as nobody knows what it has led to.
    pub(super) held: Option<Held>,
    /// Characters of text so far.
    characters: usize,
    called_tools: bool,
}

impl Items {
    pub(in super::super) fn new(service: &'static str) -> Self {
        Self {
            service,
            blocks: Blocks::default(),
            open: Vec::new(),
            held: None,
            characters: 0,
            called_tools: false,
        }
    }

    /// Takes an event that tells of items.
    ///
    /// # Errors
    /// Where there are too many of them, or one that is open opens again.
    pub(super) fn event(&mut self, event: Wire<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        match event {
            Wire::ItemAdded { at, item } => self.add(at, &item, sink),
            Wire::ItemDone { at, item } => self.done(at, &item, sink),
            Wire::Delta {
                at,
                part,
                of,
                text,
                logprobs,
            } => {
                self.delta(at, part, of, &text, sink)?;
                tell_logprobs(logprobs, sink);
                Ok(())
            }
            Wire::Arguments { at, text } => {
                self.whole_arguments(at, &text, sink);
                Ok(())
            }
            Wire::Citation {
                at,
                part,
                annotation,
            } => {
                self.cite(at, part, annotation, sink);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The answer is over. Where nothing has been told yet, its output is told now.
    ///
    /// # Errors
    /// As [`Items::event`].
    pub(in super::super) fn complete(
        &mut self,
        answer: &Answer<'_>,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if !self.blocks.any() && self.open.is_empty() {
            for (at, json) in (0..).zip(answer.output.iter().flat_map(Few::iter)) {
                let item = Item::parse(json)?;
                self.add(at, &item, sink)?;
                self.done(at, &item, sink)?;
            }
        }
        for slot in std::mem::take(&mut self.open) {
            close(slot.form, sink);
        }
        self.settle(None, sink);
        if let Some(counts) = &answer.usage {
            sink.event(Event::Usage(Counts::usage(counts)));
        }
        let reason = finish_reason(answer, self.called_tools);
        sink.event(Event::Finish { choice: 0, reason });
        sink.event(Event::End);
        Ok(())
    }

    fn add(&mut self, at: u64, item: &Item<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if self.open.len() >= MAX_OPEN || self.slot(at).is_some() {
            return Err(Malformed);
        }
        let led_to = match item {
            Item::Message(_) => Some(""),
            Item::Call { id, .. } => Some(&**id),
            Item::Reasoning(_) | Item::Other => None,
        };
        self.settle(led_to, sink);
        let form = match item {
            Item::Message(_) => Form::Message(Vec::new()),
            Item::Reasoning(_) => Form::Reasoning(OpenThought::default()),
            Item::Call { id, name, .. } => {
                self.called_tools = true;
                let kind = BlockKind::ToolCall {
                    id,
                    name,
                    signature: None,
                };
                Form::Call {
                    block: self.blocks.open(kind, sink),
                    has_arguments: false,
                }
            }
            Item::Other => return Ok(()),
        };
        self.open.push(Slot { at, form });
        Ok(())
    }

    fn done(&mut self, at: u64, item: &Item<'_>, sink: &mut dyn Sink) -> Result<(), Malformed> {
        if self.slot(at).is_none() {
            self.add(at, item, sink)?;
        }
        match item {
            Item::Message(parts) => self.whole_message(at, parts, sink)?,
            Item::Call { arguments, .. } => self.whole_arguments(at, arguments, sink),
            Item::Reasoning(thought) => return self.hold(at, thought, sink),
            Item::Other => {}
        }
        if let Some(place) = self.open.iter().position(|slot| slot.at == at) {
            close(self.open.remove(place).form, sink);
        }
        Ok(())
    }

    fn delta(
        &mut self,
        at: u64,
        part: u64,
        of: Piece,
        text: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        match of {
            Piece::Text => self.say(at, part, BlockKind::Text, text, sink),
            Piece::Refusal => self.say(at, part, BlockKind::Refusal, text, sink),
            Piece::Reasoning => {
                self.think(at, part, text, sink);
                Ok(())
            }
            Piece::Arguments => {
                if let Some(Form::Call {
                    block,
                    has_arguments,
                }) = self.slot(at)
                {
                    *has_arguments |= !text.is_empty();
                    slot::delta(*block, text, sink);
                }
                Ok(())
            }
        }
    }

    /// Adds to a part of a message, which opens with its first text.
    fn say(
        &mut self,
        at: u64,
        part: u64,
        kind: BlockKind<'_>,
        text: &str,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if self.slot(at).is_none() {
            self.add(at, &Item::Message(Few::default()), sink)?;
        }
        let mut open = self.open.iter_mut();
        let Some(Form::Message(parts)) = open.find(|s| s.at == at).map(|s| &mut s.form) else {
            return Ok(());
        };
        let block = match parts.iter().find(|open| open.at == part) {
            Some(open) => open.block,
            None => {
                let block = self.blocks.open(kind, sink);
                let start = self.characters;
                let open = OpenPart {
                    at: part,
                    block,
                    start,
                };
                slot::add_part(parts, open).ok_or(Malformed)?;
                block
            }
        };
        if kind == BlockKind::Text {
            self.characters = self.characters.saturating_add(text.chars().count());
        }
        slot::delta(block, text, sink);
        Ok(())
    }

    /// All of a call's arguments, told where no piece of them was.
    fn whole_arguments(&mut self, at: u64, text: &str, sink: &mut dyn Sink) {
        if let Some(Form::Call {
            block,
            has_arguments,
        }) = self.slot(at)
            && !*has_arguments
            && !text.is_empty()
        {
            *has_arguments = true;
            slot::delta(*block, text, sink);
        }
    }

    /// All of a message, told where no piece of it was.
    fn whole_message(
        &mut self,
        at: u64,
        parts: &Few<Content<'_>>,
        sink: &mut dyn Sink,
    ) -> Result<(), Malformed> {
        if !matches!(self.slot(at), Some(Form::Message(open)) if open.is_empty()) {
            return Ok(());
        }
        let known = parts.iter().filter(|part| !matches!(part, Content::Other));
        for (place, content) in (0..).zip(known) {
            match content {
                Content::Refusal(text) => self.say(at, place, BlockKind::Refusal, text, sink)?,
                Content::Text {
                    text,
                    annotations,
                    logprobs,
                } => {
                    self.say(at, place, BlockKind::Text, text, sink)?;
                    tell_logprobs(logprobs.clone(), sink);
                    for annotation in annotations {
                        self.cite(at, place, annotation.clone(), sink);
                    }
                }
                Content::Other => {}
            }
        }
        Ok(())
    }

    /// Reports a citation, its place counted from the start of all text.
    fn cite(&mut self, at: u64, part: u64, cited: Annotation, sink: &mut dyn Sink) {
        let Some(Form::Message(parts)) = self.slot(at) else {
            return;
        };
        let Some(open) = parts.iter().find(|open| open.at == part) else {
            return;
        };
        let annotation = Annotation {
            start: cited.start.saturating_add(open.start),
            end: cited.end.saturating_add(open.start),
            ..cited
        };
        sink.event(Event::Annotation {
            choice: 0,
            annotation,
        });
    }

    pub(super) fn slot(&mut self, at: u64) -> Option<&mut Form> {
        let mut open = self.open.iter_mut();
        open.find(|slot| slot.at == at).map(|slot| &mut slot.form)
    }
}

fn tell_logprobs(tokens: Vec<TokenLogprob>, sink: &mut dyn Sink) {
    if !tokens.is_empty() {
        sink.event(Event::Logprobs { choice: 0, tokens });
    }
}

pub(super) fn close(form: Form, sink: &mut dyn Sink) {
    match form {
        Form::Message(parts) => {
            for part in parts {
                slot::close(part.block, sink);
            }
        }
        Form::Reasoning(OpenThought { block, .. }) => {
            if let Some(block) = block {
                slot::close(block, sink);
            }
        }
        Form::Call { block, .. } => slot::close(block, sink),
    }
}
