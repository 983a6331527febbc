//! Anthropic's complaints, in Anthropic's words.
//!
//! Source: recorded errors and the messages that users of the API quote, checked
//! 2026-11-21. The shape is `{"type": "error", "error": {type, message}, request_id}`.

use bytes::Bytes;
use serde_json::{Value, json};

use super::request_id;
use crate::simulate::serial::Serial;
use crate::simulate::vendor::Refusal;

pub(super) fn body(refusal: &Refusal, serial: Serial) -> Bytes {
    Bytes::from(document(refusal, serial).to_string())
}

pub(super) fn event(refusal: &Refusal, serial: Serial) -> Bytes {
    Bytes::from(format!(
        "event: error\ndata: {}\n\n",
        document(refusal, serial)
    ))
}

fn document(refusal: &Refusal, serial: Serial) -> Value {
    let Refusal { kind, message, .. } = refusal;
    json!({
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": request_id(serial),
    })
}

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "invalid_request_error", message)
}

pub(super) fn authentication(message: &str) -> Refusal {
    Refusal::new(401, "authentication_error", message)
}

pub(super) fn not_found() -> Refusal {
    Refusal::new(404, "not_found_error", "Not found")
}

pub(super) fn wrong_method() -> Refusal {
    Refusal::new(405, "invalid_request_error", "Method Not Allowed")
}

pub(super) fn unknown_model(name: &str) -> Refusal {
    Refusal::new(404, "not_found_error", format!("model: {name}"))
}

pub(super) fn content_type() -> Refusal {
    invalid("Content-Type: header must be application/json")
}

pub(super) fn not_json(why: &serde_json::Error) -> Refusal {
    invalid(format!("The request body is not valid JSON: {why}"))
}

pub(super) fn usual(status: u16) -> Refusal {
    let (kind, message) = match status {
        401 => ("authentication_error", "invalid x-api-key"),
        402 => (
            "billing_error",
            "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.",
        ),
        403 => (
            "permission_error",
            "Your API key does not have permission to use the specified resource.",
        ),
        404 => ("not_found_error", "Not found"),
        409 => ("conflict_error", "The request conflicts with another one."),
        413 => ("request_too_large", "Request exceeds the maximum size"),
        429 => (
            "rate_limit_error",
            "This request would exceed your account's rate limit. Please try again later.",
        ),
        504 => ("timeout_error", "Request timed out."),
        529 => ("overloaded_error", "Overloaded"),
        400..=499 => ("invalid_request_error", "Your request is malformed."),
        _ => ("api_error", "Internal server error"),
    };
    Refusal::new(status, kind, message)
}
