//! Reads a whole answer.

use super::citations::Places;
use super::error;
use super::finish_reason::finish_reason;
use super::logprobs::token;
use super::usage::usage;
use super::wire::read::{Answer, Item, Logprob, Message, ToolCall};
use crate::chat::{self, Choice, Error, Reasoning, Response};
use crate::providers::json::Str;

/// Translates the body of an answer with status 2xx.
///
/// Missing fields are tolerated where an answer is left without them.
///
/// # Errors
/// Where the body is no answer, or says that it failed.
pub(super) fn translate(body: &[u8]) -> Result<Response, Error> {
    let answer: Answer<'_> = serde_json::from_slice(body)
        .map_err(|_| Error::upstream("Cohere's answer is not the JSON of a chat"))?;
    let json = answer.message.map_or("null", |message| message.get());
    if let Ok(words) = serde_json::from_str::<Str<'_>>(json) {
        return Err(error::build(502, words.into_cow().into_owned()));
    }
    let message: Message<'_> = serde_json::from_str(json)
        .map_err(|_| Error::upstream("Cohere's answer holds no message"))?;
    let reason = answer.finish_reason.as_deref();
    let mut choice = content(&message)?;
    choice.logprobs = answer.logprobs.and_then(|json| {
        let pieces: Vec<Logprob<'_>> = serde_json::from_str(json.get()).ok()?;
        Some(pieces.iter().filter_map(token).collect())
    });
    choice.finish_reason = finish_reason(reason, !choice.tool_calls.is_empty(), None)?;
    Ok(Response {
        id: answer.id.as_deref().map(str::to_owned),
        model: None,
        usage: answer.usage.as_ref().map(usage).unwrap_or_default(),
        service_tier: None,
        choices: vec![choice],
    })
}

fn content(message: &Message<'_>) -> Result<Choice, Error> {
    let mut draft = Draft::default();
    for (index, json) in (0..).zip(&message.content.0) {
        match serde_json::from_str::<Str<'_>>(json.get()) {
            Ok(text) => draft.add_text(index, &text),
            Err(_) => draft.add(index, &serde_json::from_str(json.get()).unwrap_or_default()),
        }
    }
    draft.think(message.tool_plan.as_deref().unwrap_or_default());
    let mut annotations = Vec::new();
    for citation in message.citations.iter().flat_map(|several| &several.0) {
        let places = &draft.places;
        places.annotate(citation, |annotation| annotations.push(annotation));
    }
    let calls = message.tool_calls.0.iter().map(tool_call);
    Ok(Choice {
        text: Some(draft.text).filter(|text| !text.is_empty()),
        reasoning: draft.reasoning,
        tool_calls: calls.collect::<Result<_, _>>()?,
        annotations,
        ..Choice::default()
    })
}

/// What the items add up to.
#[derive(Default)]
struct Draft {
    text: String,
    characters: usize,
    places: Places,
    reasoning: Vec<Reasoning<'static>>,
}

impl Draft {
    fn add(&mut self, index: u64, item: &Item<'_>) {
        match item.kind.as_deref() {
            Some("text") => self.add_text(index, item.text.as_deref().unwrap_or_default()),
            Some("thinking") => self.think(item.thinking.as_deref().unwrap_or_default()),
            _ => {}
        }
    }

    fn add_text(&mut self, index: u64, text: &str) {
        self.places.begin(index, self.characters);
        self.characters = self.characters.saturating_add(text.chars().count());
        self.text.push_str(text);
    }

    fn think(&mut self, text: &str) {
        if !text.is_empty() {
            self.reasoning.push(Reasoning::Thinking {
                text: text.to_owned().into(),
                signature: None,
            });
        }
    }
}

fn tool_call(call: &ToolCall<'_>) -> Result<chat::ToolCall<'static>, Error> {
    let incomplete = || Error::upstream("Cohere's answer holds a tool call that is incomplete");
    let function = call.function.as_ref().ok_or_else(incomplete)?;
    let arguments = match function.arguments.as_deref().map(str::trim) {
        None | Some("" | "null") => "{}",
        Some(_) => function.arguments.as_deref().unwrap_or_default(),
    };
    Ok(chat::ToolCall {
        id: call.id.as_deref().ok_or_else(incomplete)?.to_owned().into(),
        name: function
            .name
            .as_deref()
            .ok_or_else(incomplete)?
            .to_owned()
            .into(),
        arguments: arguments.to_owned().into(),
        signature: None,
    })
}
