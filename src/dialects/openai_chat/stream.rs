//! From a stream of [`Event`]s to the client's server-sent events.
//!
//! A choice's first chunk tells the role; it is held back until the choice has something to say, so
//! that nothing is sent before the first token, and so that its `content` is `null` where a tool
//! call comes first, as in OpenAI's own streams. `[DONE]` follows [`Event::End`] only. What comes
//! after the end is ignored.
//!
//! Memory: the text of an open reasoning block is kept until the block closes, because a client
//! that must replay it needs text and signature together; one of more than 16 MiB is
//! not offered for replay. All else is written at once.

mod block;
mod choices;
mod chunk;

use block::{Block, Content, Reasoning};
use choices::Choices;
use chunk::{ChunkWriter, Delta};

use super::error;
use super::wire::{self, Annotation, AnswerContext, Image, NO_ARGUMENTS, Thinking};
use crate::chat::{self, BlockKind, Event, FinishReason, VendorPart};

/// Writes a stream.
#[derive(Debug)]
pub struct StreamEncoder {
    context: AnswerContext,
    chunks: ChunkWriter,
    choices: Choices,
    open: Vec<Block>,
    usage: Option<chat::Usage>,
    service_tier: Option<String>,
    is_over: bool,
}

impl StreamEncoder {
    /// The start of a stream.
    pub fn new(context: AnswerContext) -> Self {
        Self {
            chunks: ChunkWriter::new(None, None, &context),
            context,
            choices: Choices::default(),
            open: Vec::new(),
            usage: None,
            service_tier: None,
            is_over: false,
        }
    }

    /// Appends what the client gets for an event.
    pub fn encode(&mut self, event: Event<'_>, out: &mut Vec<u8>) {
        if self.is_over {
            return;
        }
        match event {
            Event::Start { id, model } => {
                self.chunks = ChunkWriter::new(id, model, &self.context);
            }
            Event::BlockStart {
                block,
                choice,
                kind,
            } => self.start_block(block, choice, kind, out),
            Event::BlockDelta { block, text } => self.delta(block, text, out),
            Event::Signature { block, signature } => self.sign(block, signature, out),
            Event::BlockEnd { block } => self.end_block(block, out),
            Event::Annotation { choice, annotation } => self.annotate(choice, &annotation, out),
            Event::Vendor { choice, name, part } => self.vendor(choice, name, &part, out),
            Event::Image {
                choice,
                media_type,
                base64,
            } => self.show(choice, media_type, base64, out),
            Event::Audio { choice, base64 } => self.speak(choice, base64, out),
            Event::Logprobs { choice, tokens } => {
                self.choices.begin(choice, true, &self.chunks, out);
                self.chunks.logprobs(choice, &tokens, out);
            }
            Event::Usage(usage) => self.usage = Some(usage),
            Event::ServiceTier(tier) => self.serve(tier),
            Event::Heartbeat => out.extend_from_slice(b": keep-alive\n\n"),
            Event::Finish { choice, reason } => self.finish(choice, reason, out),
            Event::End => self.end(out),
            Event::Error(error) => self.fail(&error, out),
        }
    }

    fn start_block(&mut self, number: u32, index: u32, kind: BlockKind<'_>, out: &mut Vec<u8>) {
        let chunks = &self.chunks;
        let is_text = kind == BlockKind::Text;
        let choice = self.choices.begin(index, is_text, chunks, out);
        let content = match kind {
            BlockKind::Text => Content::Text { is_empty: true },
            BlockKind::Refusal => Content::Refusal,
            BlockKind::Reasoning => Content::Reasoning(Reasoning::default()),
            BlockKind::RedactedReasoning { data } => {
                let block = choice.thinking_block(Thinking::Redacted { data });
                chunks.delta(index, Delta::ThinkingBlock(block), out);
                Content::Redacted
            }
            BlockKind::ToolCall { id, name, .. } if self.context.custom_tools.contains(name) => {
                let index_of_call = choice.next_tool_call();
                let delta = Delta::CustomCall {
                    index: index_of_call,
                    id,
                    name,
                };
                chunks.delta(index, delta, out);
                Content::CustomCall {
                    index: index_of_call,
                }
            }
            BlockKind::ToolCall {
                id,
                name,
                signature,
            } => {
                let call = choice.next_tool_call();
                let delta = Delta::ToolCall {
                    index: call,
                    id,
                    name,
                    signature,
                };
                chunks.delta(index, delta, out);
                Content::ToolCall {
                    index: call,
                    has_arguments: false,
                }
            }
        };
        self.open.push(Block {
            number,
            choice: index,
            content,
        });
    }

    fn delta(&mut self, number: u32, text: &str, out: &mut Vec<u8>) {
        let Some(block) = self.open.iter_mut().find(|block| block.number == number) else {
            return;
        };
        let delta = match &mut block.content {
            Content::Text { is_empty } => {
                *is_empty = false;
                Delta::Content(text)
            }
            Content::Refusal => Delta::Refusal(text),
            Content::Reasoning(reasoning) => {
                reasoning.add(text);
                Delta::Reasoning(text)
            }
            Content::ToolCall {
                index,
                has_arguments,
            } => {
                *has_arguments = true;
                Delta::Arguments {
                    index: *index,
                    text,
                }
            }
            Content::CustomCall { index } => Delta::CustomInput {
                index: *index,
                text,
            },
            Content::Redacted => return,
        };
        self.chunks.delta(block.choice, delta, out);
    }

    fn sign(&mut self, number: u32, signature: &str, out: &mut Vec<u8>) {
        let Some(block) = self.open.iter_mut().find(|block| block.number == number) else {
            return;
        };
        match &mut block.content {
            Content::Reasoning(reasoning) => reasoning.sign(signature),
            Content::Text { .. } => {
                let delta = Delta::Signature(signature);
                self.chunks.delta(block.choice, delta, out);
            }
            _ => {}
        }
    }

    fn end_block(&mut self, number: u32, out: &mut Vec<u8>) {
        let Some(position) = self.open.iter().position(|block| block.number == number) else {
            return;
        };
        let block = self.open.swap_remove(position);
        let chunks = &self.chunks;
        let choice = self.choices.begin(block.choice, false, chunks, out);
        let delta = match &block.content {
            Content::Reasoning(reasoning) => match reasoning.to_replay() {
                Some(thinking) => Delta::ThinkingBlock(choice.thinking_block(thinking)),
                None => return,
            },
            Content::ToolCall {
                index,
                has_arguments: false,
            } => Delta::Arguments {
                index: *index,
                text: NO_ARGUMENTS,
            },
            Content::Text { is_empty } => {
                let was_null = !std::mem::replace(&mut choice.has_content, true);
                if !(*is_empty && was_null) {
                    return;
                }
                Delta::Content("")
            }
            _ => return,
        };
        chunks.delta(block.choice, delta, out);
    }

    fn annotate(&mut self, index: u32, annotation: &chat::Annotation, out: &mut Vec<u8>) {
        let chunks = &self.chunks;
        let choice = self.choices.begin(index, false, chunks, out);
        let annotation = Annotation::new(annotation, Some(choice.next_annotation()));
        chunks.delta(index, Delta::Annotation(annotation), out);
    }

    fn vendor(&mut self, index: u32, name: &str, part: &VendorPart<'_>, out: &mut Vec<u8>) {
        let chunks = &self.chunks;
        let choice = self.choices.begin(index, false, chunks, out);
        let place = choice.next_of(part);
        chunks.delta(index, Delta::Vendor { name, part, place }, out);
    }

    fn show(&mut self, index: u32, media_type: &str, base64: &str, out: &mut Vec<u8>) {
        let choice = self.choices.begin(index, false, &self.chunks, out);
        let image = Image::new(media_type, base64, Some(choice.next_image()));
        self.chunks.delta(index, Delta::Image(image), out);
    }

    fn speak(&mut self, index: u32, base64: &str, out: &mut Vec<u8>) {
        let choice = self.choices.begin(index, false, &self.chunks, out);
        if !std::mem::replace(&mut choice.has_speech, true) {
            let id = wire::audio_id(&self.context);
            self.chunks.delta(index, Delta::Speech { id: &id }, out);
        }
        self.chunks.delta(index, Delta::Samples(base64), out);
    }

    fn finish(&mut self, index: u32, reason: FinishReason, out: &mut Vec<u8>) {
        let choice = self.choices.begin(index, false, &self.chunks, out);
        choice.has_finished = true;
        if choice.has_speech {
            let expires_at = self.context.created;
            self.chunks
                .delta(index, Delta::SpeechEnd { expires_at }, out);
        }
        let reason = wire::finish_reason(reason, &self.context);
        self.chunks.finish(index, reason, out);
    }

    fn serve(&mut self, tier: &str) {
        self.chunks.set_service_tier(tier);
        if self.context.bill.is_some() {
            self.service_tier = Some(tier.to_owned());
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        self.is_over = true;
        if let Some(usage) = self.usage.filter(|_| self.context.include_usage) {
            let tier = self.service_tier.as_deref();
            let bill = self.context.bill.as_ref();
            let cost = bill.map(|bill| bill.dollars(&usage, tier));
            self.chunks.usage(&usage, cost.as_deref(), out);
        }
        out.extend_from_slice(b"data: [DONE]\n\n");
    }

    /// Ends the answer before its provider does. What a block still lacks it does not get: arguments
    /// that were cut off are no call.
    pub fn stop(&mut self, usage: chat::Usage, out: &mut Vec<u8>) {
        if self.is_over {
            return;
        }
        self.open.clear();
        for choice in self.choices.unfinished() {
            self.finish(choice, FinishReason::Length, out);
        }
        self.usage = Some(usage);
        self.end(out);
    }

    fn fail(&mut self, error: &chat::Error, out: &mut Vec<u8>) {
        self.is_over = true;
        out.extend_from_slice(b"data: ");
        error::write(error, out);
        out.extend_from_slice(b"\n\n");
    }
}

#[cfg(test)]
mod tests;
