//! The conversation: OpenAI's list of messages → Cohere's.
//!
//! * The roles are the same, in any order and number: instructions stay where they are (tested
//!   against the live API by others: SillyTavern issue 2916).
//! * Files of text are documents, which stand beside the conversation and can be cited; in a tool's
//!   result they stay in their place. Other files and audio are refused.
//! * Reasoning goes back to where it came from: the plan that a turn made before it called tools
//!   is `tool_plan`, other thoughts are items of content. A client has one text for both, so a turn
//!   with calls has a plan and any other has thoughts (ADR 0016).
//! * A message that says nothing is refused by the API, and left out.

use std::borrow::Cow;

use super::model_profile::ModelProfile;
use super::wire::write::{
    Call, Content, Document, FileData, ImageUrl, Item, Message, ToolCall, Url,
};
use crate::chat::{self, Error, Media, MediaSource, Part, Reasoning, Request};
use crate::providers::function::Input;
use crate::providers::losses::Losses;
use crate::providers::text_file;

/// The conversation as the API wants it.
pub(super) struct Conversation<'a> {
    pub(super) messages: Vec<Message<'a>>,
    pub(super) documents: Vec<Document<'a>>,
}

/// Translates the conversation.
///
/// # Errors
/// Where a part cannot be given to the model, or nothing is said at all.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    profile: &ModelProfile,
    losses: &mut Losses,
) -> Result<Conversation<'a>, Error> {
    let mut writer = Writer {
        takes_thoughts: profile.thinks,
        losses,
        documents: Vec::new(),
    };
    let mut messages = Vec::with_capacity(request.messages.len());
    for (at, message) in request.messages.iter().enumerate() {
        messages.extend(writer.message(at, message)?);
    }
    if messages.is_empty() {
        return Err(Error::invalid("no message says anything").with_param("messages"));
    }
    Ok(Conversation {
        messages,
        documents: writer.documents,
    })
}

struct Writer<'a, 'l> {
    /// Whether the model takes thoughts of earlier turns.
    takes_thoughts: bool,
    losses: &'l mut Losses,
    documents: Vec<Document<'a>>,
}

impl<'a> Writer<'a, '_> {
    /// The message, unless it says nothing.
    fn message(
        &mut self,
        at: usize,
        message: &'a chat::Message<'_>,
    ) -> Result<Option<Message<'a>>, Error> {
        match message {
            chat::Message::Instructions { content } => {
                let content = self.content(at, content)?;
                Ok((!content.is_empty()).then_some(Message::System { content }))
            }
            chat::Message::User { content, name } => {
                self.drop_name(at, name.is_some())?;
                let content = self.content(at, content)?;
                Ok((!content.is_empty()).then_some(Message::User { content }))
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
                let content = self.result(at, content)?;
                Ok(Some(Message::Tool {
                    tool_call_id,
                    content,
                }))
            }
            chat::Message::Assistant {
                content,
                reasoning,
                tool_calls,
                name,
                ..
            } => {
                self.drop_name(at, name.is_some())?;
                self.assistant(at, content, reasoning, tool_calls)
            }
        }
    }

    fn assistant(
        &mut self,
        at: usize,
        content: &'a [Part<'_>],
        reasoning: &'a [Reasoning<'_>],
        tool_calls: &'a [chat::ToolCall<'_>],
    ) -> Result<Option<Message<'a>>, Error> {
        let thoughts = self.thoughts(at, reasoning, !tool_calls.is_empty())?;
        let mut items = Vec::new();
        let mut tool_plan = Cow::Borrowed("");
        if tool_calls.is_empty() {
            let thinking = |thinking| Item::Thinking { thinking };
            items.extend(thoughts.into_iter().map(thinking));
        } else {
            tool_plan = joined(&thoughts);
        }
        items.extend(self.content(at, content)?.0);
        let mut calls = Vec::with_capacity(tool_calls.len());
        for (n, call) in tool_calls.iter().enumerate() {
            calls.push(self.call(at, n, call)?);
        }
        Ok(
            (!items.is_empty() || !calls.is_empty()).then_some(Message::Assistant {
                content: Content(items),
                tool_plan,
                tool_calls: calls,
            }),
        )
    }

    /// The texts of earlier reasoning, as far as the model takes them.
    fn thoughts(
        &mut self,
        at: usize,
        reasoning: &'a [Reasoning<'_>],
        before_calls: bool,
    ) -> Result<Vec<&'a str>, Error> {
        let is_taken = self.takes_thoughts || before_calls;
        let texts: Vec<&str> = reasoning
            .iter()
            .filter_map(|thought| match thought {
                Reasoning::Thinking { text, .. } if is_taken => Some(&**text),
                Reasoning::Thinking { .. } | Reasoning::Redacted { .. } => None,
            })
            .collect();
        if texts.len() < reasoning.len() {
            let param = format!("messages[{at}].reasoning_content");
            self.losses.dropped(param)?;
        }
        Ok(texts.into_iter().filter(|text| !text.is_empty()).collect())
    }

    fn call(
        &mut self,
        at: usize,
        n: usize,
        call: &'a chat::ToolCall<'_>,
    ) -> Result<ToolCall<'a>, Error> {
        let param = || format!("messages[{at}].tool_calls[{n}].function.arguments");
        let arguments = match Input::of(&call.arguments, param, self.losses)? {
            Input::Empty => Cow::Borrowed("{}"),
            Input::Object(json) => Cow::Borrowed(json.get()),
            Input::Other(json) => Cow::Owned(format!(r#"{{"value":{json}}}"#)),
        };
        Ok(ToolCall {
            id: &call.id,
            kind: "function",
            function: Call {
                name: &call.name,
                arguments,
            },
        })
    }

    fn content(&mut self, at: usize, parts: &'a [Part<'_>]) -> Result<Content<'a>, Error> {
        let mut items = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            let param = format!("messages[{at}].content[{n}]");
            match part {
                Part::Text(text) => items.extend(plain(&text.text)),
                Part::Refusal(text) => items.extend(plain(text)),
                Part::Image(media) => items.push(self.image(media, param)?),
                Part::File(media) => {
                    self.documents.push(file(media, &param)?);
                    self.losses.emulated(param);
                }
                Part::Audio(_) => return Err(no_audio(param)),
            }
        }
        Ok(Content(items))
    }

    /// The result of a tool, which may be empty.
    fn result(&mut self, at: usize, parts: &'a [Part<'_>]) -> Result<Content<'a>, Error> {
        let mut items = Vec::with_capacity(parts.len());
        for (n, part) in parts.iter().enumerate() {
            let param = format!("messages[{at}].content[{n}]");
            match part {
                Part::Text(text) => items.extend(plain(&text.text)),
                Part::Refusal(text) => items.extend(plain(text)),
                Part::File(media) => items.push(Item::Document {
                    document: file(media, &param)?,
                }),
                Part::Image(_) => {
                    let message = "Cohere's models do not take images in the result of a tool";
                    return Err(Error::invalid(message)
                        .with_param(param)
                        .with_code("unsupported_value"));
                }
                Part::Audio(_) => return Err(no_audio(param)),
            }
        }
        Ok(Content(items))
    }

    fn image(&mut self, media: &'a Media<'_>, param: String) -> Result<Item<'a>, Error> {
        let url = match &media.source {
            MediaSource::Url(url) => Url::Web(url),
            MediaSource::Inline { media_type, base64 } => Url::Data { media_type, base64 },
            MediaSource::FileId(_) => {
                let message = "Cohere has no files to refer to: give the image itself";
                return Err(Error::invalid(message)
                    .with_param(param)
                    .with_code("unsupported_value"));
            }
        };
        let detail = match media.detail.as_deref() {
            Some("original") => {
                self.losses.clamped(format!("{param}.image_url.detail"))?;
                Some("high")
            }
            detail => detail,
        };
        let image_url = ImageUrl { url, detail };
        Ok(Item::ImageUrl { image_url })
    }

    fn drop_name(&mut self, at: usize, has_name: bool) -> Result<(), Error> {
        if has_name {
            self.losses.dropped(format!("messages[{at}].name"))?;
        }
        Ok(())
    }
}

/// A text, or nothing where there is nothing but white space.
fn plain(text: &str) -> Option<Item<'_>> {
    let text = Cow::Borrowed(text);
    (!text.trim().is_empty()).then_some(Item::Text { text })
}

fn joined<'a>(texts: &[&'a str]) -> Cow<'a, str> {
    match texts {
        [] => Cow::Borrowed(""),
        [text] => Cow::Borrowed(text),
        several => Cow::Owned(several.concat()),
    }
}

fn file<'a>(media: &'a Media<'_>, param: &str) -> Result<Document<'a>, Error> {
    let text = match &media.source {
        MediaSource::Inline { media_type, base64 } if text_file::is_text(media_type) => {
            text_file::decode(base64)
        }
        MediaSource::Inline { media_type, .. } => Err(format!(
            "files of type `{media_type}` are not supported by Cohere's models: use text"
        )),
        MediaSource::Url(_) | MediaSource::FileId(_) => {
            Err("Cohere does not fetch files: give the file itself".to_owned())
        }
    };
    let text = text.map_err(|message| {
        Error::invalid(message)
            .with_param(param)
            .with_code("unsupported_value")
    })?;
    let title = media.filename.as_deref();
    Ok(Document::File {
        data: FileData { title, text },
    })
}

fn no_audio(param: String) -> Error {
    Error::invalid("Cohere's models do not take audio")
        .with_param(param)
        .with_code("unsupported_value")
}
