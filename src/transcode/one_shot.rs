//! A whole answer told as a stream: for an upstream that answers a stream request at once.

use crate::chat::{BlockKind, Choice, Event, Reasoning, Response, Vendor};
use crate::dialects::openai_chat::{AnswerContext, StreamEncoder};

/// The client's bytes of the whole stream.
pub fn one_shot(response: &Response, context: &AnswerContext) -> Vec<u8> {
    let mut told = Told {
        encoder: StreamEncoder::new(context.clone()),
        out: Vec::new(),
        blocks: 0,
    };
    told.event(Event::Start {
        id: response.id.as_deref(),
        model: response.model.as_deref(),
    });
    if let Some(tier) = &response.service_tier {
        told.event(Event::ServiceTier(tier));
    }
    for choice in &response.choices {
        told.choice(choice);
    }
    told.event(Event::Usage(response.usage));
    told.event(Event::End);
    told.out
}

struct Told {
    encoder: StreamEncoder,
    out: Vec<u8>,
    blocks: u32,
}

impl Told {
    fn choice(&mut self, choice: &Choice) {
        let index = choice.index;
        for reasoning in &choice.reasoning {
            self.reasoning(index, reasoning);
        }
        if let Some(text) = &choice.text {
            self.block(index, BlockKind::Text, text, choice.signature.as_deref());
        }
        if let Some(refusal) = &choice.refusal {
            self.block(index, BlockKind::Refusal, refusal, None);
        }
        for annotation in &choice.annotations {
            let annotation = annotation.clone();
            self.event(Event::Annotation {
                choice: index,
                annotation,
            });
        }
        self.media(choice);
        for call in &choice.tool_calls {
            let kind = BlockKind::ToolCall {
                id: &call.id,
                name: &call.name,
                signature: call.signature.as_deref(),
            };
            self.block(index, kind, &call.arguments, None);
        }
        self.vendor(index, choice.vendor.as_ref());
        self.event(Event::Finish {
            choice: index,
            reason: choice.finish_reason,
        });
    }

    fn vendor(&mut self, choice: u32, vendor: Option<&Vendor>) {
        let Some(Vendor { name, parts }) = vendor else {
            return;
        };
        for part in parts {
            self.event(Event::Vendor {
                choice,
                name,
                part: part.clone(),
            });
        }
    }

    /// What the choice has beside words.
    fn media(&mut self, choice: &Choice) {
        let index = choice.index;
        if let Some(tokens) = choice.logprobs.clone() {
            let choice = index;
            self.event(Event::Logprobs { choice, tokens });
        }
        for image in &choice.images {
            self.event(Event::Image {
                choice: index,
                media_type: &image.media_type,
                base64: &image.base64,
            });
        }
        if let Some(base64) = choice.audio.as_deref() {
            let choice = index;
            self.event(Event::Audio { choice, base64 });
        }
    }

    fn reasoning(&mut self, choice: u32, reasoning: &Reasoning<'_>) {
        match reasoning {
            Reasoning::Thinking { text, signature } => {
                self.block(choice, BlockKind::Reasoning, text, signature.as_deref());
            }
            Reasoning::Redacted { data } => {
                self.block(choice, BlockKind::RedactedReasoning { data }, "", None);
            }
        }
    }

    fn block(&mut self, choice: u32, kind: BlockKind<'_>, text: &str, signature: Option<&str>) {
        let block = self.blocks;
        self.blocks += 1;
        self.event(Event::BlockStart {
            block,
            choice,
            kind,
        });
        if !text.is_empty() {
            self.event(Event::BlockDelta { block, text });
        }
        if let Some(signature) = signature {
            self.event(Event::Signature { block, signature });
        }
        self.event(Event::BlockEnd { block });
    }

    fn event(&mut self, event: Event<'_>) {
        self.encoder.encode(event, &mut self.out);
    }
}
