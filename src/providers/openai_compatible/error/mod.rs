//! Errors of the family, in all their shapes, as [`Error`].
//!
//! An error that already has OpenAI's shape passes to the client byte for byte. Any other shape is
//! written again in OpenAI's: what the vendor adds to its error object stays, what stands beside it
//! (OpenRouter's `user_id` names the operator's account) does not. A refusal of the gateway's own
//! credential is told without the vendor's words, because some quote a part of the key.
//!
//! Never fails: a page of HTML, plain text or nothing at all becomes a sentence about the status.

mod classify;
mod shape;

use serde_json::{Value, json};

use crate::chat::{Error, ErrorKind};
use crate::dialects::openai_chat::error_answer;
use shape::Told;

/// Reads an error answer. The bytes are what the client gets instead; `None` where it gets the
/// answer as it is.
///
/// A status below 400 belongs to an error that came inside an answer: the error itself then tells
/// the status.
pub(super) fn read(status: u16, body: &[u8]) -> (Error, Option<Vec<u8>>) {
    let told = shape::read(body);
    let error = classify::error(status, &told);
    let passes = told.is_openai_shaped
        && error.kind != ErrorKind::Authentication
        && !classify::has_better_code(&told);
    let rewritten = (!passes).then(|| write(&error, &told));
    (error, rewritten)
}

/// The body of an error that the gateway itself tells, in OpenAI's shape.
pub(super) fn body(error: &Error) -> Vec<u8> {
    error_answer(error).body
}

/// OpenAI's error object, with what else the vendor has told in its own.
fn write(error: &Error, told: &Told) -> Vec<u8> {
    let body = body(error);
    if error.kind == ErrorKind::Authentication {
        return body;
    }
    let Ok(mut envelope) = serde_json::from_slice::<Value>(&body) else {
        return body;
    };
    if let Some(Value::Object(object)) = envelope.get_mut("error") {
        if let Some(kind) = &told.kind {
            object.insert("type".to_owned(), json!(kind));
        }
        object.extend(told.extras.clone());
    }
    envelope.to_string().into_bytes()
}

#[cfg(test)]
mod tests;
