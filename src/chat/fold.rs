//! Folds a stream of events into the whole answer, for what only streams and must not.
//!
//! What it holds is bounded: an answer larger than [`LIMIT`] fails.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{
    BlockKind, Choice, Error, Event, Image, Reasoning, Response, Sink, TokenLogprob, ToolCall,
    Usage, Vendor, VendorPart,
};

/// Bytes that the texts of an answer may have together.
const LIMIT: usize = 32 * 1024 * 1024;

/// The answer so far.
#[derive(Debug, Default)]
pub struct Fold {
    id: Option<String>,
    model: Option<String>,
    choices: BTreeMap<u32, Choice>,
    open: BTreeMap<u32, Place>,
    usage: Usage,
    service_tier: Option<String>,
    size: usize,
    ending: Option<Result<(), Error>>,
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
            choices: self.choices.into_values().collect(),
            usage: self.usage,
            service_tier: self.service_tier,
        })
    }

    fn choice(&mut self, index: u32) -> &mut Choice {
        let new = || Choice {
            index,
            ..Choice::default()
        };
        self.choices.entry(index).or_insert_with(new)
    }

    fn start_block(&mut self, block: u32, choice: u32, kind: BlockKind<'_>) {
        let draft = self.choice(choice);
        let member = match kind {
            BlockKind::Text => {
                draft.text.get_or_insert_default();
                Member::Text
            }
            BlockKind::Refusal => Member::Refusal,
            BlockKind::Reasoning => add_reasoning(
                draft,
                Reasoning::Thinking {
                    text: Cow::Borrowed(""),
                    signature: None,
                },
            ),
            BlockKind::RedactedReasoning { data } => {
                let data = Cow::Owned(data.to_owned());
                add_reasoning(draft, Reasoning::Redacted { data })
            }
            BlockKind::ToolCall {
                id,
                name,
                signature,
            } => add_tool_call(draft, id, name, signature),
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
        let choice = self.choices.get_mut(&choice)?;
        match member {
            Member::Text => choice.signature = Some(proof.to_owned()),
            Member::Reasoning(at) => {
                if let Reasoning::Thinking { signature, .. } = choice.reasoning.get_mut(at)? {
                    signature.get_or_insert_default().to_mut().push_str(proof);
                }
            }
            Member::Refusal | Member::ToolCall(_) => {}
        }
        Some(())
    }

    fn add_image(&mut self, choice: u32, media_type: &str, base64: &str) {
        self.grow(base64.len());
        self.choice(choice).images.push(Image {
            media_type: media_type.to_owned(),
            base64: base64.to_owned(),
        });
    }

    fn add_audio(&mut self, choice: u32, base64: &str) {
        self.grow(base64.len());
        append_base64(self.choice(choice).audio.get_or_insert_default(), base64);
    }

    fn add_logprobs(&mut self, choice: u32, tokens: Vec<TokenLogprob>) {
        for token in &tokens {
            self.grow(token.token.len());
        }
        let logprobs = self.choice(choice).logprobs.get_or_insert_default();
        logprobs.extend(tokens);
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
                self.choice(choice).annotations.push(annotation);
            }
            Event::Vendor { choice, name, part } => {
                self.grow(part.size());
                add_vendor_part(self.choice(choice), name, part);
            }
            Event::Image {
                choice,
                media_type,
                base64,
            } => self.add_image(choice, media_type, base64),
            Event::Audio { choice, base64 } => self.add_audio(choice, base64),
            Event::Logprobs { choice, tokens } => self.add_logprobs(choice, tokens),
            Event::Usage(usage) => self.usage = usage,
            Event::ServiceTier(tier) => self.service_tier = Some(tier.to_owned()),
            Event::Heartbeat => {}
            Event::Finish { choice, reason } => self.choice(choice).finish_reason = reason,
            Event::End => self.ending = Some(Ok(())),
            Event::Error(error) => self.ending = Some(Err(error)),
        }
    }
}

fn add_vendor_part(choice: &mut Choice, name: &'static str, part: VendorPart<'_>) {
    let vendor = choice.vendor.get_or_insert_with(|| Vendor {
        name,
        parts: Vec::new(),
    });
    vendor.parts.push(part.into_owned());
}

fn add_reasoning(choice: &mut Choice, reasoning: Reasoning<'static>) -> Member {
    choice.reasoning.push(reasoning);
    Member::Reasoning(choice.reasoning.len().saturating_sub(1))
}

fn add_tool_call(choice: &mut Choice, id: &str, name: &str, signature: Option<&str>) -> Member {
    choice.tool_calls.push(ToolCall {
        id: Cow::Owned(id.to_owned()),
        name: Cow::Owned(name.to_owned()),
        arguments: Cow::Borrowed(""),
        signature: signature.map(|proof| Cow::Owned(proof.to_owned())),
    });
    Member::ToolCall(choice.tool_calls.len().saturating_sub(1))
}

/// Puts two pieces together. Where the first does not end on a whole group of letters, its bytes
/// and those of the second must be written anew.
fn append_base64(whole: &mut String, more: &str) {
    if !whole.ends_with('=') {
        return whole.push_str(more);
    }
    if let (Ok(mut bytes), Ok(more)) = (STANDARD.decode(whole.as_str()), STANDARD.decode(more)) {
        bytes.extend(more);
        *whole = STANDARD.encode(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_of_base64_add_up_to_their_bytes() {
        for cut in 0..=7 {
            let (front, back) = b"samples".split_at(cut);
            let mut whole = STANDARD.encode(front);
            append_base64(&mut whole, &STANDARD.encode(back));
            assert_eq!(STANDARD.decode(&whole).unwrap(), b"samples", "{cut}");
        }
    }
}
