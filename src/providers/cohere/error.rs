//! Errors: Cohere's body → ours.
//!
//! A body is `{"message": …}`, maybe with an `id`, whatever the status; there are no codes. What a
//! client needs to tell apart is in the words, as docs.cohere.com/reference/errors has them
//! (2026-11-25).

use std::borrow::Cow;

use crate::chat::{Error, ErrorKind};
use crate::providers::failure::{kind_of, words, wrapped};

/// Reads an error answer.
pub(super) fn from_answer(status: u16, body: &[u8]) -> Error {
    let status = told(status);
    match words(body) {
        Ok(Some(message)) => build(status, message),
        Ok(None) => build(status, format!("Cohere answered with status {status}")),
        Err(_) => wrapped("Cohere", status, body),
    }
}

/// The status that a client understands.
fn told(status: u16) -> u16 {
    match status {
        498 => 401, // an invalid token
        499 => 502, // "the client has closed the request": that was not our client
        400..600 => status,
        _ => 502,
    }
}

/// An error with these words.
pub(super) fn build(status: u16, message: String) -> Error {
    let spent = status == 402 || (status == 429 && is_spent(&message));
    let kind = if spent {
        ErrorKind::Quota
    } else {
        kind_of(status)
    };
    let code = match kind {
        ErrorKind::Quota => Some("insufficient_quota"),
        ErrorKind::Authentication => Some("invalid_api_key"),
        ErrorKind::RateLimit => Some("rate_limit_exceeded"),
        ErrorKind::NotFound if message.contains("model") => Some("model_not_found"),
        ErrorKind::InvalidRequest if overflows_context(&message) => Some("context_length_exceeded"),
        _ => None,
    };
    Error {
        code: code.map(Cow::Borrowed),
        ..Error::new(kind, message).with_status(status)
    }
}

/// A trial key has calls for a minute, and calls for a month.
fn is_spent(message: &str) -> bool {
    message.contains("calls / month")
}

/// "too many tokens" is also said of a limit that is larger than the model's.
fn overflows_context(message: &str) -> bool {
    message.contains("too many tokens") && !message.contains("max tokens must be")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> (u16, ErrorKind, Option<String>, String) {
        let error = from_answer(status, body.as_bytes());
        let code = error.code.map(Cow::into_owned);
        (error.status, error.kind, code, error.message)
    }

    #[test]
    fn every_status_of_the_api_has_its_kind() {
        for (status, told, kind) in [
            (400, 400, ErrorKind::InvalidRequest),
            (401, 401, ErrorKind::Authentication),
            (402, 402, ErrorKind::Quota),
            (403, 403, ErrorKind::Permission),
            (404, 404, ErrorKind::NotFound),
            (422, 422, ErrorKind::InvalidRequest),
            (429, 429, ErrorKind::RateLimit),
            (498, 401, ErrorKind::Authentication),
            (499, 502, ErrorKind::Upstream),
            (500, 500, ErrorKind::Upstream),
            (501, 501, ErrorKind::Upstream),
            (503, 503, ErrorKind::Overloaded),
            (504, 504, ErrorKind::Timeout),
            (302, 502, ErrorKind::Upstream),
        ] {
            let (seen, sort, _, message) = read(status, r#"{"id":"x","message":"no"}"#);
            assert_eq!((seen, sort), (told, kind), "{status}");
            assert_eq!(message, "no");
        }
    }

    #[test]
    fn codes_are_those_that_openai_clients_know() {
        for (status, message, expected) in [
            (
                400,
                "invalid request: prompt must be at least 1 token long.",
                None,
            ),
            (
                400,
                "too many tokens: total number of tokens in the prompt cannot exceed 4081",
                Some("context_length_exceeded"),
            ),
            (
                400,
                "too many tokens: max tokens must be less than or equal to 4096",
                None,
            ),
            (401, "invalid api token", Some("invalid_api_key")),
            (
                404,
                "model 'command-x' not found, make sure the correct model ID was used",
                Some("model_not_found"),
            ),
            (
                429,
                "Please wait and try again later",
                Some("rate_limit_exceeded"),
            ),
            (
                429,
                "You are using a Trial key, which is limited to 1000 API calls / month.",
                Some("insufficient_quota"),
            ),
        ] {
            let (_, _, code, shown) = read(status, &format!(r#"{{"message":"{message}"}}"#));
            assert_eq!(code.as_deref(), expected, "{message}");
            assert_eq!(shown, message, "the upstream's own words reach the client");
        }
    }
}
