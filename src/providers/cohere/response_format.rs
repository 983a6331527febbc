//! `response_format`: the form of the answer.
//!
//! The API holds its models to JSON, and to a schema, but not beside tools or documents (the SDK's
//! note on `ResponseFormatV2`). There the model is asked in words, unless it must be exact.

use std::borrow::Cow;

use super::wire::write::{self, Content, Item, Message};
use crate::chat::{Error, Request, ResponseFormat};
use crate::providers::losses::Losses;

/// What a model is told that cannot be made to answer in JSON.
const ONLY_JSON: &str =
    "Answer with one JSON object and nothing else: no text around it, no code fence.";

/// Translates the form of the answer. `is_alone`: there are neither tools nor documents.
///
/// # Errors
/// Where a schema must be matched exactly and the model cannot be made to.
pub(super) fn translate<'a>(
    request: &'a Request<'_>,
    is_alone: bool,
    messages: &mut Vec<Message<'a>>,
    losses: &mut Losses,
) -> Result<Option<write::ResponseFormat<'a>>, Error> {
    let (json_schema, strict) = match &request.response_format {
        ResponseFormat::Text => return Ok(None),
        ResponseFormat::JsonObject => (None, false),
        ResponseFormat::JsonSchema { schema, strict, .. } => (Some(*schema), *strict == Some(true)),
    };
    if is_alone {
        return Ok(Some(write::ResponseFormat::JsonObject { json_schema }));
    }
    if strict {
        let message = "Cohere's models cannot be held to a JSON schema beside tools or documents: leave `strict` out";
        return Err(Error::invalid(message)
            .with_param("response_format.json_schema.strict")
            .with_code("unsupported_parameter"));
    }
    losses.emulated("response_format");
    let text = match json_schema {
        None => Cow::Borrowed(ONLY_JSON),
        Some(schema) => format!("{ONLY_JSON} It must match this JSON schema:\n{schema}").into(),
    };
    instruct(messages, text);
    Ok(None)
}

/// Adds instructions to those at the beginning.
fn instruct<'a>(messages: &mut Vec<Message<'a>>, text: Cow<'a, str>) {
    let is_system = |message: &Message<'_>| matches!(message, Message::System { .. });
    let place = messages
        .iter()
        .take_while(|message| is_system(message))
        .count();
    let content = Content(vec![Item::Text { text }]);
    messages.insert(place, Message::System { content });
}
