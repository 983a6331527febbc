//! Errors: Ollama's body → ours.
//!
//! A body is `{"error": …}`, whatever the status; there are no codes.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::chat::{Error, ErrorKind};
use crate::providers::failure::{in_words, kind_of, words, wrapped};

/// Reads an error answer. Whatever the body is, the status is kept.
pub(super) fn from_answer(status: u16, body: &[u8]) -> Error {
    let status = match status {
        400..600 => status,
        _ => 502,
    };
    match words(body) {
        Ok(Some(message)) => build(status, message),
        Ok(None) => build(status, format!("Ollama answered with status {status}")),
        Err(_) => wrapped("Ollama", status, body),
    }
}

/// Reads the `error` of an answer or a line with status 200.
pub(super) fn from_line(error: &RawValue) -> Error {
    let message = in_words(error).filter(|words| !words.trim().is_empty());
    let message = message.unwrap_or(Cow::Borrowed("Ollama broke off its answer"));
    build(502, message.into_owned())
}

fn build(status: u16, message: String) -> Error {
    let kind = kind_of(status);
    let code = match kind {
        ErrorKind::Authentication => Some("invalid_api_key"),
        ErrorKind::NotFound if message.contains("model") => Some("model_not_found"),
        ErrorKind::RateLimit => Some("rate_limit_exceeded"),
        ErrorKind::InvalidRequest if message.contains("context length") => {
            Some("context_length_exceeded")
        }
        _ => None,
    };
    Error {
        code: code.map(Cow::Borrowed),
        ..Error::new(kind, message).with_status(status)
    }
}
