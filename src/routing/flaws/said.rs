//! What a message of an answer says, as far as it matters here.

use std::borrow::Cow;

use crate::json::{Fault, Kind, Reader};

/// What a message says, or a piece of one.
#[derive(Default)]
pub(super) struct Said<'a> {
    /// Its text.
    pub(super) text: Option<Cow<'a, str>>,
    pub(super) calls: Calls,
    /// It refuses, in words of its own.
    pub(super) refuses: bool,
    /// It has content that is no text: parts, pictures, speech, what only a vendor has words for.
    pub(super) has_other: bool,
    /// It has reasoning.
    pub(super) reasons: bool,
}

/// A message's calls of tools.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Calls {
    /// There are none.
    #[default]
    None,
    /// All arguments are JSON objects.
    Readable,
    /// Some are not.
    Malformed,
}

/// A choice of an answer, or of a piece of one.
#[derive(Default)]
pub(super) struct Choice<'a> {
    pub(super) said: Said<'a>,
    pub(super) finish_reason: Option<Cow<'a, str>>,
}

impl Choice<'_> {
    /// Whether the model refuses, or its provider's filter has withheld something.
    pub(super) fn refuses(&self) -> bool {
        self.said.refuses || self.finish_reason.as_deref() == Some("content_filter")
    }
}

impl Said<'_> {
    /// Whether it has something for the client, be it a call. Blanks are nothing.
    pub(super) fn has_content(&self) -> bool {
        let text = self.text.as_deref().unwrap_or_default();
        self.has_other || self.calls != Calls::None || !text.trim().is_empty()
    }
}

/// Takes an answer, or a chunk of one, and shows each of its choices.
pub(super) fn each_choice<'a>(
    json: &'a [u8],
    mut show: impl FnMut(&Choice<'a>),
) -> Result<(), Fault> {
    let mut reader = Reader::new(json)?;
    reader.object(|reader, name| {
        if name.text != "choices" || reader.kind()? != Kind::Array {
            return reader.skip();
        }
        reader.array(|reader| {
            let mut choice = Choice::default();
            reader.members(|reader, name| choice.member(reader, name))?;
            show(&choice);
            Ok(())
        })
    })
}

impl<'a> Choice<'a> {
    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "message" | "delta" => {
                reader.members(|reader, name| self.said.member(reader, name))?;
            }
            "finish_reason" => self.finish_reason = reader.string_or_skip()?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

impl<'a> Said<'a> {
    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "content" if reader.kind()? == Kind::String => self.text = Some(reader.string()?),
            "refusal" => self.refuses |= is_something(reader)?,
            "tool_calls" if reader.kind()? == Kind::Array => reader.array(|reader| {
                let found = call(reader)?;
                self.calls = self.calls.max(found);
                Ok(())
            })?,
            "function_call" if reader.kind()? == Kind::Object => {
                let found = function(reader)?;
                self.calls = self.calls.max(found);
            }
            "content" | "images" | "audio" => self.has_other |= is_something(reader)?,
            // Blocks that OpenAI has no words for, beside notes that are about the answer.
            "anthropic" => {
                reader.members(|reader, name| {
                    if name != "blocks" {
                        return reader.skip();
                    }
                    self.has_other |= is_something(reader)?;
                    Ok(())
                })?;
            }
            "reasoning_content" | "reasoning" | "reasoning_details" | "thinking_blocks" => {
                self.reasons |= is_something(reader)?;
            }
            _ => reader.skip()?,
        }
        Ok(())
    }
}

/// Takes a call. One of a custom tool has a text for its arguments, which may be any.
fn call(reader: &mut Reader<'_>) -> Result<Calls, Fault> {
    let mut calls = Calls::Readable;
    reader.members(|reader, name| {
        if name == "function" {
            calls = function(reader)?;
            return Ok(());
        }
        reader.skip()
    })?;
    Ok(calls)
}

fn function(reader: &mut Reader<'_>) -> Result<Calls, Fault> {
    let mut calls = Calls::Malformed;
    reader.members(|reader, name| {
        if name != "arguments" {
            return reader.skip();
        }
        let is_object = match reader.kind()? {
            Kind::String => is_json(&reader.string()?, Some(Kind::Object)),
            kind => {
                reader.skip()?;
                kind == Kind::Object
            }
        };
        if is_object {
            calls = Calls::Readable;
        }
        Ok(())
    })?;
    Ok(calls)
}

/// Whether a text is one JSON value, of this kind where one is wanted.
pub(super) fn is_json(text: &str, wanted: Option<Kind>) -> bool {
    let mut reader = Reader::of(text);
    let mut read = || {
        let kind = reader.kind()?;
        reader.skip()?;
        reader.end()?;
        Ok::<_, Fault>(wanted.is_none_or(|wanted| wanted == kind))
    };
    read().unwrap_or(false)
}

fn is_something(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    Ok(!matches!(reader.text()?, "null" | "\"\"" | "[]" | "{}"))
}
