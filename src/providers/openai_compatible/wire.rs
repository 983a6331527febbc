//! What is read of an answer, and how leniently.
//!
//! Look-alikes leave fields out, send `null`, or give them another type. Nothing here fails for
//! that: a field that does not read as it should counts as absent. Only what is no JSON object at
//! all is an error.

use std::borrow::Cow;

use super::finish::{self, Finish};
use super::usage;
use crate::chat::Usage;
use crate::json::{Fault, Kind, Reader};

/// A whole answer, or one chunk of a streamed one.
#[derive(Default)]
pub(super) struct Answer<'a> {
    pub(super) id: Option<Cow<'a, str>>,
    pub(super) object: Option<Cow<'a, str>>,
    pub(super) created: Option<u64>,
    pub(super) model: Option<Cow<'a, str>>,
    pub(super) service_tier: Option<Cow<'a, str>>,
    pub(super) choices: Option<Vec<Choice<'a>>>,
    usage: Option<Usage>,
    /// Groq's own object; early streams had their usage only here.
    x_groq_usage: Option<Usage>,
    error: Option<&'a str>,
    /// What Azure's filter found in the prompt.
    pub(super) prompt_filter_results: Option<&'a str>,
}

/// One choice: only what decides how it is treated.
#[derive(Default)]
pub(super) struct Choice<'a> {
    pub(super) index: Option<u64>,
    pub(super) finish_reason: Option<Cow<'a, str>>,
    pub(super) message: Option<Message<'a>>,
    pub(super) delta: Option<Message<'a>>,
    /// OpenRouter reports a provider's failure in the choice too.
    error: Option<&'a str>,
}

/// A message or a piece of one.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) role: Option<Cow<'a, str>>,
    /// Whether it says anything but who speaks, in whatever field.
    pub(super) says_something: bool,
}

impl<'a> Answer<'a> {
    /// Reads an answer; `None` where it is no JSON object.
    pub(super) fn read(json: &'a [u8]) -> Option<Self> {
        let mut answer = Self::default();
        let mut reader = Reader::new(json).ok()?;
        let is_object = reader
            .members(|reader, name| answer.member(reader, name))
            .ok()?;
        reader.end().ok()?;
        is_object.then_some(answer)
    }

    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "id" => self.id = string(reader)?,
            "object" => self.object = string(reader)?,
            "created" => self.created = reader.text()?.parse().ok(),
            "model" => self.model = string(reader)?,
            "service_tier" => self.service_tier = string(reader)?,
            "choices" => self.choices = choices(reader)?,
            "usage" => self.usage = usage::take(reader)?,
            "x_groq" => self.x_groq_usage = x_groq_usage(reader)?,
            "error" => self.error = unless_null(reader)?,
            "prompt_filter_results" => self.prompt_filter_results = unless_null(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

/// Takes the choices; nothing where they are no list of objects.
fn choices<'a>(reader: &mut Reader<'a>) -> Result<Option<Vec<Choice<'a>>>, Fault> {
    if reader.kind()? != Kind::Array {
        return reader.skip().map(|()| None);
    }
    let mut choices = Some(Vec::with_capacity(1));
    reader.array(|reader| {
        let mut choice = Choice::default();
        if !reader.members(|reader, name| choice.member(reader, name))? {
            choices = None;
        }
        if let Some(choices) = &mut choices {
            choices.push(choice);
        }
        Ok(())
    })?;
    Ok(choices)
}

fn x_groq_usage(reader: &mut Reader<'_>) -> Result<Option<Usage>, Fault> {
    let mut counts = None;
    reader.members(|reader, name| {
        match name {
            "usage" => counts = usage::take(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    })?;
    Ok(counts)
}

/// Takes a string; nothing where it is something else.
fn string<'a>(reader: &mut Reader<'a>) -> Result<Option<Cow<'a, str>>, Fault> {
    let text = reader.text()?;
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    Ok(match inner {
        Some(inner) if inner.contains('\\') => serde_json::from_str(text).map(Cow::Owned).ok(),
        inner => inner.map(Cow::Borrowed),
    })
}

fn unless_null<'a>(reader: &mut Reader<'a>) -> Result<Option<&'a str>, Fault> {
    let text = reader.text()?;
    Ok(Some(text).filter(|text| *text != "null"))
}

impl<'a> Choice<'a> {
    fn member(&mut self, reader: &mut Reader<'a>, name: &str) -> Result<(), Fault> {
        match name {
            "index" => self.index = reader.text()?.parse().ok(),
            "finish_reason" => self.finish_reason = string(reader)?,
            "message" => self.message = Message::take(reader)?,
            "delta" => self.delta = Message::take(reader)?,
            "error" => self.error = unless_null(reader)?,
            _ => reader.skip()?,
        }
        Ok(())
    }
}

impl<'a> Message<'a> {
    fn take(reader: &mut Reader<'a>) -> Result<Option<Self>, Fault> {
        let mut message = Self::default();
        let is_object = reader.members(|reader, name| {
            if name == "role" {
                message.role = string(reader)?;
            } else {
                let value = reader.text()?;
                message.says_something |= !matches!(value, "null" | "\"\"" | "[]" | "{}");
            }
            Ok(())
        })?;
        Ok(is_object.then_some(message))
    }
}

impl Choice<'_> {
    /// Whether the choice is over, and how; `None` while it goes on.
    pub(super) fn finish(&self) -> Option<Finish> {
        self.finish_reason.as_deref().map(finish::read)
    }

    /// Whether a client learns more from it than who speaks.
    pub(super) fn says_something(&self) -> bool {
        let ends = self.finish().is_some_and(|finish| finish != Finish::Open);
        ends || self
            .delta
            .as_ref()
            .is_some_and(|delta| delta.says_something)
    }
}

impl<'a> Answer<'a> {
    /// The answer's token counts, wherever they are.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage.or(self.x_groq_usage)
    }

    /// The JSON of the first error in it.
    pub(super) fn error_json(&self) -> Option<&'a str> {
        let says_something = |error: &&str| !matches!(*error, "\"\"" | "{}" | "false");
        let in_choices = self.choices().iter().map(|choice| choice.error);
        let mut errors = std::iter::once(self.error).chain(in_choices).flatten();
        errors.find(says_something)
    }

    /// Its choices with their indexes: what they say, else their places.
    pub(super) fn indexed_choices(&self) -> impl Iterator<Item = (u64, &Choice<'a>)> {
        let places = 0..;
        places
            .zip(self.choices())
            .map(|(place, choice)| (choice.index.unwrap_or(place), choice))
    }

    /// Its choices; none where the field is absent.
    pub(super) fn choices(&self) -> &[Choice<'a>] {
        self.choices.as_deref().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Answer<'_> {
        Answer::read(json.as_bytes()).unwrap()
    }

    #[test]
    fn fields_of_the_wrong_type_count_as_absent() {
        let answer = read(r#"{"id":7,"model":null,"choices":{},"created":"now","usage":null}"#);
        assert!(answer.id.is_none() && answer.model.is_none() && answer.created.is_none());
        assert!(answer.choices().is_empty());
        assert!(answer.usage().is_none());
    }

    #[test]
    fn who_speaks_is_not_yet_something_said() {
        let says = |delta: &str| {
            let json = format!("{{\"choices\":[{{\"delta\":{delta},\"finish_reason\":null}}]}}");
            read(&json).choices()[0].says_something()
        };
        for nothing in [
            r#"{"role":"assistant"}"#,
            r#"{"role":"assistant","content":"","refusal":null,"tool_calls":[]}"#,
            "{}",
            "null",
        ] {
            assert!(!says(nothing), "{nothing}");
        }
        for something in [
            r#"{"content":" "}"#,
            r#"{"role":"assistant","reasoning":"r"}"#,
            r#"{"tool_calls":[{"index":0}]}"#,
        ] {
            assert!(says(something), "{something}");
        }
    }

    #[test]
    fn an_end_is_something_said() {
        let answer = read(r#"{"choices":[{"delta":{},"finish_reason":"stop"}]}"#);
        assert!(answer.choices()[0].says_something());
    }

    #[test]
    fn usage_of_early_groq_streams_is_found_in_its_own_object() {
        let answer = read(r#"{"choices":[],"x_groq":{"id":"r","usage":{"prompt_tokens":3}}}"#);
        assert_eq!(answer.usage().unwrap().input, 3);
    }

    #[test]
    fn an_error_may_hide_in_a_choice() {
        let answer = read(r#"{"choices":[{"error":{"message":"m"},"finish_reason":"error"}]}"#);
        assert_eq!(answer.error_json(), Some(r#"{"message":"m"}"#));
    }
}
