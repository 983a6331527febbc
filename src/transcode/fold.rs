//! Folds a stream of events into the whole answer, for what only streams and must not.
//!
//! What it holds is bounded: an answer larger than [`LIMIT`] fails.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::chat::{
    BlockKind, Choice, Error, Event, FinishReason, Reasoning, Response, Sink, ToolCall, Usage,
    Vendor, VendorPart,
};

/// Bytes that the texts of an answer may have together.
const LIMIT: usize = 32 * 1024 * 1024;

/// The answer so far.
#[derive(Debug, Default)]
pub struct Fold {
    id: Option<String>,
    model: Option<String>,
    choices: BTreeMap<u32, Draft>,
    open: BTreeMap<u32, Place>,
    usage: Usage,
    service_tier: Option<String>,
    size: usize,
    ending: Option<Result<(), Error>>,
}

/// A choice so far.
#[derive(Debug, Default)]
struct Draft {
    text: Option<String>,
    refusal: Option<String>,
    reasoning: Vec<Reasoning<'static>>,
    tool_calls: Vec<ToolCall<'static>>,
    annotations: Vec<crate::chat::Annotation>,
    vendor: Option<Vendor>,
    finish_reason: Option<FinishReason>,
}

/// Where the deltas of a block go.
#[derive(Debug, Clone, Copy)]
struct Place {
    choice: u32,
    member: Member,
}

#[derive(Debug, Clone, Copy)]
enum Member {
    Text,
    Refusal,
    Reasoning(usize),
    ToolCall(usize),
}

impl Fold {
    /// An empty answer.
    pub fn new() -> Self {
        Self::default()
    }

    /// The whole answer.
    ///
    /// # Errors
    /// The stream's own [`Error`], or that it has not ended.
    pub fn finish(self) -> Result<Response, Error> {
        self.ending
            .unwrap_or_else(|| Err(Error::upstream("the upstream's stream ended too early")))?;
        Ok(Response {
            id: self.id,
            model: self.model,
            choices: self.choices.into_iter().map(choice).collect(),
            usage: self.usage,
            service_tier: self.service_tier,
        })
    }

    fn draft(&mut self, choice: u32) -> &mut Draft {
        self.choices.entry(choice).or_default()
    }

    fn start_block(&mut self, block: u32, choice: u32, kind: BlockKind<'_>) {
        let draft = self.draft(choice);
        let member = match kind {
            BlockKind::Text => {
                draft.text.get_or_insert_default();
                Member::Text
            }
            BlockKind::Refusal => Member::Refusal,
            BlockKind::Reasoning => draft.add_reasoning(Reasoning::Thinking {
                text: Cow::Borrowed(""),
                signature: None,
            }),
            BlockKind::RedactedReasoning { data } => draft.add_reasoning(Reasoning::Redacted {
                data: Cow::Owned(data.to_owned()),
            }),
            BlockKind::ToolCall {
                id,
                name,
                signature,
            } => draft.add_tool_call(id, name, signature),
        };
        self.open.insert(block, Place { choice, member });
    }

    /// The text that a block's deltas add to.
    fn text_of(&mut self, block: u32) -> Option<&mut String> {
        let Place { choice, member } = *self.open.get(&block)?;
        let draft = self.choices.get_mut(&choice)?;
        match member {
            Member::Text => draft.text.as_mut(),
            Member::Refusal => Some(draft.refusal.get_or_insert_default()),
            Member::ToolCall(at) => Some(draft.tool_calls.get_mut(at)?.arguments.to_mut()),
            Member::Reasoning(at) => match draft.reasoning.get_mut(at)? {
                Reasoning::Thinking { text, .. } => Some(text.to_mut()),
                Reasoning::Redacted { .. } => None,
            },
        }
    }

    fn sign(&mut self, block: u32, proof: &str) -> Option<()> {
        let Place { choice, member } = *self.open.get(&block)?;
        let Member::Reasoning(at) = member else {
            return None;
        };
        let reasoning = self.choices.get_mut(&choice)?.reasoning.get_mut(at)?;
        if let Reasoning::Thinking { signature, .. } = reasoning {
            signature.get_or_insert_default().to_mut().push_str(proof);
        }
        Some(())
    }

    fn grow(&mut self, by: usize) {
        self.size = self.size.saturating_add(by);
        if self.size > LIMIT {
            self.ending = Some(Err(Error::upstream(format!(
                "the upstream's answer exceeds {LIMIT} bytes"
            ))));
        }
    }
}

impl Sink for Fold {
    fn event(&mut self, event: Event<'_>) {
        if self.ending.is_some() {
            return;
        }
        match event {
            Event::Start { id, model } => {
                self.id = id.map(str::to_owned);
                self.model = model.map(str::to_owned);
            }
            Event::BlockStart {
                block,
                choice,
                kind,
            } => self.start_block(block, choice, kind),
            Event::BlockDelta { block, text } => {
                self.grow(text.len());
                if let Some(whole) = self.text_of(block) {
                    whole.push_str(text);
                }
            }
            Event::Signature { block, signature } => {
                self.grow(signature.len());
                self.sign(block, signature);
            }
            Event::BlockEnd { block } => drop(self.open.remove(&block)),
            Event::Annotation { choice, annotation } => {
                self.draft(choice).annotations.push(annotation);
            }
            Event::Vendor { choice, name, part } => {
                self.grow(part.size());
                self.draft(choice).add_vendor_part(name, part);
            }
            Event::Usage(usage) => self.usage = usage,
            Event::ServiceTier(tier) => self.service_tier = Some(tier.to_owned()),
            Event::Heartbeat => {}
            Event::Finish { choice, reason } => self.draft(choice).finish_reason = Some(reason),
            Event::End => self.ending = Some(Ok(())),
            Event::Error(error) => self.ending = Some(Err(error)),
        }
    }
}

impl Draft {
    fn add_vendor_part(&mut self, name: &'static str, part: VendorPart<'_>) {
        let vendor = self.vendor.get_or_insert_with(|| Vendor {
            name,
            parts: Vec::new(),
        });
        vendor.parts.push(part.into_owned());
    }

    fn add_reasoning(&mut self, reasoning: Reasoning<'static>) -> Member {
        self.reasoning.push(reasoning);
        Member::Reasoning(self.reasoning.len().saturating_sub(1))
    }

    fn add_tool_call(&mut self, id: &str, name: &str, signature: Option<&str>) -> Member {
        self.tool_calls.push(ToolCall {
            id: Cow::Owned(id.to_owned()),
            name: Cow::Owned(name.to_owned()),
            arguments: Cow::Borrowed(""),
            signature: signature.map(|proof| Cow::Owned(proof.to_owned())),
        });
        Member::ToolCall(self.tool_calls.len().saturating_sub(1))
    }
}

fn choice((index, draft): (u32, Draft)) -> Choice {
    Choice {
        index,
        text: draft.text,
        refusal: draft.refusal,
        reasoning: draft.reasoning,
        tool_calls: draft.tool_calls,
        annotations: draft.annotations,
        vendor: draft.vendor,
        finish_reason: draft.finish_reason.unwrap_or(FinishReason::Stop),
    }
}
