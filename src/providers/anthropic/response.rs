//! Reads a whole answer.

use serde_json::value::RawValue;

use super::error;
use super::finish_reason::finish_reason;
use super::notes::Notes;
use super::places::{Places, Stage};
use super::usage::Tally;
use super::wire::read::{Block, Failure, Malformed, Message, Usage};
use super::{VENDOR, beside_call, citations};
use crate::chat::{Annotation, Choice, Error, Reasoning, Response, ToolCall, Vendor, VendorPart};

/// Translates the body of an answer with status 2xx.
///
/// Missing fields are tolerated where an answer is left without them.
///
/// # Errors
/// Where the body is no message, or says `error` despite its status.
pub(super) fn translate(body: &[u8]) -> Result<Response, Error> {
    let message: Message<'_> = serde_json::from_slice(body)
        .map_err(|_| Error::upstream("Anthropic's answer is not the JSON of a message"))?;
    if let Some(error) = message.error {
        let failure: Failure<'_> = serde_json::from_str(error.get()).unwrap_or_default();
        return Err(error::from_event(&failure));
    }
    if message.content.is_none() && message.kind.as_deref() != Some("message") {
        return Err(Error::upstream("Anthropic's answer holds no message"));
    }
    let mut tally = Tally::default();
    if let Some(report) = &message.usage {
        tally.overlay(report);
    }
    Ok(Response {
        id: message.id.as_deref().map(str::to_owned),
        model: message.model.as_deref().map(str::to_owned),
        usage: tally.usage(),
        service_tier: message
            .usage
            .as_ref()
            .and_then(Usage::tier)
            .map(str::to_owned),
        choices: vec![choice(&message)?],
    })
}

fn choice(message: &Message<'_>) -> Result<Choice, Error> {
    let mut content = Content::default();
    for json in message.content.iter().flatten() {
        let block = Block::parse(json).map_err(|Malformed| {
            Error::upstream("Anthropic's answer holds a block that cannot be understood")
        })?;
        content.add(block);
    }
    let stop_reason = message.stop_reason.as_deref();
    let asides = message.asides();
    let refusal = asides
        .explanation()
        .filter(|text| stop_reason == Some("refusal") && !text.is_empty());
    let mut notes = Notes::default();
    notes.asides(&asides);
    if let Some(usage) = &message.usage {
        notes.usage(usage);
    }
    content.vendor.extend(notes.parts(stop_reason));
    Ok(Choice {
        index: 0,
        refusal,
        finish_reason: finish_reason(stop_reason, !content.tool_calls.is_empty()),
        text: Some(content.text).filter(|text| !text.is_empty()),
        reasoning: content.reasoning,
        tool_calls: content.tool_calls,
        annotations: content.annotations,
        vendor: Some(content.vendor)
            .filter(|parts| !parts.is_empty())
            .map(|parts| Vendor {
                name: VENDOR,
                parts,
            }),
        ..Choice::default()
    })
}

/// What the blocks add up to.
#[derive(Default)]
struct Content {
    text: String,
    places: Places,
    reasoning: Vec<Reasoning<'static>>,
    tool_calls: Vec<ToolCall<'static>>,
    annotations: Vec<Annotation>,
    vendor: Vec<VendorPart<'static>>,
}

impl Content {
    fn add(&mut self, block: Block<'_>) {
        match block {
            Block::Text { text, citations } => self.add_text(&text, &citations),
            Block::Thinking {
                thinking,
                signature,
            } => self.add_thought(Reasoning::Thinking {
                text: thinking.to_owned().into(),
                signature: signature
                    .filter(|signature| !signature.is_empty())
                    .map(|signature| signature.to_owned().into()),
            }),
            Block::RedactedThinking { data } => self.add_thought(Reasoning::Redacted {
                data: data.to_owned().into(),
            }),
            Block::ToolUse { .. } => self.add_call(&block),
            Block::Vendor(json) => self.vendor.push(self.places.block(json.get().to_owned())),
        }
    }

    fn add_thought(&mut self, thought: Reasoning<'static>) {
        self.vendor.extend(self.places.enter(Stage::Reasoning));
        let unsigned = matches!(
            &thought,
            Reasoning::Thinking {
                signature: None,
                ..
            }
        );
        if !unsigned {
            self.places.thought();
        }
        self.reasoning.push(thought);
    }

    fn add_call(&mut self, block: &Block<'_>) {
        let Block::ToolUse {
            id, name, input, ..
        } = block
        else {
            return;
        };
        self.vendor.extend(self.places.enter(Stage::Calls));
        if let Some(json) = beside_call(block) {
            self.vendor.push(self.places.block(json));
        }
        self.places.called();
        self.tool_calls.push(ToolCall {
            id: (**id).to_owned().into(),
            name: (**name).to_owned().into(),
            arguments: input.map_or("{}", RawValue::get).to_owned().into(),
            signature: None,
        });
    }

    fn add_text(&mut self, text: &str, citations: &[&RawValue]) {
        self.vendor.extend(self.places.enter(Stage::Text));
        let start = self.places.characters();
        self.places.wrote(text);
        self.text.push_str(text);
        let end = self.places.characters();
        for citation in citations::texts(citations) {
            self.annotations
                .extend(citations::annotation(&citation, start, end));
            self.vendor.push(citations::own(citation, start, end));
        }
    }
}
