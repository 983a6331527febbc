//! Functions that the model may call: their schemas and arguments, as objects of JSON.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;

use super::json::Fields;
use super::losses::Losses;
use crate::chat::{Error, Message, Request};

/// The arguments of a tool call: always an object.
pub(super) enum Input<'a> {
    Empty,
    /// An object, as the model wrote it.
    Object(&'a RawValue),
    /// JSON of another type, which is given in an object's field `value`.
    Other(&'a RawValue),
}

impl Serialize for Input<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.collect_map::<&str, (), _>([]),
            Self::Object(json) => json.serialize(serializer),
            Self::Other(json) => serializer.collect_map([("value", json)]),
        }
    }
}

impl<'a> Input<'a> {
    /// The arguments of a call in the history. What is no object is put into one, and what is no
    /// JSON is left out.
    ///
    /// # Errors
    /// Where the target is strict and the arguments are no JSON.
    pub(super) fn of(
        arguments: &'a str,
        param: impl Fn() -> String,
        losses: &mut Losses,
    ) -> Result<Self, Error> {
        let text = arguments.trim();
        Ok(match serde_json::from_str::<&RawValue>(text) {
            _ if text.is_empty() || text == "null" => Self::Empty,
            Ok(json) if json.get().starts_with('{') => Self::Object(json),
            Ok(json) => {
                losses.emulated(param());
                Self::Other(json)
            }
            Err(_) => {
                losses.dropped(param())?;
                Self::Empty
            }
        })
    }
}

/// JSON schema of a tool's arguments.
pub(super) enum Schema<'a> {
    /// The client's bytes.
    Client(&'a RawValue),
    /// The client's bytes with `type` added.
    Completed(Box<RawValue>),
    /// No arguments.
    Nothing,
}

impl Serialize for Schema<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Nothing {
            r#type: &'static str,
            properties: Fields<'static>,
        }
        match self {
            Self::Client(json) => json.serialize(serializer),
            Self::Completed(json) => json.serialize(serializer),
            Self::Nothing => Nothing {
                r#type: "object",
                properties: Fields::default(),
            }
            .serialize(serializer),
        }
    }
}

/// The client's bytes, so that the provider's prompt cache hits; `type` is added where it is
/// missing, because the API demands it and OpenAI's does not.
pub(super) fn input_schema(at: usize, parameters: Option<&RawValue>) -> Result<Schema<'_>, Error> {
    let Some(json) = parameters.filter(|json| json.get() != "null") else {
        return Ok(Schema::Nothing);
    };
    let Some(inside) = json.get().strip_prefix('{') else {
        return Err(
            Error::invalid("the parameters of a function are a JSON schema, an object")
                .with_param(format!("tools[{at}].function.parameters")),
        );
    };
    if inside.trim_start().starts_with('}') {
        return Ok(Schema::Nothing);
    }
    match serde_json::from_str(json.get()) {
        Ok(Typed { kind: None }) => RawValue::from_string(format!(r#"{{"type":"object",{inside}"#))
            .map(Schema::Completed)
            .map_err(|_| Error::invalid("a function's parameters are not JSON")),
        _ => Ok(Schema::Client(json)),
    }
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
}

/// The names as a set, all of which must be tools.
pub(super) fn named<'a>(
    request: &Request<'_>,
    names: &'a [Cow<'_, str>],
    param: &'static str,
) -> Result<BTreeSet<&'a str>, Error> {
    let tools: BTreeSet<&str> = request.tools.iter().map(|tool| &*tool.name).collect();
    let names: BTreeSet<&str> = names.iter().map(|name| &**name).collect();
    match names.iter().find(|name| !tools.contains(**name)) {
        None => Ok(names),
        Some(name) => {
            Err(Error::invalid(format!("there is no tool `{name}` in `tools`")).with_param(param))
        }
    }
}

/// The names of all tools that have been called in the conversation.
pub(super) fn called_tools<'a>(request: &'a Request<'_>) -> impl Iterator<Item = &'a str> {
    request
        .messages
        .iter()
        .flat_map(|message| match message {
            Message::Assistant { tool_calls, .. } => tool_calls.as_slice(),
            _ => &[],
        })
        .map(|call| &*call.name)
}
