//! The conversation: OpenAI's list of messages → Ollama's.
//!
//! * A message is one text; pictures stand beside it, as bare base64. Ollama fetches nothing.
//! * The result of a tool names the tool and not the call: the name is looked up in the calls
//!   before it.
//! * Arguments of calls are objects.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::wire::write::{Call, Message, ToolCall};
use crate::chat::{self, Error, Media, MediaSource, Part, Reasoning, Request};
use crate::providers::function::Input;
use crate::providers::losses::Losses;
use crate::providers::text_file;

/// Types of pictures that Ollama takes (docs.ollama.com/api/openai-compatibility, 2026-11-21).
const IMAGES: &[&str] = &["image/jpeg", "image/jpg", "image/png", "image/webp"];

/// Translates the conversation.
///
/// # Errors
/// Where a part cannot be given to the model, or nothing is said at all.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    losses: &mut Losses,
) -> Result<Vec<Message<'a>>, Error> {
    let mut writer = Writer {
        losses,
        called: BTreeMap::new(),
    };
    let mut messages = Vec::with_capacity(request.messages.len());
    for (at, message) in request.messages.iter().enumerate() {
        let message = writer.message(at, message)?;
        if says_something(&message) {
            messages.push(message);
        }
    }
    if messages.is_empty() {
        return Err(Error::invalid("no message says anything").with_param("messages"));
    }
    Ok(messages)
}

fn says_something(message: &Message<'_>) -> bool {
    let is_silent = message.content.trim().is_empty() && message.thinking.is_empty();
    !is_silent
        || !message.images.is_empty()
        || !message.tool_calls.is_empty()
        || message.role == "tool"
}

struct Writer<'a, 'l> {
    losses: &'l mut Losses,
    /// Id of a call → name of its tool.
    called: BTreeMap<&'a str, &'a str>,
}

impl<'a> Writer<'a, '_> {
    fn message(&mut self, at: usize, message: &'a chat::Message<'_>) -> Result<Message<'a>, Error> {
        match message {
            chat::Message::Instructions { content } => self.said("system", at, content),
            chat::Message::User { content, name } => {
                self.drop_name(at, name.is_some())?;
                self.said("user", at, content)
            }
            chat::Message::Tool {
                tool_call_id,
                content,
                is_error,
                ..
            } => {
                if *is_error == Some(true) {
                    self.losses.dropped(format!("messages[{at}].is_error"))?;
                }
                let tool_name = self.called.get(&**tool_call_id).copied();
                if tool_name.is_none() {
                    let param = format!("messages[{at}].tool_call_id");
                    self.losses.dropped(param)?;
                }
                let said = self.said("tool", at, content)?;
                Ok(Message { tool_name, ..said })
            }
            chat::Message::Assistant {
                content,
                reasoning,
                tool_calls,
                name,
                ..
            } => {
                self.drop_name(at, name.is_some())?;
                let thinking = self.thinking(at, reasoning)?;
                let mut calls = Vec::with_capacity(tool_calls.len());
                for (n, call) in tool_calls.iter().enumerate() {
                    calls.push(self.call(at, n, call)?);
                }
                Ok(Message {
                    thinking,
                    tool_calls: calls,
                    ..self.said("assistant", at, content)?
                })
            }
        }
    }

    fn said(
        &mut self,
        role: &'static str,
        at: usize,
        parts: &'a [Part<'_>],
    ) -> Result<Message<'a>, Error> {
        let mut message = Message {
            role,
            ..Message::default()
        };
        for (n, part) in parts.iter().enumerate() {
            let param = || format!("messages[{at}].content[{n}]");
            match part {
                Part::Text(text) => add(&mut message.content, Cow::Borrowed(&text.text)),
                Part::Refusal(text) => add(&mut message.content, Cow::Borrowed(text)),
                Part::Image(media) => message.images.push(self.image(media, param)?),
                Part::File(media) => {
                    let text = file(media).map_err(|words| refused(words, param()))?;
                    self.losses.emulated(param());
                    add(&mut message.content, Cow::Owned(text));
                }
                Part::Audio(_) => {
                    return Err(refused("Ollama does not take audio".to_owned(), param()));
                }
            }
        }
        Ok(message)
    }

    fn image(
        &mut self,
        media: &'a Media<'_>,
        param: impl Fn() -> String,
    ) -> Result<&'a str, Error> {
        let detail = media.detail.as_deref();
        if detail.is_some_and(|detail| detail != "auto") {
            let param = format!("{}.image_url.detail", param());
            self.losses.dropped(param)?;
        }
        match &media.source {
            MediaSource::Inline { media_type, base64 } if IMAGES.contains(&&**media_type) => {
                Ok(base64)
            }
            MediaSource::Inline { media_type, .. } => Err(refused(
                format!("images of type `{media_type}` are not supported: use JPEG, PNG or WebP"),
                param(),
            )),
            MediaSource::Url(_) | MediaSource::FileId(_) => Err(refused(
                "Ollama does not fetch images: give the image itself, as a data URL".to_owned(),
                param(),
            )),
        }
    }

    /// Earlier reasoning, as far as it is text.
    fn thinking(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
    ) -> Result<Cow<'a, str>, Error> {
        let mut thinking = Cow::Borrowed("");
        let mut hidden = false;
        for thought in reasoning {
            match thought {
                Reasoning::Thinking { text, .. } if thinking.is_empty() => {
                    thinking = Cow::Borrowed(text);
                }
                Reasoning::Thinking { text, .. } => thinking.to_mut().push_str(text),
                Reasoning::Redacted { .. } => hidden = true,
            }
        }
        if hidden {
            let param = format!("messages[{at}].reasoning_content");
            self.losses.dropped(param)?;
        }
        Ok(thinking)
    }

    fn call(
        &mut self,
        at: usize,
        n: usize,
        call: &'a chat::ToolCall<'_>,
    ) -> Result<ToolCall<'a>, Error> {
        let param = || format!("messages[{at}].tool_calls[{n}].function.arguments");
        self.called.insert(&call.id, &call.name);
        Ok(ToolCall {
            function: Call {
                name: &call.name,
                arguments: Input::of(&call.arguments, param, self.losses)?,
            },
        })
    }

    fn drop_name(&mut self, at: usize, has_name: bool) -> Result<(), Error> {
        if has_name {
            self.losses.dropped(format!("messages[{at}].name"))?;
        }
        Ok(())
    }
}

/// Adds a part to a message's text, on a line of its own.
fn add<'a>(content: &mut Cow<'a, str>, part: Cow<'a, str>) {
    if content.is_empty() {
        *content = part;
    } else if !part.is_empty() {
        let content = content.to_mut();
        content.push('\n');
        content.push_str(&part);
    }
}

/// What is in a file, with its name before it.
fn file(media: &Media<'_>) -> Result<String, String> {
    let text = match &media.source {
        MediaSource::Inline { media_type, base64 } if text_file::is_text(media_type) => {
            text_file::decode(base64)?
        }
        MediaSource::Inline { media_type, .. } => {
            return Err(format!(
                "files of type `{media_type}` are not supported by Ollama: use text"
            ));
        }
        MediaSource::Url(_) | MediaSource::FileId(_) => {
            return Err("Ollama does not fetch files: give the file itself".to_owned());
        }
    };
    Ok(match media.filename.as_deref() {
        Some(name) => format!("File {name}:\n{text}"),
        None => text,
    })
}

fn refused(message: String, param: String) -> Error {
    Error::invalid(message)
        .with_param(param)
        .with_code("unsupported_value")
}
