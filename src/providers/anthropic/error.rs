//! Errors: Anthropic's body → ours.
//!
//! The types and the field `details.error_code` are those of SDK 2.11.0 (`types/shared`, checked
//! 2026-11-21), which calls the code stable and the message text not; the messages that are looked
//! into have no code of their own.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::wire::read::{Failure, Str};
use crate::chat::{Error, ErrorKind};
use crate::providers::failure::{kind_of, wrapped};

/// Error type, the HTTP status that goes with it, and what sort of failure it is.
const TYPES: &[(&str, u16, ErrorKind)] = &[
    ("invalid_request_error", 400, ErrorKind::InvalidRequest),
    ("authentication_error", 401, ErrorKind::Authentication),
    ("billing_error", 402, ErrorKind::Quota),
    ("permission_error", 403, ErrorKind::Permission),
    ("not_found_error", 404, ErrorKind::NotFound),
    ("conflict_error", 409, ErrorKind::Upstream),
    ("request_too_large", 413, ErrorKind::InvalidRequest),
    ("rate_limit_error", 429, ErrorKind::RateLimit),
    ("api_error", 500, ErrorKind::Upstream),
    ("timeout_error", 504, ErrorKind::Timeout),
    ("overloaded_error", 529, ErrorKind::Overloaded),
];

/// Codes of rate limit errors that waiting a minute does not help against.
const SPENT: &[&str] = &[
    "enforced_spend_limit_reached",
    "contract_spend_limit_reached",
    "linked_organization_spend_limit_reached",
];

/// Reads an error answer. Whatever the body is, the status is kept.
pub(super) fn from_answer(status: u16, body: &[u8]) -> Error {
    let status = if (400..600).contains(&status) {
        status
    } else {
        502
    };
    match serde_json::from_slice::<Answer<'_>>(body) {
        Ok(answer) => answer.error(status),
        Err(_) => wrapped("Anthropic", status, body),
    }
}

/// Reads an `error` event of a stream, which has no status but that of its type.
pub(super) fn from_event(failure: &Failure<'_>) -> Error {
    let (status, kind) = failure
        .kind
        .as_deref()
        .and_then(known)
        .unwrap_or((502, ErrorKind::Upstream));
    build(status, kind, failure)
}

/// An error body; look-alikes of Anthropic's API put the message elsewhere.
#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
    #[serde(borrow)]
    message: Option<&'a RawValue>,
}

impl Answer<'_> {
    fn error(&self, status: u16) -> Error {
        let raw = self.error.or(self.message).map_or("null", RawValue::get);
        let failure = serde_json::from_str::<Failure<'_>>(raw).unwrap_or_else(|_| Failure {
            message: serde_json::from_str::<Str<'_>>(raw).ok(),
            ..Failure::default()
        });
        let kind = failure
            .kind
            .as_deref()
            .and_then(known)
            .map_or_else(|| kind_of(status), |(_, kind)| kind);
        build(status, kind, &failure)
    }
}

fn known(name: &str) -> Option<(u16, ErrorKind)> {
    TYPES
        .iter()
        .find(|(known, ..)| *known == name)
        .map(|&(_, status, kind)| (status, kind))
}

fn build(status: u16, kind: ErrorKind, failure: &Failure<'_>) -> Error {
    let message = failure.message.as_deref().unwrap_or_default();
    let details = failure.details.as_ref();
    let vendor_code = details.and_then(|details| details.error_code.as_deref());
    let spent = vendor_code.is_some_and(|code| SPENT.contains(&code))
        || message.contains("credit balance is too low");
    let kind = if spent { ErrorKind::Quota } else { kind };
    let message = if message.is_empty() {
        format!("Anthropic answered with an error (status {status})")
    } else {
        message.to_owned()
    };
    let code = code(status, kind, vendor_code, &message);
    Error {
        code,
        ..Error::new(kind, message).with_status(status)
    }
}

/// The code that OpenAI's clients know for this, else the vendor's own.
fn code(
    status: u16,
    kind: ErrorKind,
    vendor_code: Option<&str>,
    message: &str,
) -> Option<Cow<'static, str>> {
    let code = match kind {
        ErrorKind::Quota => "insufficient_quota",
        ErrorKind::InvalidRequest if overflows_context(message) => "context_length_exceeded",
        ErrorKind::InvalidRequest if message.contains(FILTERED) => "content_filter",
        _ if vendor_code.is_some() => return vendor_code.map(|code| code.to_owned().into()),
        ErrorKind::Authentication => "invalid_api_key",
        ErrorKind::NotFound if message.starts_with("model:") => "model_not_found",
        ErrorKind::RateLimit => "rate_limit_exceeded",
        ErrorKind::InvalidRequest if status == 413 => "request_too_large",
        _ => return None,
    };
    Some(code.into())
}

/// What is said where the provider's own filter refuses the answer, as in
/// <https://github.com/anthropics/claude-code/issues/58367>, checked 2026-11-25.
const FILTERED: &str = "blocked by content filtering policy";

fn overflows_context(message: &str) -> bool {
    message.starts_with("prompt is too long") || message.contains("exceed context limit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> (u16, ErrorKind, Option<String>, String) {
        let error = from_answer(status, body.as_bytes());
        let code = error.code.map(Cow::into_owned);
        (error.status, error.kind, code, error.message)
    }

    fn typed(kind: &str, message: &str) -> String {
        format!(r#"{{"type":"error","error":{{"type":"{kind}","message":"{message}"}}}}"#)
    }

    #[test]
    fn every_type_has_its_kind_and_keeps_the_status() {
        for &(name, status, kind) in TYPES {
            let (seen, sort, ..) = answer(status, &typed(name, "no"));
            assert_eq!((seen, sort), (status, kind), "{name}");
        }
    }

    #[test]
    fn codes_are_those_that_openai_clients_know() {
        for (status, kind, message, expected) in [
            (
                429,
                "rate_limit_error",
                "slow down",
                Some("rate_limit_exceeded"),
            ),
            (
                404,
                "not_found_error",
                "model: claude-0",
                Some("model_not_found"),
            ),
            (
                401,
                "authentication_error",
                "invalid x-api-key",
                Some("invalid_api_key"),
            ),
            (
                400,
                "invalid_request_error",
                "prompt is too long: 209000 tokens > 200000 maximum",
                Some("context_length_exceeded"),
            ),
            (
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API.",
                Some("insufficient_quota"),
            ),
            (
                400,
                "invalid_request_error",
                "Output blocked by content filtering policy",
                Some("content_filter"),
            ),
            (400, "invalid_request_error", "temperature: no", None),
            (529, "overloaded_error", "Overloaded", None),
        ] {
            let (_, _, code, shown) = answer(status, &typed(kind, message));
            assert_eq!(code.as_deref(), expected, "{message}");
            assert_eq!(shown, message, "the upstream's own words reach the client");
        }
    }

    #[test]
    fn a_reached_spend_limit_is_no_passing_rate_limit() {
        let (status, kind, code, _) = answer(
            429,
            r#"{"type":"error","error":{"type":"rate_limit_error","message":"limit",
                "details":{"error_code":"enforced_spend_limit_reached"}},"request_id":"req_1"}"#,
        );
        assert_eq!((status, kind), (429, ErrorKind::Quota));
        assert_eq!(code.as_deref(), Some("insufficient_quota"));
    }

    #[test]
    fn the_vendors_stable_code_is_kept() {
        let (_, _, code, _) = answer(
            400,
            r#"{"error":{"type":"invalid_request_error","message":"m","details":{"error_code":"tool_name_conflict"}}}"#,
        );
        assert_eq!(code.as_deref(), Some("tool_name_conflict"));
    }

    #[test]
    fn bodies_that_are_not_anthropics_are_wrapped_with_their_status() {
        for (status, body, kind, message) in [
            (
                502,
                "<html><b>Bad gateway</b></html>",
                ErrorKind::Upstream,
                None,
            ),
            (
                503,
                "upstream connect error",
                ErrorKind::Overloaded,
                Some("upstream connect error"),
            ),
            (500, "", ErrorKind::Upstream, None),
            (
                429,
                r#"{"error":"too many"}"#,
                ErrorKind::RateLimit,
                Some("too many"),
            ),
            (
                400,
                r#"{"message":"bad"}"#,
                ErrorKind::InvalidRequest,
                Some("bad"),
            ),
            (
                418,
                r#"{"error":{"message":"tea","code":7}}"#,
                ErrorKind::InvalidRequest,
                Some("tea"),
            ),
            (500, "[1,2]", ErrorKind::Upstream, None),
            (404, "null", ErrorKind::NotFound, None),
        ] {
            let (seen, sort, _, shown) = answer(status, body);
            assert_eq!((seen, sort), (status, kind), "{body}");
            assert!(message.is_none_or(|message| message == shown), "{shown}");
            assert!(!shown.is_empty() && !shown.contains('<'));
        }
        assert_eq!(answer(302, "").0, 502, "a redirect is no answer");
    }

    #[test]
    fn a_stream_error_has_the_status_of_its_type() {
        let failure = serde_json::from_str(r#"{"type":"overloaded_error","message":"Overloaded"}"#);
        let error = from_event(&failure.unwrap());
        assert_eq!((error.status, error.kind), (529, ErrorKind::Overloaded));
        assert_eq!(from_event(&Failure::default()).status, 502);
    }
}
