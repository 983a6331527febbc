//! What is read of an answer, and how leniently.
//!
//! Look-alikes leave fields out, send `null`, or give them another type. Nothing here fails for
//! that: a field that does not read as it should counts as absent. Only what is no JSON object at
//! all is an error.

use std::borrow::Cow;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::finish::{self, Finish};

/// A whole answer, or one chunk of a streamed one.
#[derive(Deserialize)]
pub(super) struct Answer<'a> {
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) id: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) object: Option<Cow<'a, str>>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) created: Option<u64>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) model: Option<Cow<'a, str>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) choices: Option<Vec<Choice<'a>>>,
    #[serde(borrow, default)]
    pub(super) usage: Option<&'a RawValue>,
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) x_groq: Option<XGroq<'a>>,
    /// What Azure's filter found in the prompt.
    #[serde(borrow, default)]
    pub(super) prompt_filter_results: Option<&'a RawValue>,
}

/// One choice: only what decides how it is treated.
#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) index: Option<u64>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) finish_reason: Option<Cow<'a, str>>,
    /// OpenRouter reports a provider's failure in the choice too.
    #[serde(borrow, default)]
    pub(super) error: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) message: Option<Message<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    pub(super) delta: Option<Message<'a>>,
}

/// A message or a piece of one.
#[derive(Default)]
pub(super) struct Message<'a> {
    pub(super) role: Option<Cow<'a, str>>,
    /// Whether it says anything but who speaks, in whatever field.
    pub(super) says_something: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Message<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MessageVisitor)
    }
}

struct MessageVisitor;

impl<'de> Visitor<'de> for MessageVisitor {
    type Value = Message<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        let mut message = Message::default();
        while let Some((name, value)) = fields.next_entry::<Cow<'de, str>, &'de RawValue>()? {
            if name == "role" {
                message.role = serde_json::from_str(value.get()).ok();
            } else {
                message.says_something |= !matches!(value.get(), "null" | "\"\"" | "[]" | "{}");
            }
        }
        Ok(message)
    }
}

/// Groq's own object; early streams had their usage only here.
#[derive(Deserialize)]
pub(super) struct XGroq<'a> {
    #[serde(borrow, default)]
    pub(super) usage: Option<&'a RawValue>,
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
    pub(super) fn usage_json(&self) -> Option<&'a RawValue> {
        self.usage
            .or_else(|| self.x_groq.as_ref().and_then(|groq| groq.usage))
    }

    /// The JSON of the first error in it.
    pub(super) fn error_json(&self) -> Option<&'a RawValue> {
        let says_something = |error: &&RawValue| !matches!(error.get(), "\"\"" | "{}" | "false");
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

/// Reads a field that counts as absent when it is not what it should be.
pub(super) fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let raw: Option<&'de RawValue> = Deserialize::deserialize(deserializer)?;
    Ok(raw.and_then(|raw| serde_json::from_str(raw.get()).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Answer<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn fields_of_the_wrong_type_count_as_absent() {
        let answer = read(r#"{"id":7,"model":null,"choices":{},"created":"now","usage":null}"#);
        assert!(answer.id.is_none() && answer.model.is_none() && answer.created.is_none());
        assert!(answer.choices().is_empty());
        assert!(answer.usage_json().is_none());
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
        assert_eq!(answer.usage_json().unwrap().get(), r#"{"prompt_tokens":3}"#);
    }

    #[test]
    fn an_error_may_hide_in_a_choice() {
        let answer = read(r#"{"choices":[{"error":{"message":"m"},"finish_reason":"error"}]}"#);
        assert_eq!(answer.error_json().unwrap().get(), r#"{"message":"m"}"#);
    }
}
