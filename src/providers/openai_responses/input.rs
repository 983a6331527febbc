//! The conversation: OpenAI's list of messages → items.
//!
//! A turn of the assistant becomes several items: its reasoning, what it said, its calls. What it
//! said is given as plain texts, one item for each part: the API's own form of it wants the item's
//! id, which a chat client does not have.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::Deserialize;

use super::media;
use super::reasoning::Carried;
use super::wire::write::{Content, Item, Role};
use crate::chat::{Error, Message, Part, Reasoning, Request, ToolCall};
use crate::providers::losses::Losses;
use crate::providers::tool_ids::{Form, ToolIds};

/// Ids of tool calls that the API takes.
const TOOL_IDS: Form = Form {
    prefix: "call_",
    punctuation: b"_-",
    is_short: false,
};

/// Translates the conversation; `custom` are the names of the tools that take text.
///
/// # Errors
/// Where a message holds what the API cannot be given.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    service: &'static str,
    custom: &BTreeSet<&str>,
    losses: &mut Losses,
) -> Result<Vec<Item<'a>>, Error> {
    let mut writer = Writer {
        service,
        custom,
        losses,
        tool_ids: ToolIds::new(TOOL_IDS),
        custom_calls: BTreeSet::new(),
        items: Vec::with_capacity(request.messages.len()),
    };
    for (at, message) in request.messages.iter().enumerate() {
        writer.message(at, message)?;
    }
    Ok(writer.items)
}

struct Writer<'a, 'w> {
    service: &'static str,
    custom: &'w BTreeSet<&'w str>,
    losses: &'w mut Losses,
    tool_ids: ToolIds<'a>,
    /// Ids of calls of custom tools: their results are another kind of item.
    custom_calls: BTreeSet<&'a str>,
    items: Vec<Item<'a>>,
}

impl<'a> Writer<'a, '_> {
    fn message(&mut self, at: usize, message: &'a Message<'_>) -> Result<(), Error> {
        match message {
            Message::Instructions { content } => self.say(Role::Developer, at, content),
            Message::User { content, name } => {
                self.name(name.as_deref())?;
                self.say(Role::User, at, content)
            }
            Message::Assistant {
                content,
                reasoning,
                tool_calls,
                name,
                ..
            } => {
                self.name(name.as_deref())?;
                self.assistant(content, reasoning, tool_calls)
            }
            Message::Tool {
                tool_call_id,
                content,
                is_error,
                ..
            } => {
                if *is_error == Some(true) {
                    self.losses.dropped("messages[].is_error")?;
                }
                let output = media::content(content, at)?;
                self.result(tool_call_id, output);
                Ok(())
            }
        }
    }

    fn name(&mut self, name: Option<&str>) -> Result<(), Error> {
        match name {
            Some(_) => self.losses.dropped("messages[].name"),
            None => Ok(()),
        }
    }

    fn say(&mut self, role: Role, at: usize, content: &'a [Part<'_>]) -> Result<(), Error> {
        let content = media::content(content, at)?;
        self.items.push(Item::Message { role, content });
        Ok(())
    }

    fn assistant(
        &mut self,
        content: &'a [Part<'_>],
        reasoning: &'a [Reasoning<'_>],
        calls: &'a [ToolCall<'_>],
    ) -> Result<(), Error> {
        let mut carried = self.carried(reasoning)?;
        let texts = content.iter().filter_map(|part| match part {
            Part::Text(text) => Some(&*text.text),
            Part::Refusal(text) => Some(&**text),
            _ => None,
        });
        let mut texts = texts.filter(|text| !text.is_empty()).peekable();
        if texts.peek().is_some() {
            self.think_before("", &mut carried);
        }
        self.items.extend(texts.map(|text| Item::Message {
            role: Role::Assistant,
            content: Content::Text(text),
        }));
        for call in calls {
            self.think_before(&call.id, &mut carried);
            self.call(call);
        }
        match carried.is_empty() {
            true => Ok(()),
            // What it led to is no longer there.
            false => self.losses.dropped("messages[].thinking_blocks"),
        }
    }

    /// The reasoning that can be replayed.
    fn carried(&mut self, reasoning: &'a [Reasoning<'_>]) -> Result<Vec<Carried<'a>>, Error> {
        let mut carried = Vec::new();
        for thought in reasoning {
            let (proof, lost) = match thought {
                Reasoning::Thinking {
                    signature: Some(proof),
                    ..
                } => (Some(proof), "messages[].thinking_blocks"),
                Reasoning::Redacted { data } => (Some(data), "messages[].thinking_blocks"),
                Reasoning::Thinking { .. } => (None, "messages[].reasoning_content"),
            };
            match proof.and_then(|proof| Carried::read(proof, self.service)) {
                Some(own) => carried.push(own),
                None => self.losses.dropped(lost)?,
            }
        }
        Ok(carried)
    }

    /// Puts the reasoning that led to the next item before it: the last, where there is more than
    /// one, because nothing stands between them any more.
    fn think_before(&mut self, follows: &str, carried: &mut Vec<Carried<'a>>) {
        let led_here = carried.iter().rev().find(|one| one.follows == follows);
        if let Some(one) = led_here {
            self.items.push(Item::Reasoning {
                id: one.id,
                summary: [],
                encrypted_content: one.encrypted,
            });
        }
        carried.retain(|one| one.follows != follows);
    }

    fn call(&mut self, call: &'a ToolCall<'_>) {
        let call_id = self.tool_ids.call(&call.id);
        let name = &*call.name;
        if self.custom.contains(name) {
            self.custom_calls.insert(&call.id);
            self.items.push(Item::CustomToolCall {
                call_id,
                name,
                input: input(&call.arguments),
            });
            return;
        }
        let arguments = match &*call.arguments {
            "" => "{}",
            arguments => arguments,
        };
        self.items.push(Item::FunctionCall {
            call_id,
            name,
            arguments,
        });
    }

    fn result(&mut self, id: &'a str, output: Content<'a>) {
        let call_id = self.tool_ids.result(id);
        self.items.push(if self.custom_calls.contains(id) {
            Item::CustomToolCallOutput { call_id, output }
        } else {
            Item::FunctionCallOutput { call_id, output }
        });
    }
}

/// The text that a custom tool was called with: the dialect has put it into an object.
fn input<'a>(arguments: &'a str) -> Cow<'a, str> {
    #[derive(Deserialize)]
    struct Arguments<'a> {
        #[serde(borrow)]
        input: Cow<'a, str>,
    }
    match serde_json::from_str::<Arguments<'a>>(arguments) {
        Ok(arguments) => arguments.input,
        Err(_) => Cow::Borrowed(arguments),
    }
}
