//! One look over a request's body: enough to route it and to pass it on, without parsing it.
//!
//! The whole body is checked to be JSON. What must be changed on the way is found by place, so
//! that all other bytes stay the client's: its white space and key order are part of what the
//! provider's prompt cache compares.
//!
//! Refused, because upstreams would disagree on what is meant: a field that comes twice, and a
//! known field in other case (`Model`).

use std::borrow::Cow;
use std::ops::Range;

use super::{fault, fields};
use crate::chat::Error;
use crate::dialects::openai_embeddings;
use crate::json::{Fault, FaultKind, Kind, Name, Reader};

/// What was found in a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan<'a> {
    /// The model that the client names, never empty.
    pub model: Cow<'a, str>,
    /// Where its name is, with the quotes.
    pub model_value: Range<usize>,
    /// Whether the answer is streamed.
    pub stream: bool,
    /// The client's `stream_options`, unless absent.
    pub stream_options: Option<StreamOptions>,
    /// Whether the client speaks of `functions` instead of `tools`.
    pub legacy_functions: bool,
    /// Whether there are tools, or functions.
    pub has_tools: bool,
    /// The client's `reasoning_effort`, where that is a text.
    pub reasoning_effort: Option<Cow<'a, str>>,
    /// The most output tokens that the client wants of each choice.
    pub max_output: Option<u64>,
    /// How many choices it wants, where it says so.
    pub choices: Option<u64>,
    /// One past the opening brace of the body.
    pub after_brace: usize,
    /// All top-level fields in the client's order.
    pub fields: Vec<Field<'a>>,
}

/// A top-level field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its name.
    pub name: Cow<'a, str>,
    /// Where its value is.
    pub value: Range<usize>,
    /// Where name and value are; the comma is left to its neighbours.
    pub member: Range<usize>,
    /// Whether OpenAI's API knows it.
    pub is_known: bool,
}

impl Field<'_> {
    fn into_owned(self) -> Field<'static> {
        let name = match fields::known(&self.name) {
            Some(known) => Cow::Borrowed(known),
            None => Cow::Owned(self.name.into_owned()),
        };
        Field {
            name,
            value: self.value,
            member: self.member,
            is_known: self.is_known,
        }
    }
}

/// The field `stream_options`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamOptions {
    /// Where its value is, `null` or an object.
    pub value: Range<usize>,
    /// Whether the client asks for usage at the end of its stream.
    pub include_usage: bool,
    /// Where the value of its `include_usage` is.
    include_usage_value: Option<Range<usize>>,
    /// Whether other options follow an insertion after its brace.
    has_members: bool,
}

/// A change of the body: these bytes become that text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where the text is inserted.
    pub range: Range<usize>,
    /// What comes there.
    pub text: &'static str,
}

/// Looks over a body.
///
/// # Errors
/// 400 where it is not a JSON object with a model, or has a field twice.
pub fn scan(body: &[u8]) -> Result<Scan<'_>, Error> {
    read(body, fields::KNOWN).map_err(|found| fault::error(&found, body))
}

/// Looks over the body of a request for embeddings, which differs in the fields that are known.
///
/// # Errors
/// As [`scan`].
pub fn scan_embeddings(body: &[u8]) -> Result<Scan<'_>, Error> {
    read(body, openai_embeddings::KNOWN).map_err(|found| fault::error(&found, body))
}

impl Scan<'_> {
    /// The same, outliving the body.
    pub fn into_owned(self) -> Scan<'static> {
        Scan {
            model: Cow::Owned(self.model.into_owned()),
            model_value: self.model_value,
            stream: self.stream,
            stream_options: self.stream_options,
            legacy_functions: self.legacy_functions,
            has_tools: self.has_tools,
            reasoning_effort: self
                .reasoning_effort
                .map(|word| Cow::Owned(word.into_owned())),
            max_output: self.max_output,
            choices: self.choices,
            after_brace: self.after_brace,
            fields: self.fields.into_iter().map(Field::into_owned).collect(),
        }
    }

    /// Whether the client wants usage at the end of its stream.
    pub fn include_usage(&self) -> bool {
        self.stream_options
            .as_ref()
            .is_some_and(|options| options.include_usage)
    }

    /// Fields that OpenAI's API does not know.
    pub fn unknown_fields(&self) -> impl Iterator<Item = &Field<'_>> {
        self.fields.iter().filter(|field| !field.is_known)
    }

    /// The change that makes the upstream report usage at the end of its stream; `None` where the
    /// client asks for that itself.
    pub fn ask_for_usage(&self) -> Option<Edit> {
        let Some(options) = &self.stream_options else {
            return Some(Edit {
                range: self.after_brace..self.after_brace,
                text: r#""stream_options":{"include_usage":true},"#,
            });
        };
        if options.include_usage {
            return None;
        }
        let after_brace = options.value.start.saturating_add(1);
        Some(match &options.include_usage_value {
            Some(value) => Edit {
                range: value.clone(),
                text: "true",
            },
            None if options.has_members => Edit {
                range: after_brace..after_brace,
                text: r#""include_usage":true,"#,
            },
            None => Edit {
                range: options.value.clone(),
                text: r#"{"include_usage":true}"#,
            },
        })
    }
}

#[derive(Default)]
struct Found<'a> {
    model: Option<(Cow<'a, str>, Range<usize>)>,
    stream: bool,
    stream_options: Option<StreamOptions>,
    has_functions: bool,
    has_tools: bool,
    reasoning_effort: Option<Cow<'a, str>>,
    max_output: Option<u64>,
    choices: Option<u64>,
    fields: Vec<Field<'a>>,
}

fn read<'a>(body: &'a [u8], known: &'static [&'static str]) -> Result<Scan<'a>, Fault> {
    let mut reader = Reader::new(body)?;
    let mut found = Found {
        fields: Vec::with_capacity(16),
        ..Found::default()
    };
    reader.kind()?;
    let after_brace = reader.offset().saturating_add(1);
    reader.object(|reader, name| found.field(reader, name, known))?;
    reader.end()?;
    let missing = || Fault::new(FaultKind::Missing, 0).in_member("model");
    let (model, model_value) = found
        .model
        .filter(|(model, _)| !model.is_empty())
        .ok_or_else(missing)?;
    Ok(Scan {
        model,
        model_value,
        stream: found.stream,
        stream_options: found.stream_options,
        legacy_functions: found.has_functions && !found.has_tools,
        has_tools: found.has_functions || found.has_tools,
        reasoning_effort: found.reasoning_effort,
        max_output: found.max_output,
        choices: found.choices,
        after_brace,
        fields: found.fields,
    })
}

impl<'a> Found<'a> {
    fn field(
        &mut self,
        reader: &mut Reader<'a>,
        name: &Name<'a>,
        known: &'static [&'static str],
    ) -> Result<(), Fault> {
        let before = self.fields.iter().map(|field| &*field.name);
        let is_known =
            fields::check(before, &name.text, known).map_err(|kind| reader.fault(kind))?;
        let start = reader.offset();
        match &*name.text {
            "model" => {
                let model = reader.string()?;
                self.model = Some((model, start..reader.offset()));
            }
            "stream" => self.stream = reader.optional(Reader::boolean)?.unwrap_or_default(),
            "stream_options" => self.stream_options = Some(stream_options(reader)?),
            "functions" => self.has_functions = is_there(reader)?,
            "tools" => self.has_tools = is_there(reader)?,
            "reasoning_effort" if reader.kind()? == Kind::String => {
                self.reasoning_effort = Some(reader.string()?);
            }
            "max_tokens" | "max_completion_tokens" => {
                self.max_output = self.max_output.max(count(reader)?);
            }
            "n" => self.choices = count(reader)?,
            _ => reader.skip()?,
        }
        let end = reader.offset();
        self.fields.push(Field {
            name: name.text.clone(),
            value: start..end,
            member: name.start..end,
            is_known,
        });
        Ok(())
    }
}

/// Takes any value, and says which count it is; whether it may be another is for the provider to say.
fn count(reader: &mut Reader<'_>) -> Result<Option<u64>, Fault> {
    Ok(reader.text()?.parse().ok())
}

/// Takes any value and says whether it is more than `null`.
fn is_there(reader: &mut Reader<'_>) -> Result<bool, Fault> {
    Ok(reader.optional(Reader::skip)?.is_some())
}

fn stream_options(reader: &mut Reader<'_>) -> Result<StreamOptions, Fault> {
    let start = reader.offset();
    let mut options = StreamOptions {
        value: start..start,
        include_usage: false,
        include_usage_value: None,
        has_members: false,
    };
    reader.optional(|reader| {
        reader.object(|reader, name| {
            options.has_members = true;
            if name.text != "include_usage" {
                return reader.skip();
            }
            if options.include_usage_value.is_some() {
                return Err(reader.fault(FaultKind::Duplicate));
            }
            let start = reader.offset();
            options.include_usage = reader.optional(Reader::boolean)?.unwrap_or_default();
            options.include_usage_value = Some(start..reader.offset());
            Ok(())
        })
    })?;
    options.value.end = reader.offset();
    Ok(options)
}

#[cfg(test)]
mod tests;
