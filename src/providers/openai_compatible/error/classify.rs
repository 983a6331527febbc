//! What sort of failure an error is, by its status and its words.

use std::borrow::Cow;

use serde_json::Value;

use super::shape::{Code, Told};
use crate::chat::{Error, ErrorKind};

/// The error that the vendor told with this status.
pub(super) fn error(status: u16, told: &Told) -> Error {
    let kind = kind(status, told);
    Error {
        status: client_status(status, told, kind),
        kind,
        code: code(kind, told),
        param: told.param.clone(),
        message: message(status, kind, told),
        retry_after: None,
    }
}

fn kind(status: u16, told: &Told) -> ErrorKind {
    if refuses_key(told) {
        return ErrorKind::Authentication;
    }
    told_word(told)
        .and_then(kind_of_word)
        .filter(|kind| fits(*kind, status))
        .unwrap_or_else(|| kind_of_status(told_status(status, told)))
}

/// xAI says so with status 400, and a part of the key, sometimes with escapes as in an address
/// (continuedev/continue#10778, i-am-bee/beeai-framework#447; checked 2026-11-25).
fn refuses_key(told: &Told) -> bool {
    let message = told.message.as_deref().unwrap_or_default();
    message.starts_with("Incorrect API key") || message.starts_with("Incorrect%20API%20key")
}

/// The vendor's word for the failure: its code, else its type.
fn told_word(told: &Told) -> Option<&str> {
    match &told.code {
        Some(Code::Word(word)) => Some(word),
        _ => told.kind.as_deref(),
    }
}

/// The status that counts: that of the answer, or the one told inside a successful answer.
fn told_status(status: u16, told: &Told) -> u16 {
    if status >= 400 {
        return status;
    }
    match told.code {
        Some(Code::Number(number)) => http_error(number).unwrap_or(502),
        _ => 502,
    }
}

fn http_error(number: u64) -> Option<u16> {
    u16::try_from(number)
        .ok()
        .filter(|number| (400..600).contains(number))
}

fn kind_of_status(status: u16) -> ErrorKind {
    match status {
        401 => ErrorKind::Authentication,
        402 => ErrorKind::Quota,
        403 => ErrorKind::Permission,
        404 => ErrorKind::NotFound,
        408 | 504 => ErrorKind::Timeout,
        429 => ErrorKind::RateLimit,
        // 412: Fireworks has not loaded the model; 498: Groq's flex tier is full; 529: overloaded
        // (docs.fireworks.ai, console.groq.com, checked 2026-11-21).
        412 | 498 | 503 | 529 => ErrorKind::Overloaded,
        409 | 424 | 425 | 499 => ErrorKind::Upstream,
        400..=499 => ErrorKind::InvalidRequest,
        _ => ErrorKind::Upstream,
    }
}

/// Words that say more than the status, or stand where there is none.
fn kind_of_word(word: &str) -> Option<ErrorKind> {
    Some(match word {
        // 429 like a rate limit, but waiting does not help. `Arrearage`: DashScope, 400.
        "insufficient_quota" | "billing_hard_limit_reached" | "Arrearage" => ErrorKind::Quota,
        "rate_limit_exceeded" | "rate_limit_error" => ErrorKind::RateLimit,
        "invalid_api_key" | "authentication_error" | "InvalidApiKey" => ErrorKind::Authentication,
        "permission_error" => ErrorKind::Permission,
        "model_not_found" | "not_found_error" => ErrorKind::NotFound,
        "overloaded" | "overloaded_error" => ErrorKind::Overloaded,
        "timeout" => ErrorKind::Timeout,
        // Groq, 400: the model has called a tool wrongly, which is no fault of the client's.
        "tool_use_failed" => ErrorKind::Upstream,
        "invalid_request_error" | "context_length_exceeded" => ErrorKind::InvalidRequest,
        _ if word.starts_with("Throttling") => ErrorKind::RateLimit,
        _ => return None,
    })
}

/// Whether a word may overrule the status. OpenAI says `invalid_request_error` for 401 and 404 too,
/// and nothing that a server failed at is the client's fault.
fn fits(kind: ErrorKind, status: u16) -> bool {
    match kind {
        ErrorKind::InvalidRequest => status < 400,
        ErrorKind::Quota => true,
        _ => status < 500,
    }
}

/// The status that the client gets. Statuses that only one vendor knows become the usual ones.
fn client_status(status: u16, told: &Told, kind: ErrorKind) -> u16 {
    match told_status(status, told) {
        _ if status < 400 && told_word(told).and_then(kind_of_word).is_some() => kind.status(),
        412 | 498 | 529 => kind.status(),
        // A key and an account are the gateway's business, and another target's may be in order.
        400 if matches!(kind, ErrorKind::Authentication | ErrorKind::Quota) => kind.status(),
        499 => 502,
        status @ 400..600 => status,
        _ => 502,
    }
}

/// Whether OpenAI has a code for what this vendor says in its own word, or only in its message.
pub(super) fn has_better_code(told: &Told) -> bool {
    better_code(told).is_some()
}

fn better_code(told: &Told) -> Option<&'static str> {
    if is_context_overflow(told) {
        return Some("context_length_exceeded");
    }
    if is_moderation(told) {
        return Some("content_filter");
    }
    match &told.code {
        Some(Code::Word(word)) => better_word(word),
        _ => None,
    }
}

fn better_word(word: &str) -> Option<&'static str> {
    match word {
        // DashScope's moderation (help.aliyun.com, checked 2026-11-21).
        "DataInspectionFailed" => Some("content_filter"),
        "Arrearage" => Some("insufficient_quota"),
        // Azure (learn.microsoft.com, "Azure OpenAI REST API reference", checked 2026-11-25).
        "DeploymentNotFound" => Some("model_not_found"),
        "RateLimitReached" | "TooManyRequests" => Some("rate_limit_exceeded"),
        _ => None,
    }
}

fn code(kind: ErrorKind, told: &Told) -> Option<Cow<'static, str>> {
    if let Some(code) = better_code(told) {
        return Some(code.into());
    }
    match &told.code {
        Some(Code::Word(word)) if !is_no_code(word) => Some(word.clone().into()),
        Some(Code::Number(number)) if http_error(*number).is_none() => {
            Some(number.to_string().into())
        }
        // Numbers that repeat the status, or no code at all.
        _ => usual_code(kind).map(Cow::Borrowed),
    }
}

/// OpenRouter's 403 for a prompt that moderation refuses names the reasons
/// (openrouter.ai/docs/api-reference/errors, checked 2026-11-21).
fn is_moderation(told: &Told) -> bool {
    let metadata = told.extras.get("metadata");
    metadata.is_some_and(|metadata| metadata.get("reasons").is_some_and(Value::is_array))
}

/// Vendors have no common code for it, but common words.
fn is_context_overflow(told: &Told) -> bool {
    let says = |words| told.message.as_deref().is_some_and(|m| m.contains(words));
    match &told.code {
        Some(Code::Word(word)) => is_no_code(word) && says("maximum prompt length"),
        _ => OVERFLOWS.iter().any(|words| says(words)),
    }
}

/// What vendors say of a prompt that is too long: OpenAI's words and Mistral's, xAI's, llama.cpp's,
/// Fireworks'.
const OVERFLOWS: &[&str] = &[
    "maximum context length",
    "context window",
    "maximum prompt length",
    "available context size",
    "prompt is too long",
];

/// xAI has sentences where others have codes.
fn is_no_code(word: &str) -> bool {
    word.contains(char::is_whitespace)
}

/// OpenAI's code for a kind that has one.
fn usual_code(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::Authentication => Some("invalid_api_key"),
        ErrorKind::NotFound => Some("model_not_found"),
        ErrorKind::RateLimit => Some("rate_limit_exceeded"),
        ErrorKind::Quota => Some("insufficient_quota"),
        _ => None,
    }
}

fn message(status: u16, kind: ErrorKind, told: &Told) -> String {
    match &told.message {
        _ if kind == ErrorKind::Authentication => {
            "The provider refused the gateway's credential.".to_owned()
        }
        Some(message) if !message.is_empty() => message.clone(),
        _ if status < 400 => "The provider reported an error in its answer.".to_owned(),
        _ => format!("The provider answered with status {status}."),
    }
}
