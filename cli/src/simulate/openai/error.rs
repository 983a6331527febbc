//! OpenAI's complaints, in OpenAI's words.
//!
//! Source: recorded errors and the messages that users of the API quote, checked
//! 2026-11-21. The shape is `{"error": {message, type, param, code}}`.

use bytes::Bytes;
use hyper::Method;
use serde_json::json;

use crate::simulate::vendor::Refusal;

const INVALID: &str = "invalid_request_error";

pub(super) fn body(refusal: &Refusal) -> Bytes {
    let Refusal {
        message,
        kind,
        param,
        code,
        ..
    } = refusal;
    let error = json!({"error": {"message": message, "type": kind, "param": param, "code": code}});
    // The vendor sends its errors indented.
    Bytes::from(serde_json::to_string_pretty(&error).unwrap_or_default())
}

pub(super) fn event(refusal: &Refusal) -> Bytes {
    let Refusal {
        message,
        kind,
        param,
        code,
        ..
    } = refusal;
    let error = json!({"error": {"message": message, "type": kind, "param": param, "code": code}});
    Bytes::from(format!("data: {error}\n\n"))
}

pub(super) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, INVALID, message)
}

pub(super) fn usual(status: u16) -> Refusal {
    let (kind, code, message) = match status {
        400 => (INVALID, None, "Your request is malformed."),
        401 => (
            INVALID,
            Some("invalid_api_key"),
            "Incorrect API key provided.",
        ),
        403 => (
            INVALID,
            Some("unsupported_country_region_territory"),
            "Country, region, or territory not supported",
        ),
        404 => (
            INVALID,
            Some("model_not_found"),
            "The model does not exist or you do not have access to it.",
        ),
        413 => (INVALID, None, "Request body is too large."),
        429 => (
            "requests",
            Some("rate_limit_exceeded"),
            "Rate limit reached for requests per min (RPM): Limit 500, Used 500, Requested 1. Please try again in 120ms.",
        ),
        503 => (
            "server_error",
            None,
            "The engine is currently overloaded, please try again later",
        ),
        _ => (
            "server_error",
            None,
            "The server had an error while processing your request. Sorry about that!",
        ),
    };
    let refusal = Refusal::new(status, kind, message);
    match code {
        Some(code) => refusal.code(code),
        None => refusal,
    }
}

pub(super) fn no_key() -> Refusal {
    Refusal::new(
        401,
        INVALID,
        "You didn't provide an API key. You need to provide your API key in an Authorization \
         header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY).",
    )
}

pub(super) fn wrong_key(given: &str) -> Refusal {
    let message = format!(
        "Incorrect API key provided: {}. You can find your API key at \
         https://platform.openai.com/account/api-keys.",
        masked(given)
    );
    Refusal::new(401, INVALID, message).code("invalid_api_key")
}

/// Enough of a key to recognise it.
fn masked(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    if letters.len() < 12 {
        return "*".repeat(letters.len());
    }
    let middle = letters.len() - 8;
    let visible = |(index, letter): (usize, &char)| {
        if (4..4 + middle).contains(&index) {
            '*'
        } else {
            *letter
        }
    };
    letters.iter().enumerate().map(visible).collect()
}

pub(super) fn unknown_model(name: &str) -> Refusal {
    let message = format!("The model `{name}` does not exist or you do not have access to it.");
    Refusal::new(404, INVALID, message).code("model_not_found")
}

pub(super) fn unknown_url(method: &Method, path: &str) -> Refusal {
    Refusal::new(404, INVALID, format!("Invalid URL ({method} {path})"))
}

pub(super) fn wrong_method(method: &Method, path: &str) -> Refusal {
    let message = format!(
        "Not allowed to {method} on {path}. (HINT: Perhaps you meant to make your HTTP request \
         using a different method?)"
    );
    Refusal::new(405, INVALID, message).code("method_not_supported")
}

pub(super) fn content_type(given: &[u8]) -> Refusal {
    let given = String::from_utf8_lossy(given);
    let message = format!(
        "Unsupported content type: '{given}'. This API method only accepts 'application/json' \
         requests, but you specified the header 'Content-Type: {given}'. Please try again with a \
         supported content type."
    );
    Refusal::new(415, INVALID, message).code("unsupported_content_type")
}

pub(super) fn not_json() -> Refusal {
    invalid(
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't \
         using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was \
         sent was not valid JSON.)",
    )
}

pub(super) fn unknown_argument(name: &str) -> Refusal {
    invalid(format!("Unrecognized request argument supplied: {name}"))
}
