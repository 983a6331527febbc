//! Errors: Google's `google.rpc.Status` → ours.
//!
//! `{"error": {"code", "message", "status", "details": […]}}`, at times as the only element of a
//! list. Statuses and details are Google's public ones (googleapis, `google/rpc`); what tells
//! failures apart that share a status is the `reason` of an `ErrorInfo`, and where there is none,
//! words of the message.

use std::borrow::Cow;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::chat::{Error, ErrorKind};
use crate::providers::failure;
use crate::providers::json::{Str, lenient};

/// Status, the HTTP status that goes with it, and what sort of failure it is.
const STATUSES: &[(&str, u16, ErrorKind)] = &[
    ("INVALID_ARGUMENT", 400, ErrorKind::InvalidRequest),
    ("FAILED_PRECONDITION", 400, ErrorKind::InvalidRequest),
    ("OUT_OF_RANGE", 400, ErrorKind::InvalidRequest),
    ("UNAUTHENTICATED", 401, ErrorKind::Authentication),
    ("PERMISSION_DENIED", 403, ErrorKind::Permission),
    ("NOT_FOUND", 404, ErrorKind::NotFound),
    ("ABORTED", 409, ErrorKind::Upstream),
    ("ALREADY_EXISTS", 409, ErrorKind::Upstream),
    ("RESOURCE_EXHAUSTED", 429, ErrorKind::RateLimit),
    ("CANCELLED", 499, ErrorKind::Upstream),
    ("INTERNAL", 500, ErrorKind::Upstream),
    ("UNKNOWN", 500, ErrorKind::Upstream),
    ("DATA_LOSS", 500, ErrorKind::Upstream),
    ("UNIMPLEMENTED", 501, ErrorKind::Upstream),
    ("UNAVAILABLE", 503, ErrorKind::Overloaded),
    ("DEADLINE_EXCEEDED", 504, ErrorKind::Timeout),
];

/// Reasons of a refused key, which AI Studio answers with status 400.
const BAD_KEY: &[&str] = &["API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_NOT_FOUND"];

/// Longest wait that is believed.
const MAX_WAIT: f64 = 7.0 * 24.0 * 3600.0;

/// Reads an error answer. Whatever the body is, the status is kept, but for a refused key.
pub(super) fn from_answer(status: u16, body: &[u8]) -> Error {
    let status = if (400..600).contains(&status) {
        status
    } else {
        502
    };
    match status_in(body) {
        Some(told) => told.error(Some(status)),
        None => failure::wrapped("Gemini", status, body),
    }
}

/// Reads an error inside of a stream, which has no status but its own; `None`: it is none.
pub(super) fn in_stream(json: &[u8]) -> Option<Error> {
    status_in(json).map(|told| told.error(None))
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    error: Option<&'a RawValue>,
}

#[derive(Default, Deserialize)]
struct Status<'a> {
    #[serde(default, deserialize_with = "lenient")]
    code: Option<u16>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    message: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    status: Option<Str<'a>>,
    #[serde(borrow, default, deserialize_with = "lenient")]
    details: Option<Vec<&'a RawValue>>,
}

/// What of a detail tells something, whatever its type.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail<'a> {
    /// Of an `ErrorInfo`.
    #[serde(borrow, default, deserialize_with = "lenient")]
    reason: Option<Str<'a>>,
    /// Of a `RetryInfo`: seconds and a unit, `34.07s`.
    #[serde(borrow, default, deserialize_with = "lenient")]
    retry_delay: Option<Str<'a>>,
}

fn status_in(json: &[u8]) -> Option<Status<'_>> {
    let answer = match serde_json::from_slice::<Vec<Answer<'_>>>(json) {
        Ok(answers) => answers.into_iter().next()?,
        Err(_) if json.trim_ascii_start().starts_with(b"{") => serde_json::from_slice(json).ok()?,
        Err(_) => return None,
    };
    let raw = answer.error?.get();
    Some(serde_json::from_str(raw).unwrap_or_else(|_| Status {
        message: serde_json::from_str(raw).ok(),
        ..Status::default()
    }))
}

impl Status<'_> {
    fn error(&self, http: Option<u16>) -> Error {
        let known = STATUSES
            .iter()
            .find(|(name, ..)| Some(*name) == self.status.as_deref());
        let code = self.code.filter(|code| (400..600).contains(code));
        let status = http.or(code).or(known.map(|known| known.1));
        let status = status.unwrap_or(502);
        let kind = match known {
            _ if status == 402 => ErrorKind::Quota,
            Some((.., kind)) => *kind,
            None => failure::kind_of(status),
        };
        let message = match self.message.as_deref().unwrap_or_default() {
            "" => format!("Gemini answered with an error (status {status})"),
            message => message.to_owned(),
        };
        let details = self.details();
        let reason = details.iter().find_map(|detail| detail.reason.as_deref());
        let (status, kind) = corrected(status, kind, reason, &message);
        Error {
            code: code_of(kind, reason, &message),
            retry_after: details.iter().find_map(|detail| delay(detail)),
            ..Error::new(kind, message).with_status(status)
        }
    }

    fn details(&self) -> Vec<Detail<'_>> {
        let details = self.details.iter().flatten();
        details
            .filter_map(|json| serde_json::from_str(json.get()).ok())
            .collect()
    }
}

/// Failures that Google calls something else than OpenAI: a refused key is no bad request, and
/// neither is a country or a project that Google does not serve.
fn corrected(
    status: u16,
    kind: ErrorKind,
    reason: Option<&str>,
    message: &str,
) -> (u16, ErrorKind) {
    let is_bad_request = status == 400;
    let has = |words: &str| message.contains(words);
    if reason.is_some_and(|reason| BAD_KEY.contains(&reason))
        || is_bad_request && (has("API key not valid") || has("API key expired"))
    {
        return (401, ErrorKind::Authentication);
    }
    if is_bad_request && (has("location is not supported") || has("enable billing")) {
        return (403, ErrorKind::Permission);
    }
    (status, kind)
}

/// The code that OpenAI's clients know for this, else Google's own reason.
fn code_of(kind: ErrorKind, reason: Option<&str>, message: &str) -> Option<Cow<'static, str>> {
    let code = match kind {
        ErrorKind::Authentication => "invalid_api_key",
        ErrorKind::Quota => "insufficient_quota",
        ErrorKind::InvalidRequest if overflows_context(message) => "context_length_exceeded",
        ErrorKind::NotFound if message.contains("odel") => "model_not_found",
        ErrorKind::RateLimit => "rate_limit_exceeded",
        _ => return reason.map(|reason| reason.to_owned().into()),
    };
    Some(code.into())
}

fn overflows_context(message: &str) -> bool {
    message.contains("token") && message.contains("exceeds the maximum number of tokens")
}

fn delay(detail: &Detail<'_>) -> Option<Duration> {
    let seconds: f64 = detail
        .retry_delay
        .as_deref()?
        .strip_suffix('s')?
        .parse()
        .ok()?;
    Duration::try_from_secs_f64(seconds.clamp(0.0, MAX_WAIT)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(code: u16, status: &str, message: &str, details: &str) -> String {
        format!(
            r#"{{"error":{{"code":{code},"message":"{message}","status":"{status}","details":[{details}]}}}}"#
        )
    }

    #[test]
    fn every_status_has_its_kind_and_keeps_the_http_status() {
        for &(name, status, kind) in STATUSES {
            let json = body(status, name, "no", "");
            let error = from_answer(status, json.as_bytes());
            assert_eq!((error.status, error.kind), (status, kind), "{name}");
            assert_eq!(in_stream(json.as_bytes()), Some(error), "{name}");
        }
    }

    #[test]
    fn failures_are_called_what_openai_calls_them() {
        let info = |reason: &str| {
            format!(r#"{{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"{reason}"}}"#)
        };
        for (status, name, message, details, expected) in [
            (
                400,
                "INVALID_ARGUMENT",
                "API key not valid. Please pass a valid API key.",
                info("API_KEY_INVALID"),
                (401, ErrorKind::Authentication, Some("invalid_api_key")),
            ),
            (
                400,
                "FAILED_PRECONDITION",
                "User location is not supported for the API use.",
                String::new(),
                (403, ErrorKind::Permission, None),
            ),
            (
                400,
                "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                String::new(),
                (
                    400,
                    ErrorKind::InvalidRequest,
                    Some("context_length_exceeded"),
                ),
            ),
            (
                403,
                "PERMISSION_DENIED",
                "Vertex AI API has not been used in project 1.",
                info("SERVICE_DISABLED"),
                (403, ErrorKind::Permission, Some("SERVICE_DISABLED")),
            ),
            (
                404,
                "NOT_FOUND",
                "models/gemini-0 is not found. Call ListModels.",
                String::new(),
                (404, ErrorKind::NotFound, Some("model_not_found")),
            ),
            (
                402,
                "",
                "Payment required.",
                String::new(),
                (402, ErrorKind::Quota, Some("insufficient_quota")),
            ),
        ] {
            let error = from_answer(status, body(status, name, message, &details).as_bytes());
            let seen = (error.status, error.kind, error.code.as_deref());
            assert_eq!(seen, expected, "{message}");
            assert_eq!(error.message, message);
        }
    }

    #[test]
    fn the_wait_is_told() {
        for (delay, expected) in [
            ("34.074824224s", Some(Duration::from_nanos(34_074_824_224))),
            ("7s", Some(Duration::from_secs(7))),
            ("-7s", Some(Duration::ZERO)),
            ("7", None),
            ("NaNs", None),
            ("1e300s", Some(Duration::from_secs(604_800))),
        ] {
            let info = format!(r#"{{"retryDelay":"{delay}"}}"#);
            let json = body(429, "RESOURCE_EXHAUSTED", "slow down", &info);
            let error = from_answer(429, json.as_bytes());
            assert_eq!(error.retry_after, expected, "{delay}");
            assert_eq!(error.code.as_deref(), Some("rate_limit_exceeded"));
        }
    }

    #[test]
    fn a_list_with_an_error_is_one_and_other_things_are_none() {
        let list = format!("[{}]", body(503, "UNAVAILABLE", "overloaded", ""));
        let error = in_stream(list.as_bytes()).unwrap();
        assert_eq!((error.status, error.kind), (503, ErrorKind::Overloaded));
        for json in ["", "{}", "[]", "[{}]", "7", r#"{"error":null}"#, "{"] {
            assert_eq!(in_stream(json.as_bytes()), None, "{json}");
        }
        assert_eq!(from_answer(302, b"").status, 502, "a redirect is no answer");
    }
}
