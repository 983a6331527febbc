//! Reads a whole answer.

use super::error;
use super::finish_reason::finish_reason;
use super::usage::Tally;
use super::wire::read::{Block, Citation, Failure, Malformed, Message};
use crate::chat::{Annotation, Choice, Error, Reasoning, Response, ToolCall};

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
        service_tier: service_tier(&message).map(str::to_owned),
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
    let explanation = message.stop_details.as_ref();
    let refusal = explanation
        .and_then(|details| details.explanation.as_deref())
        .filter(|text| stop_reason == Some("refusal") && !text.is_empty());
    Ok(Choice {
        index: 0,
        refusal: refusal.map(str::to_owned),
        finish_reason: finish_reason(stop_reason, !content.tool_calls.is_empty()),
        text: Some(content.text).filter(|text| !text.is_empty()),
        reasoning: content.reasoning,
        tool_calls: content.tool_calls,
        annotations: content.annotations,
        ..Choice::default()
    })
}

/// What the blocks add up to.
#[derive(Default)]
struct Content {
    text: String,
    characters: usize,
    reasoning: Vec<Reasoning<'static>>,
    tool_calls: Vec<ToolCall<'static>>,
    annotations: Vec<Annotation>,
}

impl Content {
    fn add(&mut self, block: Block<'_>) {
        match block {
            Block::Text { text, citations } => self.add_text(&text, &citations),
            Block::Thinking {
                thinking,
                signature,
            } => self.reasoning.push(Reasoning::Thinking {
                text: thinking.to_owned().into(),
                signature: signature
                    .filter(|signature| !signature.is_empty())
                    .map(|signature| signature.to_owned().into()),
            }),
            Block::RedactedThinking { data } => self.reasoning.push(Reasoning::Redacted {
                data: data.to_owned().into(),
            }),
            Block::ToolUse { id, name, input } => self.tool_calls.push(ToolCall {
                id: id.to_owned().into(),
                name: name.to_owned().into(),
                arguments: input
                    .map_or("{}", serde_json::value::RawValue::get)
                    .to_owned()
                    .into(),
                signature: None,
            }),
            Block::Other => {}
        }
    }

    fn add_text(&mut self, text: &str, citations: &[Citation<'_>]) {
        let start = self.characters;
        self.characters += text.chars().count();
        self.text.push_str(text);
        for citation in citations {
            if let Some(url) = citation.url.as_deref() {
                self.annotations.push(Annotation {
                    start,
                    end: self.characters,
                    title: citation.title.as_deref().unwrap_or_default().to_owned(),
                    url: url.to_owned(),
                });
            }
        }
    }
}

/// The tier in OpenAI's words; its `batch` has none.
fn service_tier(message: &Message<'_>) -> Option<&'static str> {
    match message.usage.as_ref()?.service_tier.as_deref()? {
        "standard" => Some("default"),
        "priority" => Some("priority"),
        _ => None,
    }
}
